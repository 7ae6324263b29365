// Makes the backup that the owner downloads: the same file as that of `herald backup`.
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backupEmbedded } from '../backends/embedded/index.ts';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/schema.ts';

/** What it needs. */
export interface BackupParts {
  readonly config: Pick<Config, 'redis' | 'storage'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Makes the maker of backups. It resolves to an open file without a name, which is gone once it is closed.
 * @throws RelayError `conflict` while another one is made, `unavailable` if it could not be made
 */
export function createBackups({ config, clock, logger }: BackupParts): () => Promise<FileHandle> {
  const { redis, storage } = config;
  let isBusy = false;

  async function make(): Promise<FileHandle> {
    // Beside the data, where there is room for it and no one else reads. With Redis, there may be no such directory.
    const folder = await mkdtemp(join(redis === undefined ? storage.dir : tmpdir(), '.herald-backup-'));
    try {
      const file = join(folder, 'backup');
      if (redis === undefined) await backupEmbedded(storage.dir, file);
      else await (await import('../backends/redis-backup.ts')).backupRedis({ config: redis, clock, logger }, file);
      return await open(file, 'r');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  return async () => {
    if (isBusy) throw new RelayError('conflict', 'another backup is being made; try again', { retryAfter: 10 });
    isBusy = true;
    try {
      return await make();
    } catch (error) {
      logger.error({ err: error }, 'a backup could not be made');
      throw new RelayError('unavailable', 'the backup could not be made; the log says why', { cause: error });
    } finally {
      isBusy = false;
    }
  };
}
