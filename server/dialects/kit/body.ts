// Reads and decodes the body of a request, once and within a bound. The dialect decides what the body means.
import type { IncomingMessage } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { isObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import { parseExact } from './json.ts';

/**
 * The essence of a content type: in lower case, without parameters. Any web page may send `text/plain; x=json` to another
 * site, so searching the value for a word would be unsafe.
 */
export function essenceOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** Whether a body of this content type is JSON. */
export function isJsonType(contentType: string): boolean {
  return /^(?:application\/json|text\/json|[^/]+\/[^/]+\+json)$/.test(essenceOf(contentType));
}

/** How many fields a form may have. Each field costs more memory than its bytes. */
export const MAX_FIELDS = 1000;

function isEncoded(encoding: string | undefined): boolean {
  return encoding !== undefined && encoding !== 'identity';
}

function unsupportedEncoding(): RelayError {
  return new RelayError('unsupported_type', 'Unsupported Content Encoding: send the body uncompressed');
}

/** The refusal of a body, or of its fields, that is too large. */
export function tooLarge(limit: number): RelayError {
  return new RelayError('too_large', `the body is larger than ${limit} bytes`);
}

/**
 * Lets the rest of a body go, which would block the next request on the connection. Node itself discards one that was never
 * read, and a peer that waits for `100 Continue` then need not send it.
 */
export function discardRest(request: IncomingMessage): void {
  if (request.readableFlowing !== null) request.resume();
}

/** Bodies that were read whole to find out whose they are, for their next reader. */
const peeked = new WeakMap<IncomingMessage, Buffer>();

/**
 * Reads a whole body without using it up: the next reader gets it from the start.
 * @returns undefined for a body of more than `limit` bytes
 * @throws RelayError `invalid` when it ends early
 */
export function peekBytes(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const known = peeked.get(request);
  if (known !== undefined) return Promise.resolve(known.length > limit ? undefined : known);
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) > limit) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (bytes: Buffer | undefined) => {
      request.off('data', take).off('end', end).off('close', close);
      resolve(bytes);
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      request.pause();
      request.unshift(Buffer.concat(chunks, size));
      settle(undefined);
    };
    const end = () => {
      const bytes = Buffer.concat(chunks, size);
      peeked.set(request, bytes);
      settle(bytes);
    };
    const close = () => reject(new RelayError('invalid', 'the body ended early'));
    if (!request.readable) close();
    else {
      request.on('data', take).on('end', end).on('close', close);
      // An earlier look at a body that was too long for it has paused the request.
      if (request.isPaused()) request.resume();
    }
  });
}

/**
 * Reads a whole body. It adds only three listeners, because a short request spends more time on its events than on its bytes.
 * @param takesEncoded whether a compressed body is taken as it is
 * @throws RelayError `too_large` beyond `limit` bytes, `unsupported_type` when it is compressed, `invalid` when it ends early
 */
export function readBytes(request: IncomingMessage, limit: number, takesEncoded = false): Promise<Buffer> {
  const { 'content-encoding': encoding, 'content-length': declared } = request.headers;
  return new Promise((resolve, reject) => {
    if (isEncoded(encoding) && !takesEncoded) throw unsupportedEncoding();
    const known = peeked.get(request);
    if (known !== undefined) {
      if (known.length > limit) throw tooLarge(limit);
      resolve(known);
      return;
    }
    const length = declared === undefined ? undefined : Number(declared);
    const chunks: Buffer[] = [];
    let size = 0;
    const refuse = () => {
      discardRest(request);
      reject(tooLarge(limit));
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      request.off('data', take);
      refuse();
    };
    const endEarly = () => reject(new RelayError('invalid', 'the body ended early'));
    if (length !== undefined && length > limit) refuse();
    // An event that came before this call will not come again.
    else if (!request.readable) endEarly();
    else {
      request.on('data', take);
      if (request.isPaused()) request.resume();
      request.on('end', () => {
        const [first] = chunks;
        if (length !== undefined && size !== length) endEarly();
        else resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size));
      });
      // Comes after every body. It comes without an end if the peer hangs up.
      request.on('close', () => {
        if (!request.readableEnded) endEarly();
      });
    }
  });
}

/**
 * The body of a request as a stream. It fails with a RelayError: `too_large` beyond `limit` bytes, `unsupported_type` when it
 * is compressed, `invalid` when it ends early.
 * @param takesEncoded whether a compressed body is taken as it is
 */
export function boundedBody(request: IncomingMessage, limit: number, takesEncoded = false): Readable {
  const { 'content-encoding': encoding, 'content-length': declared } = request.headers;
  let size = 0;
  const bound = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= limit) done(null, chunk);
      else done(tooLarge(limit));
    },
  });
  // It may fail before anyone reads it, while an upload waits for its turn. A later reader gets the error too.
  bound.on('error', () => {});
  bound.once('close', () => discardRest(request));
  request.once('close', () => {
    if (!request.complete) bound.destroy(new RelayError('invalid', 'the body ended early'));
  });
  if (isEncoded(encoding) && !takesEncoded) return bound.destroy(unsupportedEncoding());
  const known = peeked.get(request);
  if (known !== undefined) return Readable.from([known]).pipe(bound);
  if (declared !== undefined && Number(declared) > limit) return bound.destroy(tooLarge(limit));
  return request.pipe(bound);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a whole body. Chunks cannot be decoded one by one, because a chunk may end inside a character.
 * @throws RelayError `invalid` when it is not UTF-8
 */
export function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw notUtf8(error);
  }
}

/** The JSON object that a body holds. @throws RelayError `invalid` for every other body */
export function readObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const text = decode(bytes);
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (cause) {
    throw new RelayError('invalid', 'expected a JSON object', { cause });
  }
  if (!isObject(value)) throw new RelayError('invalid', 'expected a JSON object');
  return value;
}

/** The refusal of text that is not UTF-8. */
export function notUtf8(cause?: unknown): RelayError {
  return new RelayError('invalid', 'expected text in UTF-8', { cause });
}

const REPLACEMENT = '\ufffd';

/** Counts the replacement characters in the pairs. Decoders write one for bytes that are not UTF-8; a sender may write one too. */
export function countReplacements(pairs: readonly (readonly [string, string])[]): number {
  let count = 0;
  for (const pair of pairs)
    for (const text of pair) if (text.includes(REPLACEMENT)) count += text.split(REPLACEMENT).length - 1;
  return count;
}

/**
 * The pairs of a query or of an urlencoded form. @throws RelayError `invalid` when one is not UTF-8, such as `%C4%E3`
 */
export function readPairs(text: string): [string, string][] {
  const pairs = [...new URLSearchParams(text)];
  const replaced = countReplacements(pairs);
  // URLSearchParams writes replacement characters for bytes that are not UTF-8. Those that the sender wrote are allowed.
  if (replaced > 0 && replaced > (text.match(/\ufffd|%EF%BF%BD/gi)?.length ?? 0)) throw notUtf8();
  return pairs;
}

/** The fields of an urlencoded form. @throws RelayError `invalid` when they are too many, or not UTF-8 */
export function readForm(text: string): [string, string][] {
  const pairs = readPairs(text);
  if (pairs.length > MAX_FIELDS) throw new RelayError('invalid', `expected at most ${MAX_FIELDS} fields`);
  return pairs;
}
