// Names of files: those that senders give, and those in addresses.
import { randomInt } from 'node:crypto';
import type { FileKind } from './content-type.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 32;
const MAX_NAME = 128;
const ADDRESS = /^([0-9A-Za-z]{32})(?:\.[0-9a-z]{1,8})?$/;

/** A random id: 190 bits, so knowing it is the right to read the file. */
export function newFileId(): string {
  return Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** The id in the last part of a file's address, `<id><ending>`. Undefined if it is none. */
export function readFileId(name: string): string | undefined {
  return ADDRESS.exec(name)?.[1];
}

/** The ending for the address. A picture, a sound or a film gets its own one, whatever its name says. */
export function endingOf(name: string, { ending }: FileKind): string {
  return ending === '' ? (/\.[0-9a-z]{1,8}$/i.exec(name)?.[0].toLowerCase() ?? '') : ending;
}

/**
 * The name as people see it: the last part of a path, without control characters and without characters that change the
 * direction of text, which would let `gpj.exe` look like `exe.jpg`.
 */
export function cleanName(given: string | undefined, { ending }: FileKind): string {
  const [last = ''] = (given ?? '').split(/[/\\]/).slice(-1);
  const clean = last.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '').trim();
  if (/^\.*$/.test(clean)) return `attachment${ending}`;
  if (clean.length <= MAX_NAME) return clean;
  const end = /\.[^.]{1,8}$/.exec(clean)?.[0] ?? '';
  return `${clean.slice(0, MAX_NAME - end.length).replace(/[\ud800-\udbff]$/, '')}${end}`;
}
