// Reads the payload of a request: JSON, a form, multipart or text. No body is refused, because an alert must not be lost.
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { isObject, type JsonObject, ownValue } from '../../../shared/object.ts';
import { essenceOf, MAX_FIELDS, tooLarge } from '../kit/body.ts';
import { encodedFiles, measureFile, type SentFile } from '../kit/fields.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { parseStructure } from '../kit/json.ts';
import { readMultipart } from '../kit/multipart.ts';

/** The body of a request, and where it came from. */
export interface HookBody {
  readonly body: JsonObject | readonly unknown[] | string;
  /** What a signature may cover. */
  readonly signed: readonly (string | Buffer)[];
  readonly files: readonly SentFile[];
}

/** Parameters of the address that are not fields of a payload. */
const OWN: ReadonlySet<string> = new Set(['as', 'template', 'token', 'auth', 'authorization', 'wait']);
/** Fields of a form that hold the payload as JSON. */
const WHOLE = ['payload', 'data'];

/** The text of a JSON string; other text as it is. */
function textOf(text: string): string {
  if (!/^\s*"/.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}

const withoutNul = (text: string) => text.replaceAll('\0', '\ufffd');

/** A payload of fields. @param raw the body, which is signed as it came */
function ofFields(pairs: Iterable<readonly [string, string]>, raw?: Buffer, files: readonly SentFile[] = []): HookBody {
  const object: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) object[name] ??= withoutNul(value);
  const fields = { ...object };
  const signed = raw === undefined ? [] : [raw];
  for (const name of WHOLE) {
    const text = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const body = text === undefined ? undefined : parseStructure(text);
    // Gitea signs the JSON in the form, GitHub the form.
    if (text !== undefined && body !== undefined) return { body, signed: [...signed, text], files };
  }
  return { body: fields, signed, files };
}

function queryFields(request: HttpRequest): [string, string][] {
  // Not `request.query`, which refuses what is not UTF-8.
  return [...new URLSearchParams(request.querystring)].filter(([name]) => !OWN.has(name)).slice(0, MAX_FIELDS);
}

/** Whether a text is a form: `curl -d` says so of every text. */
function looksLikeForm(text: string): boolean {
  return text.includes('=') && !/\s/.test(text.trim());
}

async function ofMultipart(bytes: Buffer, type: string): Promise<HookBody> {
  const files: SentFile[] = [];
  const pairs = await readMultipart(Readable.from([bytes]), type, bytes.length, (_name, file, filename) =>
    filename === undefined ? undefined : measureFile(file, filename, files),
  );
  return ofFields(pairs, bytes, files);
}

const unpackers: Readonly<Record<string, (packed: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * The bytes of a compressed body. Undefined if they cannot be read.
 * @param limit most bytes that come out
 * @throws RelayError `too_large`
 */
async function unpack(packed: Buffer, encoding: string, limit: number): Promise<Buffer | undefined> {
  const unpacker = Object.hasOwn(unpackers, encoding) ? unpackers[encoding] : undefined;
  try {
    return await unpacker?.(packed, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limit);
    return undefined;
  }
}

/**
 * Reads the payload.
 * @param limit longest body in bytes, packed or unpacked
 * @throws RelayError `too_large` beyond it
 */
export async function readHookBody(request: HttpRequest, limit: number): Promise<HookBody> {
  const raw = await request.read(limit, true);
  const encoding = request.header('content-encoding').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return readBody(request, raw);
  const bytes = await unpack(raw, encoding, limit);
  // An alert must not be lost: the owner reads at least that something came.
  const read = bytes === undefined ? { body: UNREADABLE, signed: [], files: [] } : await readBody(request, bytes);
  return { ...read, signed: [raw, ...read.signed] };
}

const UNREADABLE = {
  message: 'The body of this webhook cannot be read: its compression is not known, or it is damaged.',
};

/** @param bytes the body, unpacked */
async function readBody(request: HttpRequest, bytes: Buffer): Promise<HookBody> {
  const type = request.header('content-type');
  const text = withoutNul(bytes.toString('utf8').replace(/^\ufeff/, ''));
  if (text.trim() === '') {
    const fields = queryFields(request);
    return fields.length === 0 ? { body: '', signed: [bytes], files: [] } : ofFields(fields);
  }
  const body = parseStructure(text);
  if (body !== undefined) {
    const files = isObject(body) ? encodedFiles(ownValue(body, 'attachments')) : [];
    return { body, signed: [bytes], files };
  }
  const essence = essenceOf(type);
  if (essence === 'application/x-www-form-urlencoded' && looksLikeForm(text)) {
    return ofFields([...new URLSearchParams(text.trim())].slice(0, MAX_FIELDS), bytes);
  }
  if (essence === 'multipart/form-data') {
    try {
      return await ofMultipart(bytes, type);
    } catch {
      // It is told as it is.
    }
  }
  return { body: textOf(text), signed: [bytes], files: [] };
}
