// What both backends check and encode for the documents: ids, lists, values, places and cursors.
import type { JsonObject } from '../../shared/object.ts';
import { RelayError } from '../base/errors.ts';
import type { DocumentOptions, ListBounds } from '../messages/documents.ts';

/** Bounds of a document. `bytes` is more than the largest request; a page ends after `pageBytes`, too. */
export const DOCUMENT_BOUNDS = {
  id: 512,
  lists: 8,
  bytes: 2_097_152,
  page: 1000,
  pageBytes: 4_194_304,
  /** How many expired documents are deleted with each change. */
  swept: 8,
} as const;

const COLLECTION = /^[a-z-]{1,32}$/;

/** @throws TypeError, since only code of the relay names collections */
export function checkCollection(name: string): void {
  if (!COLLECTION.test(name)) throw new TypeError(`${name} is not a name of a collection`);
}

/**
 * An id or the name of a list, so that no database changes it: as JSON has it, without quotes. Control characters and halves
 * of surrogate pairs are escaped.
 * @throws RelayError `invalid`
 */
export function encodeName(name: string): string {
  if (name.length === 0 || name.length > DOCUMENT_BOUNDS.id) {
    throw new RelayError('invalid', `expected 1 to ${DOCUMENT_BOUNDS.id} characters`);
  }
  return JSON.stringify(name).slice(1, -1);
}

/** The name as it was. @throws SyntaxError if it is damaged */
export function decodeName(encoded: string): string {
  return JSON.parse(`"${encoded}"`) as string;
}

/** A value as text. @throws RelayError `too_large` */
export function encodeValue(value: JsonObject): string {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > DOCUMENT_BOUNDS.bytes) {
    throw new RelayError('too_large', `expected at most ${DOCUMENT_BOUNDS.bytes} bytes`);
  }
  return text;
}

/** The value of a text. @throws SyntaxError if it is damaged */
export function decodeValue<T extends JsonObject>(text: string): T {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('not an object');
  return value as T;
}

/** What stands beside a value, checked. @throws RangeError */
export function encodeOptions({ expiresAt, lists = {} }: DocumentOptions) {
  const places = Object.entries(lists).map(([list, place]) => [encodeName(list), place] as const);
  if (places.length > DOCUMENT_BOUNDS.lists)
    throw new RangeError(`a document is in at most ${DOCUMENT_BOUNDS.lists} lists`);
  if (!places.every(([, place]) => Number.isSafeInteger(place))) throw new RangeError('a place is a safe integer');
  if (expiresAt !== undefined && !Number.isSafeInteger(expiresAt)) throw new RangeError('an expiry is a safe integer');
  return { expiresAt, places };
}

const LOWEST = Number.MIN_SAFE_INTEGER;
const HIGHEST = Number.MAX_SAFE_INTEGER;
/** How many characters of a spot are its place. */
export const PLACE_DIGITS = 14;
const ZERO = 2n ** 53n;
const CURSOR = /^[0-9a-f]{14}[^\p{Cs}]+$/su;

/** A place as digits that sort like places. */
const digitsOf = (place: number) => (BigInt(place) + ZERO).toString(16).padStart(PLACE_DIGITS, '0');

/** Where a document stands in a list: these texts sort like places, then like ids. They are the cursors, too. */
export function spotOf(place: number, encodedId: string): string {
  return digitsOf(place) + encodedId;
}

/** The place and the encoded id of a spot. */
export function readSpot(spot: string): { readonly place: number; readonly id: string } {
  return { place: Number(BigInt(`0x${spot.slice(0, PLACE_DIGITS)}`) - ZERO), id: spot.slice(PLACE_DIGITS) };
}

/** The part of a list that is meant. */
export interface ListRange {
  readonly from: number;
  readonly upTo: number;
  readonly after: string | undefined;
  readonly limit: number;
  readonly descending: boolean;
}

/** A place that is not a safe integer is a bound beyond all of them. */
const bounded = (place: number) => Math.min(HIGHEST, Math.max(LOWEST, place));

/** @throws RelayError `invalid` if the cursor is none, RangeError if the limit is none */
export function readBounds({ from = LOWEST, upTo = HIGHEST, after, limit, descending = false }: ListBounds): ListRange {
  if (after !== undefined && !CURSOR.test(after)) {
    throw new RelayError('invalid', 'expected the cursor of a page');
  }
  if (!(Number.isSafeInteger(limit) && limit >= 1 && limit <= DOCUMENT_BOUNDS.page)) {
    throw new RangeError(`a page has 1 to ${DOCUMENT_BOUNDS.page} documents`);
  }
  return { from: Math.ceil(bounded(from)), upTo: Math.floor(bounded(upTo)), after, limit, descending };
}

/** The spots of a part of a list, for a database that sorts texts: from the lowest to the highest. */
export function spotsOf({ from, upTo, after, descending }: ListRange) {
  const [low, high] = [digitsOf(from), upTo === HIGHEST ? undefined : digitsOf(upTo + 1)];
  if (after === undefined) return { low: `[${low}`, high: high === undefined ? '+' : `(${high}` };
  if (descending) return { low: `[${low}`, high: high !== undefined && high < after ? `(${high}` : `(${after}` };
  return { low: after > low ? `(${after}` : `[${low}`, high: high === undefined ? '+' : `(${high}` };
}
