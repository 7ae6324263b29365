// Makes the tables durable outside of the event loop, and moves the WAL into the file of the message log.
import { open } from 'node:fs/promises';
import type { Logger } from '../../base/logger.ts';
import { sqlite } from './installed-sqlite.ts';
import type { AsideConnection } from './sqlite.ts';

/** The checkpoints of one log. */
export interface Checkpoints {
  /** Resolves when everything that was committed before the call is on disk. */
  run(): Promise<void>;
  /** Resolves when none is under way any more. */
  stop(): Promise<void>;
}

/** Makes them. They have a connection of their own, which works on another thread. */
export function createCheckpoints(file: string, logger: Logger): Checkpoints {
  let db: AsideConnection | undefined;
  let running = Promise.resolve();
  let stopped = false;

  async function flushWal(): Promise<void> {
    const wal = await open(`${file}-wal`, 'r+');
    try {
      await wal.datasync();
    } finally {
      await wal.close();
    }
  }

  async function moveWal(): Promise<void> {
    try {
      db ??= sqlite().openAside(file);
      await db.all('PRAGMA wal_checkpoint(PASSIVE)');
    } catch (err) {
      logger.warn({ err, file }, 'the WAL could not be moved into the message log; it grows until this works');
    }
  }

  async function checkpoint(): Promise<void> {
    await flushWal();
    await moveWal();
  }

  return {
    run() {
      if (stopped) return Promise.reject(new Error('the message log is being closed'));
      const done = running.then(checkpoint);
      running = done.catch(() => undefined);
      return done;
    },
    async stop() {
      stopped = true;
      await running;
      await db?.close();
      db = undefined;
    },
  };
}
