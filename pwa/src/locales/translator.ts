// Everything the page says, in the languages it speaks, and how it writes dates and numbers. No view lives here.
import type { Language, LocalizedText } from '../model/model.ts';
import { type Dictionary, en, type Key, type Phrase } from './en.ts';

/** What goes into the braces of a phrase. `count` also chooses the plural form. */
export type Values = Readonly<Record<string, string | number>>;

/** Makes a text of one language. */
export interface Translate {
  (key: Key, values?: Values): string;
  (text: LocalizedText): string;
}

/** One language. */
export interface Translator {
  readonly language: Language;
  /** For `lang` and Intl: a full tag where the browser has one of this language. */
  readonly tag: string;
  /** A text by its key, or one that the model has chosen. */
  readonly t: Translate;
}

function choose(phrase: Phrase, plural: Intl.PluralRules, values: Values): string {
  if (typeof phrase === 'string') return phrase;
  const form = plural.select(Number(values['count']));
  return (form === 'one' ? phrase.one : undefined) ?? phrase.other;
}

/** Puts values into the braces of a phrase; numbers are written as the language does. */
export function createTranslator(language: Language, dictionary: Dictionary, tag: string = language): Translator {
  const plural = new Intl.PluralRules(tag);
  const numbers = new Intl.NumberFormat(tag);
  const format = (key: Key, values: Values = {}) =>
    choose(dictionary[key], plural, values).replace(/\{(\w+)\}/g, (braces, name: string) => {
      const value = values[name];
      return value === undefined ? braces : typeof value === 'number' ? numbers.format(value) : value;
    });
  const t: Translate = (text: Key | LocalizedText, values?: Values) =>
    typeof text === 'string' ? format(text, values) : format(text.key, text.values);
  return { language, tag, t };
}

/** The language that a person wants: the chosen one, else the first of the browser's that the page speaks. */
export function pickLanguage(chosen: Language | undefined, wanted: readonly string[]): Language {
  if (chosen !== undefined) return chosen;
  const first = wanted.find((tag) => /^(?:en|zh)\b/i.test(tag));
  return first?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** The browser's own tag of the language, so that dates follow the person's region: `en-GB`, not `en`. */
function tagOf(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => tag.toLowerCase().startsWith(language)) ?? (language === 'zh' ? 'zh-CN' : 'en');
}

/** Translator of a language; Chinese is a chunk of its own, fetched once it is wanted. */
export async function loadTranslator(language: Language, wanted: readonly string[]): Promise<Translator> {
  const tag = tagOf(language, wanted);
  if (language === 'en') return createTranslator('en', en, tag);
  const { zh } = await import('./zh.ts');
  return createTranslator('zh', zh, tag);
}
