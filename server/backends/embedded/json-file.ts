// A small JSON document on disk. A write succeeds completely or changes nothing, and the last version stays in a
// `.bak`.
import { copyFile, link, readFile, rename, rm } from 'node:fs/promises';
import { type Adapter, Low } from 'lowdb';
import type { z } from 'zod';
import { diskProblem } from '../../base/disk-error.ts';
import { RelayError } from '../../base/errors.ts';
import { fileExists, flushName, isMissing, writeFlushed } from '../../base/files.ts';
import type { Logger } from '../../base/logger.ts';
import { DataError } from './data-error.ts';

/** A document whose changes are durable when their promises resolve. Its values are never changed in place. */
export interface JsonStore<T extends object> {
  /** The document as it was opened, with every change since. */
  current(): T;
  /**
   * Replaces the document by the result of `change`. If that is the same object, nothing is written. Changes apply in
   * call order, and those that come during a write share the next write. If a write fails, all its changes are dropped
   * and their promises reject.
   */
  change(change: (value: T) => T): Promise<void>;
  /** Writes the document if it has no file yet. */
  establish(): Promise<void>;
  /** Refuses further changes; resolves when no write is under way. */
  close(): Promise<void>;
}

/** Options of a {@link JsonStore}. `empty` is the document if there is no file yet. */
export interface JsonStoreOptions<T extends object> {
  readonly file: string;
  readonly schema: z.ZodType<T>;
  readonly empty: T;
  readonly logger: Logger;
}

/** The document is not JSON in UTF-8, as after a file was cut short or overwritten. */
export class DamagedDocument extends Error {}

function decode(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new DamagedDocument('not JSON', { cause: error });
  }
}

/**
 * Reads a document.
 * @throws DamagedDocument if it is not JSON, DataError (which names `file`) if it is JSON with another shape
 */
export function parseDocument<T extends object>(file: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(decode(bytes));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.map(String).join('.') || 'document'}: ${issue.message}`,
  );
  throw new DataError(`${file} is not what Herald wrote: ${problems.slice(0, 5).join('; ')}`);
}

/** Turns an error about a file into a sentence, if it is an error of the disk. */
function asDataError(file: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EISDIR') return new DataError(`${file} is a directory and not a file of Herald; move it away`, error);
  const disk = diskProblem(error);
  return disk === undefined ? error : new DataError(`${file} cannot be used: ${disk}`, error);
}

/** A lowdb adapter: temporary file, fsync, old version to `.bak`, rename, fsync of the directory. */
class DurableFile<T extends object> implements Adapter<T> {
  readonly #options: JsonStoreOptions<T>;

  constructor(options: JsonStoreOptions<T>) {
    this.#options = options;
  }

  async read(): Promise<T | null> {
    const { file, logger } = this.#options;
    const main = await this.#load(file);
    if (main.state === 'good') return main.value;
    const backup = await this.#load(`${file}.bak`);
    if (backup.state === 'good') {
      logger.error({ file, err: main.error }, `${file} is ${main.state}; going on with ${file}.bak`);
      if (main.state === 'damaged') await copyFile(file, `${file}.damaged`);
      await this.#replace(backup.bytes);
      return backup.value;
    }
    if (main.state === 'missing' && backup.state === 'missing') return null;
    throw new DataError(
      `${file} is ${main.state} and ${file}.bak is ${backup.state}; restore a backup with herald restore, or move both away`,
      main.error,
    );
  }

  async write(value: T): Promise<void> {
    const { file } = this.#options;
    await this.#replace(`${JSON.stringify(value, null, 2)}\n`, async () => {
      await rm(`${file}.bak`, { force: true });
      // Some file systems have no hard links and get a copy. Before the first version, there is nothing to keep.
      await link(file, `${file}.bak`).catch(async (error) => {
        if (!isMissing(error)) await copyFile(file, `${file}.bak`);
      });
    });
  }

  async #load(
    file: string,
  ): Promise<{ state: 'good'; value: T; bytes: Uint8Array } | { state: 'missing' | 'damaged'; error: unknown }> {
    try {
      const bytes = await readFile(file);
      return { state: 'good', value: parseDocument(file, bytes, this.#options.schema), bytes };
    } catch (error) {
      if (isMissing(error)) return { state: 'missing', error };
      if (error instanceof DamagedDocument) return { state: 'damaged', error };
      throw asDataError(file, error);
    }
  }

  async #replace(content: string | Uint8Array, keep?: () => Promise<void>): Promise<void> {
    const { file } = this.#options;
    await writeFlushed(`${file}.tmp`, content);
    await keep?.();
    await rename(`${file}.tmp`, file);
    await flushName(file);
  }
}

/**
 * Opens a document. The first change makes its file.
 * @throws DataError if neither the file nor its `.bak` can be read, or one of them has an unknown shape
 */
export async function openJsonStore<T extends object>(options: JsonStoreOptions<T>): Promise<JsonStore<T>> {
  const low = new Low<T>(new DurableFile(options), options.empty);
  await low.read();
  let waiting: { change: (value: T) => T; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  async function writeGroup(group: typeof waiting): Promise<void> {
    const before = low.data;
    try {
      const after = group.reduce((value, { change }) => change(value), before);
      low.data = after;
      if (after !== before) await low.write();
      for (const { resolve } of group) resolve();
    } catch (error) {
      low.data = before;
      const reason = diskProblem(error);
      const told =
        reason === undefined
          ? error
          : new RelayError('unavailable', `the registry cannot be written: ${reason}`, { cause: error });
      for (const { reject } of group) reject(told);
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await writeGroup(group);
    }
    running = undefined;
  }

  return {
    current: () => low.data,
    change(change) {
      if (closed) return Promise.reject(new RelayError('unavailable', 'the registry is closed'));
      return new Promise((resolve, reject) => {
        waiting.push({ change, resolve, reject });
        running ??= drain();
      });
    },
    async establish() {
      try {
        if (!(await fileExists(options.file))) await low.write();
      } catch (error) {
        throw asDataError(options.file, error);
      }
    },
    async close() {
      closed = true;
      await running;
    },
  };
}
