// Backups of a cluster on Redis. The file is the same as that of a data directory, so they go through one beside it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ArchiveSource, type ArchiveTarget, copyArchive } from './archive.ts';
import { fillDirectory, readDirectory } from './embedded/archive.ts';
import { backupEmbedded, type Restored, type RestoreOptions, refuseFile, restoreEmbedded } from './embedded/backup.ts';
import { DataError } from './embedded/data-error.ts';
import { fillRedis, type RedisPlace, readRedis } from './redis/archive.ts';

type Closing = { close(): Promise<void> };

async function copy(source: ArchiveSource & Closing, target: Promise<ArchiveTarget & Closing>): Promise<void> {
  let opened: Closing | undefined;
  try {
    const into = await target;
    opened = into;
    await copyArchive(source, into);
  } finally {
    await Promise.all([source.close(), opened?.close()]);
  }
}

/** Runs a step with a folder for data, which is removed afterwards. */
async function withFolder<T>(parent: string, use: (dir: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(parent, '.herald-')).catch((error: Error) => {
    throw new DataError(`${parent} cannot be written: ${error.message}`, error);
  });
  try {
    return await use(join(folder, 'data'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes a backup of a cluster to a new file (mode 0600). Its nodes can stay running: the file has the registry of one
 * moment, and all messages before it.
 * @throws DataError if `file` exists or cannot be written, RelayError if Redis cannot be read
 */
export async function backupRedis(place: RedisPlace, file: string): Promise<void> {
  await refuseFile(file);
  await withFolder(dirname(file), async (dir) => {
    await copy(await readRedis(place), fillDirectory(dir));
    await backupEmbedded(dir, file);
  });
}

/**
 * Fills a prefix without keys from a backup, as `restoreEmbedded` fills a directory. No node can start on it before the end.
 * @throws DataError if `file` is no backup that can be read, RelayError if the prefix has keys or Redis cannot be used
 */
export async function restoreRedis(file: string, place: RedisPlace, options: RestoreOptions = {}): Promise<Restored> {
  return withFolder(tmpdir(), async (dir) => {
    const restored = await restoreEmbedded(file, dir, options);
    await copy(await readDirectory(dir), fillRedis(place));
    return restored;
  });
}
