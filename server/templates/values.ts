// Reads values of payloads. Every field may be missing, null, or of another type than its program's documents say.
import { isObject, type JsonObject, ownValue } from '../../shared/object.ts';

const NOTHING: JsonObject = {};
/** The most items of a list that a template looks at. */
const MAX_ITEMS = 1000;

/** A value inside objects; undefined if any of them is none. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner: unknown, name) => (isObject(inner) ? ownValue(inner, name) : undefined), value);
}

/** A text or a number as trimmed text; `""` for every other value. */
export function textOf(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  return typeof value === 'string' ? value.trim() : '';
}

/** The text inside objects; `""` if there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  return textOf(valueAt(value, ...path));
}

/** The object inside objects; an empty one if there is none. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = valueAt(value, ...path);
  return isObject(found) ? found : NOTHING;
}

/** The items of a list inside objects, 1000 at most. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found.slice(0, MAX_ITEMS) : [];
}

/** The texts of a list inside objects. */
export function textsAt(value: unknown, ...path: readonly string[]): string[] {
  return listAt(value, ...path)
    .map(textOf)
    .filter(Boolean);
}

/** The first text that is not empty; `""` if all are. */
export function firstOf(...texts: readonly string[]): string {
  return texts.find(Boolean) ?? '';
}

/** The first line of a text. */
export function firstLine(text: string): string {
  return text.trim().split(/\r?\n/, 1)[0]?.trim() ?? '';
}

/** A text as a part of a path. Halves of surrogate pairs, which no address can have, are replaced. */
export function pathPart(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));
}

/** The texts that are not empty, joined. */
export function joined(separator: string, ...texts: readonly string[]): string {
  return texts.filter(Boolean).join(separator);
}

/** A text as Markdown that shows it as it is. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '\\\\')
    .replace(/[*`[\]]|~(?=~)|<(?=[a-z/!])|(?<![^\W_])_|_(?![^\W_])/gi, '\\$&')
    .replace(/^(\s*)([#>])/gm, '$1\\$2');
}

/** A text as code in a line of Markdown. */
export function codeOf(text: string): string {
  const inner = text.replace(/\s+/g, ' ');
  const fence = '`'.repeat(longestRun(inner) + 1);
  const pad = fence.length > 1 ? ' ' : '';
  return `${fence}${pad}${inner}${pad}${fence}`;
}

/** A text as a block of code in Markdown. */
export function codeBlock(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}

const SECRET = /passw(?:or)?d|secret|token|authorization|api[_-]?key|private[_-]?key|cookie/i;

/** A value as it may be shown: not if its name says that it is a secret. */
export function shownValue(name: string, value: string): string {
  return SECRET.test(name) ? '…' : value;
}

/** A number of bytes in binary units; `""` for what is no size. */
export function sizeText(value: unknown): string {
  const bytes = Number(textOf(value) || 'none');
  if (!Number.isFinite(bytes) || bytes <= 0) return '';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`;
}
