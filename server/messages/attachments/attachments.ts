// Files that belong to messages: taken in within bounds, kept for a time, found by an address that no one can guess.
import type { Readable } from 'node:stream';
import type { Attachment } from '../../../shared/content.ts';
import type { Principal } from '../../access/principal.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { diskErrorOf } from '../../base/disk-error.ts';
import { RelayError } from '../../base/errors.ts';
import { createKeyedMutex } from '../../base/keyed-mutex.ts';
import { createLimiter } from '../../base/limiter.ts';
import type { Logger } from '../../base/logger.ts';
import { kindOf } from './content-type.ts';
import { cleanName, endingOf, newFileId } from './file-name.ts';
import { type FileFacts, type Folder, openFolder } from './folder.ts';

/** The bounds of files. Sizes are in bytes, times in ms. */
export interface AttachmentBounds {
  readonly maxSize: number;
  readonly totalSize: number;
  readonly perKey: number;
  readonly maxUploads: number;
  readonly ttl: number;
}

/** What {@link createAttachments} needs. */
export interface AttachmentsPorts {
  readonly dir: string;
  readonly bounds: AttachmentBounds;
  /** Whether other nodes have the same folder. */
  readonly isShared: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a sender says of a file. */
export interface UploadFacts {
  readonly name: string | undefined;
  /** Who sends it. Only the total bounds the owner. */
  readonly by: Pick<Principal, 'kind' | 'name'>;
  /** How long to keep it, in ms; by default and at most `attachments.ttl`. */
  readonly ttl?: number;
  /** Most bytes; by default and at most `attachments.maxSize`. */
  readonly limit?: number;
}

/** A file with its id. */
export interface StoredFile extends FileFacts {
  readonly id: string;
}

/** A file on disk whose message is not accepted yet. */
export interface Upload {
  readonly file: StoredFile;
  /** The message is accepted: from now on `discard` does nothing. */
  keep(): void;
  /** Removes the file unless it was kept. Never rejects. */
  discard(): Promise<void>;
}

/** The files of one relay. */
export interface Attachments {
  readonly maxSize: number;
  /**
   * Takes in a file. Resolves when it is durable.
   * @throws RelayError `too_large` beyond a bound, `unavailable` if the disk does not take it or too many come at once. Then
   * nothing is kept
   */
  receive(source: Readable, facts: UploadFacts): Promise<Upload>;
  /** A file that has not expired. */
  find(id: string): Promise<StoredFile | undefined>;
  /** Reads a part of a file, `end` included. */
  read(id: string, start: number, end: number): Readable;
  /** Removes a file. */
  remove(id: string): Promise<void>;
  /** Begins to remove what expires. */
  start(): void;
  close(): Promise<void>;
}

const SWEEP_INTERVAL = 60_000;
/** The least that a file counts: about what it takes on a disk, so that many tiny files meet the bound too. */
const LEAST_SIZE = 4096;

/** What stands for the owner in the facts of a file. */
const OWNER = 'owner:';

const costOf = ({ size }: FileFacts) => Math.max(size, LEAST_SIZE);

/** The attachment of a message. @param base address of the relay, with its prefix */
export function attachmentOf({ id, ending, name, type, size, expiresAt }: StoredFile, base: string): Attachment {
  return { url: `${base}/file/${id}${ending}`, name, type, size, expires: Math.floor(expiresAt / 1000) };
}

/** Opens the folder, and removes what has expired. @throws Node's error if the folder cannot be used */
export async function createAttachments(ports: AttachmentsPorts): Promise<Attachments> {
  const { dir, bounds, isShared, clock, logger } = ports;
  const folder: Folder = await openFolder(dir);
  const limiter = createLimiter({ concurrency: bounds.maxUploads, queue: bounds.maxUploads });
  /** All files that this node knows of. */
  const known = new Map<string, FileFacts>();
  const commits = createKeyedMutex();
  let timer: Timer;
  let closed = false;

  /** Looks for files that came or went without this node. */
  async function refresh(): Promise<void> {
    const ids = new Set(await folder.list());
    for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    for (const id of ids) {
      if (known.has(id)) continue;
      const facts = await folder.facts(id);
      if (facts !== undefined) known.set(id, facts);
      // Another node may be removing it.
      else if (!isShared) await folder.remove(id);
    }
  }

  async function remove(id: string): Promise<void> {
    known.delete(id);
    await folder.remove(id);
  }

  /** Makes room for a new file: the oldest go first. */
  async function makeRoom(wanted: number): Promise<void> {
    let total = 0;
    for (const facts of known.values()) total += costOf(facts);
    if (total + wanted <= bounds.totalSize) return;
    const oldestFirst = [...known].sort(([, one], [, other]) => one.createdAt - other.createdAt);
    let removed = 0;
    for (const [id, facts] of oldestFirst) {
      if (total + wanted <= bounds.totalSize) break;
      await remove(id);
      total -= costOf(facts);
      removed += 1;
    }
    logger.warn({ removed }, 'files were removed before their time to make room: attachments.totalSize is reached');
  }

  function refuseTooMuch(by: string, wanted: number): void {
    if (by === OWNER) return;
    let own = wanted;
    for (const facts of known.values()) if (facts.by === by) own += costOf(facts);
    if (own > bounds.perKey) {
      throw new RelayError('too_large', `the files of one sender are at most ${bounds.perKey} bytes in all`);
    }
  }

  async function sweep(): Promise<void> {
    try {
      const now = clock.now();
      const left = await folder.sweep(now);
      if (left > 0) logger.info({ files: left }, 'files that were not received completely are removed');
      await refresh();
      for (const [id, { expiresAt }] of known) if (expiresAt <= now) await remove(id);
    } catch (error) {
      logger.error({ err: error, dir }, 'the folder of the files cannot be cleaned');
    }
  }

  let sweeping = sweep();
  function arm(): void {
    timer = clock.setTimeout(() => {
      sweeping = sweep();
      arm();
    }, SWEEP_INTERVAL);
  }
  await sweeping;

  function uploadOf(file: StoredFile): Upload {
    let isKept = false;
    return {
      file,
      keep() {
        isKept = true;
      },
      async discard() {
        if (isKept) return;
        isKept = true;
        await remove(file.id).catch((error) => logger.warn({ err: error }, 'a file of a refused message is left'));
      },
    };
  }

  async function store(source: Readable, { name, by, ttl = bounds.ttl, limit = bounds.maxSize }: UploadFacts) {
    const id = newFileId();
    const { head, ...bytes } = await folder.receive(id, source, Math.min(limit, bounds.maxSize, bounds.totalSize));
    const kind = kindOf(head);
    const clean = cleanName(name, kind);
    const createdAt = clock.now();
    const facts = {
      name: clean,
      type: kind.type,
      ending: endingOf(clean, kind),
      ...bytes,
      createdAt,
      expiresAt: createdAt + Math.min(ttl, bounds.ttl),
      by: `${by.kind}:${by.name}`,
    };
    try {
      // One at a time, so that two files do not get the same room.
      await commits.run('', async () => {
        if (isShared) await refresh();
        refuseTooMuch(facts.by, costOf(facts));
        await makeRoom(costOf(facts));
        await folder.keep(id, facts);
        known.set(id, facts);
      });
      return uploadOf({ id, ...facts });
    } catch (error) {
      await folder.remove(id);
      throw error;
    }
  }

  return {
    maxSize: bounds.maxSize,
    async receive(source, facts) {
      const release = closed ? undefined : await limiter.acquire();
      if (release === undefined) {
        source.destroy();
        throw new RelayError('unavailable', 'too many files at once; try again', { retryAfter: 5 });
      }
      try {
        return await store(source, facts);
      } catch (error) {
        throw diskErrorOf(error) ?? error;
      } finally {
        release();
      }
    },
    async find(id) {
      const facts = known.get(id) ?? (isShared ? await folder.facts(id) : undefined);
      if (facts === undefined || facts.expiresAt <= clock.now() || !(await folder.exists(id))) return undefined;
      return { id, ...facts };
    },
    read: folder.read,
    remove,
    start: arm,
    async close() {
      closed = true;
      clock.clearTimeout(timer);
      await sweeping;
    },
  };
}
