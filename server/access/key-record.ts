// What a relay keeps of its keys: what each may do, and digests of its texts. The texts themselves are kept nowhere.
import { hash, randomInt } from 'node:crypto';
import type { KeySettings, KeyUseFields } from '../../shared/api.ts';
import type { VersionedStore } from '../base/versioned-store.ts';

/** How a key was used so far. */
export interface KeyUsage {
  /** The last use: when, from which address, by which dialect, and the title of the message. */
  readonly at: number;
  readonly address: string;
  readonly dialect: string;
  readonly title: string;
  /** The template that the payload was read with, and what the message said apart from its title and text. */
  readonly template?: string | undefined;
  readonly fields?: KeyUseFields | undefined;
  readonly sent: number;
  readonly refused: number;
  readonly limited: number;
}

/** The digest of one text of a key. */
export interface KeyText {
  /** SHA-256 as base64url. */
  readonly sha256: string;
  /** When it ends, because a newer text replaces it, in ms since 1970. */
  readonly until?: number;
}

/** What the backend keeps under the name of a key. */
export interface KeyRecord {
  /** `""` for the record that only has the last number that was given. */
  readonly name: string;
  /** Positive, never given twice. 1 is the relay itself. */
  readonly number: number;
  readonly createdAt: number;
  /** The newest first. None for a key of the config, which has the text there. */
  readonly texts: readonly KeyText[];
  /** Absent for a key of the config. */
  readonly settings?: KeySettings;
  /** The number of the key with which someone who is no owner has made this one. It ends with that key. */
  readonly madeWith?: number;
  readonly usage?: KeyUsage;
}

/** Keeps keys across restarts. */
export type KeyStore = VersionedStore<KeyRecord>;

/** Any text that may be a key: those that the relay makes, and those of the config. */
const FORM = /^[A-Za-z0-9._-]{15,128}$/;
const LENGTH = 15;
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Whether a text has the form of a key. */
export function isKeyForm(text: string): boolean {
  return FORM.test(text);
}

/** The texts that a caller may mean: the text itself, or half of it if it is a key written twice. */
export function readingsOf(shown: string): readonly string[] {
  if (!isKeyForm(shown)) return [];
  const half = shown.slice(0, LENGTH);
  return shown.length === 2 * LENGTH && shown === half + half ? [shown, half] : [shown];
}

/** SHA-256 of a text, as it is kept. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}

function random(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/**
 * Makes the text of a key. Of 15 characters are `A…`, which may send, and `C…`, which only receives: the one form that every
 * sender's program accepts. `tk_…` is the form of ntfy.
 */
export function newKeyText(form: 'A' | 'C' | 'tk_'): string {
  return form === 'tk_' ? form + random(LOWER, 29) : form + random(ALPHANUMERIC, LENGTH - 1);
}

/** Makes a test of names: `*` in a pattern stands for any characters. */
export function matcherOf(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns);
  if (exact.has('*')) return () => true;
  const parts = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'));
  return (name) => exact.has(name) || parts.some((pieces) => matchesPieces(name, pieces));
}

/** Whether the pieces stand in the name in their order, the first at its start and the last at its end. Never backtracks. */
function matchesPieces(name: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop() ?? '';
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
