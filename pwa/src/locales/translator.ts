// All texts of the page, in its languages, and the formats of dates and numbers.
import type { Language, LocalizedText } from '../model/model.ts';
import { type Dictionary, en, type Key, type Phrase } from './en.ts';

/** The values for the braces of a text. `count` also selects the plural form. */
export type Values = Readonly<Record<string, string | number>>;

/** Makes a text in one language. */
export interface Translate {
  (key: Key, values?: Values): string;
  (text: LocalizedText): string;
}

/** The texts of one language. */
export interface Translator {
  readonly language: Language;
  /** For `lang` and Intl: with a region where the browser has one. */
  readonly tag: string;
  /** Takes a key with values, or a text that the model chose. */
  readonly t: Translate;
}

function choose(phrase: Phrase, plural: Intl.PluralRules, values: Values): string {
  if (typeof phrase === 'string') return phrase;
  const form = plural.select(Number(values['count']));
  return (form === 'one' ? phrase.one : undefined) ?? phrase.other;
}

/** Makes the texts of a dictionary. Numbers are formatted for the language. */
export function createFormat<K extends string>(
  dictionary: Readonly<Record<K, Phrase>>,
  tag: string,
): (key: K, values?: Values) => string {
  const plural = new Intl.PluralRules(tag);
  const numbers = new Intl.NumberFormat(tag);
  return (key, values = {}) =>
    choose(dictionary[key], plural, values).replace(/\{(\w+)\}/g, (braces, name: string) => {
      const value = values[name];
      return value === undefined ? braces : typeof value === 'number' ? numbers.format(value) : value;
    });
}

/** Makes the translator of the page's main dictionary. */
export function createTranslator(language: Language, dictionary: Dictionary, tag: string = language): Translator {
  const format = createFormat<Key>(dictionary, tag);
  const t: Translate = (text: Key | LocalizedText, values?: Values) =>
    typeof text === 'string' ? format(text, values) : format(text.key, text.values);
  return { language, tag, t };
}

/** The chosen language, or the first of the browser's languages that the page has. */
export function pickLanguage(chosen: Language | undefined, wanted: readonly string[]): Language {
  if (chosen !== undefined) return chosen;
  const first = wanted.find((tag) => /^(?:en|zh)\b/i.test(tag));
  return first?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** The browser's own tag of the language, so that dates follow the region: `en-GB`, not `en`. */
function tagOf(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => tag.toLowerCase().startsWith(language)) ?? (language === 'zh' ? 'zh-CN' : 'en');
}

/** Loads a language. Chinese is a chunk of its own. */
export async function loadTranslator(language: Language, wanted: readonly string[]): Promise<Translator> {
  const tag = tagOf(language, wanted);
  if (language === 'en') return createTranslator('en', en, tag);
  const { zh } = await import('./zh.ts');
  return createTranslator('zh', zh, tag);
}
