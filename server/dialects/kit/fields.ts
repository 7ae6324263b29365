// The fields of a request of a sender: from its query, and from a body that is a form, multipart or JSON. Files are read past.
import { Readable } from 'node:stream';
import { lastPart, safeWebLink } from '../../../shared/links.ts';
import { isObject, type JsonObject, ownValue } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import { decode, essenceOf, isJsonType, readForm, readObject } from './body.ts';
import type { HttpRequest, Pairs } from './http-message.ts';
import { requireSound } from './json.ts';
import { readMultipart } from './multipart.ts';

/** A file that came with a message. The relay does not keep it. */
export interface SentFile {
  readonly name: string;
  /** In bytes; undefined for a file elsewhere. */
  readonly size?: number | undefined;
}

/** What a request holds. */
export interface SentFields {
  readonly query: Pairs;
  /** In the order of the body. Values of JSON keep their type; others are text. */
  readonly body: readonly (readonly [name: string, value: unknown])[];
  /** The body, if it is a JSON object. */
  readonly json: JsonObject | undefined;
  readonly files: readonly SentFile[];
  /** The body as it came. */
  readonly bytes: Buffer;
}

const MULTIPART = 'multipart/form-data';

/** One client writes no line end before the last boundary, and its own service takes that. */
function withLineEnd(bytes: Buffer, type: string): Buffer {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return bytes;
  const end = bytes.lastIndexOf(`--${boundary}--`);
  if (end < 2 || bytes.subarray(end - 2, end).equals(Buffer.from('\r\n'))) return bytes;
  return Buffer.concat([bytes.subarray(0, end), Buffer.from('\r\n'), bytes.subarray(end)]);
}

/** Whether a body without the type of JSON is an object: some senders give it no type, or that of a form. */
function looksLikeJson(bytes: Buffer): boolean {
  const text = bytes.toString('utf8', 0, 100).trimStart();
  if (!text.startsWith('{')) return false;
  try {
    return isObject(JSON.parse(bytes.toString()));
  } catch {
    return false;
  }
}

/**
 * Reads the fields of a request, of any method.
 * @param limit most bytes of the body
 * @throws RelayError `too_large` beyond the limit, `invalid` for a body that is not what its type says, or that is not UTF-8
 */
export async function readFields(request: HttpRequest, limit: number): Promise<SentFields> {
  const fields = await readAnyFields(request, limit);
  requireSoundPairs(fields.query);
  if (fields.json === undefined) requireSoundPairs(fields.body);
  return fields;
}

/** Checks fields, with their names. @throws RelayError as {@link requireSound} */
export function requireSoundPairs(pairs: Iterable<readonly [name: string, value: unknown]>): void {
  for (const [name, value] of pairs) requireSound({ [name]: value });
}

async function readAnyFields(request: HttpRequest, limit: number): Promise<SentFields> {
  const { query } = request;
  const bytes = await request.read(limit);
  const type = request.header('content-type');
  const files: SentFile[] = [];
  if (bytes.length === 0) return { query, body: [], json: undefined, files, bytes };
  if (essenceOf(type) === MULTIPART) {
    const source = Readable.from([withLineEnd(bytes, type)]);
    const body = await readMultipart(source, type, bytes.length, (_name, file, filename) =>
      filename === undefined ? undefined : measureFile(file, filename, files),
    );
    return { query, body, json: undefined, files, bytes };
  }
  if (isJsonType(type) || looksLikeJson(bytes)) {
    const json = readObject(bytes);
    requireSound(json);
    return { query, body: Object.entries(json).filter(([, value]) => value !== null), json, files, bytes };
  }
  return { query, body: readForm(decode(bytes)), json: undefined, files, bytes };
}

/** Reads past a file, and adds it to the list. */
export async function measureFile(file: Readable, name: string, files: SentFile[]): Promise<void> {
  let size = 0;
  for await (const chunk of file) size += chunk.length;
  files.push({ name, size });
}

/** A value as text: what is no text becomes its JSON. */
export function fieldText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Fields by name. Those of the body outrank those of the query. */
export class FieldMap {
  readonly #values = new Map<string, unknown[]>();

  constructor({ query, body }: Pick<SentFields, 'query' | 'body'>) {
    for (const [name, value] of body) this.#add(name, value);
    const own = new Set(this.#values.keys());
    for (const [name, value] of query) if (!own.has(name)) this.#add(name, value);
  }

  #add(name: string, value: unknown): void {
    const known = this.#values.get(name);
    if (known === undefined) this.#values.set(name, [value]);
    else known.push(value);
  }

  /** The first value of a name as text; `""` if there is none. @throws RelayError `invalid` for a list or an object */
  text(name: string): string {
    const value = this.#values.get(name)?.[0];
    if (typeof value === 'object') throw new RelayError('invalid', `${name}: expected a text`);
    return fieldText(value);
  }

  /** All values of a name. */
  all(name: string): readonly unknown[] {
    return this.#values.get(name) ?? [];
  }

  /** Everything but the fields of these names, for `extra`. */
  others(used: ReadonlySet<string>): [string, unknown][] {
    return [...this.#values].flatMap(([name, values]) =>
      used.has(name) || values[0] === '' ? [] : [[name, values.length === 1 ? values[0] : values] as [string, unknown]],
    );
  }
}

/** Whether a field says yes. */
export function saysYes(text: string): boolean {
  return ['1', 'true', 'yes', 'on'].includes(text.trim().toLowerCase());
}

/** What fields say of attachments. */
export interface Attached {
  /** The picture, if all that came is an address over https. */
  readonly image: string | undefined;
  readonly files: readonly SentFile[];
}

/** Reads the attachments in fields: addresses, and objects with a `filename` and the file in `base64`. None of them is kept. */
export function readAttachments(fields: FieldMap, names: readonly string[]): Attached {
  const given = names.flatMap((name) => fields.all(name)).flat();
  const image = given.length === 1 ? safeWebLink(given[0]) : undefined;
  if (image?.startsWith('https:') === true) return { image, files: [] };
  return { image: undefined, files: given.map(attachedFile) };
}

/** The files in a list of objects with a `filename` and the file in `base64`. Other items are none. */
export function encodedFiles(list: unknown): SentFile[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  return items.filter((item) => isObject(item) && typeof ownValue(item, 'base64') === 'string').map(attachedFile);
}

function attachedFile(given: unknown): SentFile {
  const address = safeWebLink(given);
  if (address !== undefined) return { name: lastPart(address) || 'file' };
  const data = isObject(given) ? fieldText(ownValue(given, 'base64')).replace(/[=\s]/g, '') : '';
  const name = isObject(given) ? fieldText(ownValue(given, 'filename')) : '';
  return { name: name || 'file', size: data === '' ? undefined : Math.floor((data.length * 3) / 4) };
}

/** A text with the names and sizes of files below it. */
export function withFileNames(text: string, files: readonly SentFile[]): string {
  const names = files.map(({ name, size }) => (size === undefined ? `📎 ${name}` : `📎 ${name}, ${sizeText(size)}`));
  return [text, names.join('\n')].filter(Boolean).join('\n\n');
}

function sizeText(size: number): string {
  if (size < 1000) return `${size} bytes`;
  return size < 1_000_000 ? `${Math.round(size / 1000)} KB` : `${(size / 1_000_000).toFixed(1)} MB`;
}
