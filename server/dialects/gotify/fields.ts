// Reads numbers and fields of requests, with Gotify's refusals.
import { isObject, type JsonObject } from '../../../shared/object.ts';
import { decode, essenceOf, isJsonType } from '../kit/body.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { readParameters } from '../kit/parameters.ts';
import { invalid } from './errors.ts';

const FORMS: ReadonlySet<string> = new Set(['application/x-www-form-urlencoded', 'multipart/form-data']);
const WHOLE = /^[+-]?\d+$/;

/** A whole number of a path, a form or a query; undefined for an empty one. @param least 0 if it may not be negative */
export function readWhole(text: string | undefined, least?: number): number | undefined {
  if (text === undefined || text === '') return undefined;
  const name = least === undefined ? 'ParseInt' : 'ParseUint';
  const call = `strconv.${name}: parsing ${JSON.stringify(text.slice(0, 100))}`;
  if (!WHOLE.test(text) || (least !== undefined && Number(text) < least)) throw invalid(`${call}: invalid syntax`);
  if (!Number.isSafeInteger(Number(text))) throw invalid(`${call}: value out of range`);
  return Number(text);
}

/** An id in a path. @throws RelayError `invalid` */
export function readId(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw invalid('invalid id');
  return Number(text);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** The refusal of a value of another type. @param field `""` for the whole body */
export function unreadable(value: unknown, field: string, type: string) {
  const place = field === '' ? 'Go value' : `Go struct field CreateMessage.${field}`;
  return invalid(`json: cannot unmarshal ${kindOf(value)} into ${place} of type ${type}`);
}

/** The object or array that the text begins with, without what follows: Gotify reads no further. */
function firstValue(text: string): string {
  let depth = 0;
  let isText = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (isText && character === '\\') index += 1;
    else if (character === '"') isText = !isText;
    else if (isText) continue;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return text.slice(0, index + 1);
    }
  }
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The JSON object of a body; empty for `null`. */
function readJson(bytes: Buffer, type: string): JsonObject {
  const text = decode(bytes);
  if (text.trim() === '') throw invalid('EOF');
  const value = parsed(text) ?? parsed(firstValue(text));
  if (value === undefined) throw invalid('unexpected EOF: expected a JSON object');
  if (value !== null && !isObject(value)) throw unreadable(value, '', type);
  return value ?? {};
}

/** The fields of a request: of JSON as they are, of others as text. */
export type Fields =
  | { readonly isJson: true; readonly values: JsonObject }
  | { readonly isJson: false; readonly values: ReadonlyMap<string, string> };

/** Reads JSON, or a form and the query, or only the query. @param type Gotify's name for what JSON has to be */
export async function readFields(request: HttpRequest, type: string): Promise<Fields> {
  const given = request.header('content-type');
  if (isJsonType(given)) return { isJson: true, values: readJson(await request.read(), type) };
  const isForm = FORMS.has(essenceOf(given));
  // Of names that are repeated, the first counts.
  return { isJson: false, values: isForm ? await readParameters(request) : new Map(request.query.toReversed()) };
}
