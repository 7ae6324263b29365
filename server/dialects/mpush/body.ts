// The body of a POST or PUT: read once, within a bound, decoded once, and parsed by its content type.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import busboy from 'busboy';
import rawBody from 'raw-body';
import { RelayError } from '../../errors.ts';
import { isObject, parseJson } from './packets.ts';

/** What a body turned out to be: a JSON value, the pairs of a form, or plain text. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'form'; readonly pairs: readonly (readonly [string, string])[] }
  | { readonly kind: 'text'; readonly text: string };

/** Bounds of a form with many fields, which costs more memory than its bytes. */
const MAX_FIELDS = 1000;

const FORM = /^[\w.%[\]-]+=/;

/**
 * Reads the body of a request of at most `limit` bytes.
 * @throws RelayError `too_large`, `unsupported_type`, or `invalid` when it is not what its type says
 */
export async function readBodyOf(request: IncomingMessage, limit: number): Promise<Body> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new RelayError('unsupported_type', 'Unsupported Content Encoding: send the body as it is');
  }
  const bytes = await readBytes(request, limit);
  const type = request.headers['content-type'] ?? '';
  if (/multipart\/form-data/i.test(type)) return { kind: 'form', pairs: await readMultipart(bytes, type) };
  const text = decode(bytes);
  if (/json/i.test(type)) return { kind: 'json', value: parseJson(text) };
  // `curl -d text` says that plain text is a form, and `curl -T` says nothing: a form begins with the name of a field.
  if (/www-form-urlencoded/i.test(type) && FORM.test(text)) return { kind: 'form', pairs: readForm(text) };
  if (type === '' || /www-form-urlencoded|^text\//i.test(type)) return { kind: 'text', text };
  throw unsupportedType(request);
}

/** The refusal of a body that is of no use, in mpush's words. */
export function unsupportedType(request: IncomingMessage): RelayError {
  const type = request.headers['content-type'] ?? 'undefined';
  return new RelayError('unsupported_type', `Unsupported Content Type: ${type.slice(0, 100)}`);
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  try {
    return await rawBody(request, { limit, length: request.headers['content-length'] ?? null });
  } catch (error) {
    const type = isObject(error) ? error['type'] : undefined;
    if (type === 'entity.too.large') {
      throw new RelayError('too_large', `the body is larger than ${limit} bytes`, { cause: error });
    }
    throw new RelayError('invalid', 'the body ended early', { cause: error });
  }
}

/** Once for the whole body: a character may lie across two packets. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new RelayError('invalid', 'expected text in UTF-8', { cause: error });
  }
}

function readForm(text: string): [string, string][] {
  const pairs = [...new URLSearchParams(text)];
  if (pairs.length > MAX_FIELDS) throw new RelayError('invalid', `expected at most ${MAX_FIELDS} fields`);
  return pairs;
}

/** Fields and files alike are text: `curl -F desp=@log.txt` sends a file. */
function readMultipart(bytes: Buffer, type: string): Promise<[string, string][]> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(cause instanceof RelayError ? cause : new RelayError('invalid', 'malformed multipart body', { cause }));
    try {
      const pairs: [string, string][] = [];
      const parser = busboy({
        headers: { 'content-type': type },
        limits: { parts: MAX_FIELDS, fieldSize: bytes.length },
        defParamCharset: 'utf8',
      });
      parser.on('field', (name, value) => pairs.push([name, value]));
      parser.on('file', (name, file) => {
        const chunks: Buffer[] = [];
        // Its place is taken now: a field that follows is read before the file has ended.
        const pair: [string, string] = [name, ''];
        pairs.push(pair);
        file.on('data', (chunk: Buffer) => chunks.push(chunk));
        file.on('error', fail);
        file.on('end', () => {
          try {
            pair[1] = decode(Buffer.concat(chunks));
          } catch (error) {
            fail(error);
          }
        });
      });
      parser.on('partsLimit', () => fail(new RelayError('invalid', `expected at most ${MAX_FIELDS} fields`)));
      parser.on('error', fail);
      parser.on('close', () => resolve(pairs));
      Readable.from([bytes]).pipe(parser);
    } catch (error) {
      fail(error);
    }
  });
}
