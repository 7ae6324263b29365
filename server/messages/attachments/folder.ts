// The folder of the files. Each file has its facts beside it: `<id>` and `<id>.json`. A file is there once it has its name:
// until then it is `<id>.part`. So a crash leaves nothing that looks like a file, and nodes that share the folder need no
// other place to agree.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import { DIRECTORY_MODE, FILE_MODE, flushName, isMissing, writeFlushed } from '../../base/files.ts';
import { HEAD_BYTES } from './content-type.ts';

/** What is known of a stored file. Times are in ms since 1970. */
export interface FileFacts {
  readonly name: string;
  readonly type: string;
  /** The ending of its address, with the dot. */
  readonly ending: string;
  readonly size: number;
  readonly sha256: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Who sent it, for the bound of one key. */
  readonly by: string;
}

/** The bytes of an upload, on disk and flushed, but without a name yet. */
export interface ReceivedBytes {
  readonly size: number;
  readonly sha256: string;
  /** The first bytes. */
  readonly head: Buffer;
}

/** Beginnings of files, and facts without a file, that are older than this are left over from a crash. */
const LEFT_OVER = 3_600_000;
const FILE = /^[0-9A-Za-z]{32}$/;

function readFacts(text: string): FileFacts | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isFacts =
      isObject(value) &&
      ['name', 'type', 'ending', 'sha256', 'by'].every((key) => typeof value[key] === 'string') &&
      ['size', 'createdAt', 'expiresAt'].every((key) => Number.isSafeInteger(value[key]));
    return isFacts ? (value as unknown as FileFacts) : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the folder if it is missing. @param dir its path */
export async function openFolder(dir: string) {
  await mkdir(dir, { recursive: true, mode: DIRECTORY_MODE });
  const pathOf = (id: string) => join(dir, id);
  const partOf = (id: string) => join(dir, `${id}.part`);
  const factsOf = (id: string) => join(dir, `${id}.json`);

  async function facts(id: string): Promise<FileFacts | undefined> {
    try {
      return readFacts(await readFile(factsOf(id), 'utf8'));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  return {
    facts,

    /**
     * Streams bytes to disk. If that fails, nothing is left.
     * @throws RelayError `too_large` beyond `limit`
     */
    async receive(id: string, source: Readable, limit: number): Promise<ReceivedBytes> {
      const hash = createHash('sha256');
      let size = 0;
      let head = Buffer.alloc(0);
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          size += chunk.length;
          if (size > limit) {
            done(new RelayError('too_large', `the file is larger than ${limit} bytes`));
            return;
          }
          hash.update(chunk);
          if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
          done(null, chunk);
        },
      });
      try {
        await pipeline(source, measure, createWriteStream(partOf(id), { flags: 'wx', mode: FILE_MODE, flush: true }));
      } catch (error) {
        await rm(partOf(id), { force: true });
        throw error;
      }
      return { size, sha256: hash.digest('hex'), head };
    },

    /** Gives received bytes their name. Resolves when that is durable. */
    async keep(id: string, known: FileFacts): Promise<void> {
      try {
        await writeFlushed(factsOf(id), JSON.stringify(known));
        await rename(partOf(id), pathOf(id));
        await flushName(pathOf(id));
      } catch (error) {
        await this.remove(id);
        throw error;
      }
    },

    /** Removes a file, or what was received of one. */
    async remove(id: string): Promise<void> {
      // The file first: facts without a file are no file.
      for (const path of [pathOf(id), partOf(id), factsOf(id)]) await rm(path, { force: true });
    },

    /** Reads a part of a file, `end` included. The stream fails if the file is gone. */
    read(id: string, start: number, end: number): Readable {
      return createReadStream(pathOf(id), { start, end });
    },

    async exists(id: string): Promise<boolean> {
      try {
        return (await stat(pathOf(id))).isFile();
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },

    /** Ids of all files. */
    async list(): Promise<string[]> {
      return (await readdir(dir)).filter((name) => FILE.test(name));
    },

    /** Removes what a crash has left. @returns how many */
    async sweep(now: number): Promise<number> {
      const names = new Set(await readdir(dir));
      let removed = 0;
      for (const name of names) {
        const [, id = '', kind] = /^(\w{32})\.(part|json)$/.exec(name) ?? [];
        if (kind === undefined || (kind === 'json' && names.has(id))) continue;
        try {
          if (now - (await stat(join(dir, name))).mtimeMs < LEFT_OVER) continue;
          await rm(join(dir, name), { force: true });
          removed += 1;
        } catch (error) {
          // Another node was faster.
          if (!isMissing(error)) throw error;
        }
      }
      return removed;
    },
  };
}

/** The folder of the files of one relay. */
export type Folder = Awaited<ReturnType<typeof openFolder>>;
