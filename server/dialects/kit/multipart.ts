// Reads multipart forms as they come in: fields into memory, and files wherever the dialect puts them.
import { type Readable, Transform } from 'node:stream';
import busboy from 'busboy';
import { RelayError } from '../../base/errors.ts';
import { countReplacements, decode, MAX_FIELDS, notUtf8, tooLarge } from './body.ts';

/**
 * Takes in a file of a form. Undefined if it is to be read as text.
 * @param name of the field @param filename as the sender gave it
 */
export type TakeFile = (name: string, file: Readable, filename: string | undefined) => Promise<unknown> | undefined;

/** Counts the characters that decoders write for bytes that are not UTF-8, and that a sender may write too. */
function createCounter() {
  const marker = Buffer.from('\ufffd');
  let rest = Buffer.alloc(0);
  let count = 0;
  return {
    add(chunk: Buffer): void {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, from)) {
        count += 1;
        from = at + marker.length;
      }
      // A chunk may end inside the character.
      rest = Buffer.from(bytes.subarray(Math.max(from, bytes.length - marker.length + 1)));
    },
    count: () => count,
  };
}

/**
 * The fields of a multipart form. Files are read as text, unless `takeFile` takes them: `curl -F desp=@log.txt` sends one.
 * When it rejects, all files that were taken have settled.
 * @param limit most bytes of all fields
 * @throws RelayError `invalid` when it is malformed, not UTF-8, or has too many fields, `too_large` beyond the limit, and
 * what the source or a file fails with
 */
export async function readMultipart(
  source: Readable,
  type: string,
  limit: number,
  takeFile?: TakeFile,
): Promise<[string, string][]> {
  const taken: Promise<unknown>[] = [];
  try {
    const pairs = await readParts(source, type, limit, takeFile, taken);
    await Promise.all(taken);
    return pairs;
  } catch (error) {
    source.destroy();
    await Promise.allSettled(taken);
    throw error;
  }
}

function readParts(
  source: Readable,
  type: string,
  limit: number,
  takeFile: TakeFile | undefined,
  taken: Promise<unknown>[],
): Promise<[string, string][]> {
  return new Promise((resolve, reject) => {
    const malformed = (cause: unknown) =>
      cause instanceof RelayError ? cause : new RelayError('invalid', 'malformed multipart body', { cause });
    const pairs: [string, string][] = [];
    const [all, inFiles] = [createCounter(), createCounter()];
    let size = 0;
    let parser: busboy.Busboy;
    const fail = (cause: unknown) => {
      source.unpipe(parser);
      reject(malformed(cause));
      // Also ends the file that is being taken.
      parser.destroy(malformed(cause));
    };
    const grow = (bytes: number) => {
      size += bytes;
      if (size > limit) fail(tooLarge(limit));
      return size <= limit;
    };
    try {
      parser = busboy({
        headers: { 'content-type': type },
        limits: { parts: MAX_FIELDS, fieldSize: limit + 1 },
        defParamCharset: 'utf8',
        // The name as the sender wrote it. What stores the file decides how much of it to use.
        preservePath: true,
      });
    } catch (error) {
      reject(malformed(error));
      return;
    }
    parser.on('field', (name, value) => {
      if (grow(Buffer.byteLength(value))) pairs.push([name, value]);
    });
    parser.on('file', (name, file, { filename }) => {
      const counted = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          inFiles.add(chunk);
          done(null, chunk);
        },
      });
      const taking = takeFile?.(name, counted, filename);
      if (taking !== undefined) {
        file.on('error', (error) => counted.destroy(error));
        // If the file is refused, nothing listens.
        counted.on('error', () => {});
        file.pipe(counted);
        taken.push(taking);
        // What the form fails with is told in place of it.
        taking.catch((error) => setImmediate(() => fail(error)));
        return;
      }
      const chunks: Buffer[] = [];
      // Added now to keep the order: later fields are read before the file has ended.
      const pair: [string, string] = [name, ''];
      pairs.push(pair);
      file.on('data', (chunk: Buffer) => {
        if (grow(chunk.length)) chunks.push(chunk);
      });
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
    parser.on('close', () => {
      // busboy writes replacement characters too.
      if (countReplacements(pairs) > all.count() - inFiles.count()) fail(notUtf8());
      else resolve(pairs);
    });
    source.on('error', fail);
    source.on('data', all.add);
    source.pipe(parser);
  });
}
