// Checks whether the file of the message log is whole, while the relay runs.
import type Database from 'libsql/promise';
import type { Logger } from '../../base/logger.ts';
import type { StorageHealth } from '../backend.ts';
import type { Damage } from './damage.ts';

/** The most problems that are logged. One is enough to act on. */
const MAX_PROBLEMS = 5;

/** The check of one log. */
export interface IntegrityCheck {
  /** Reads the whole file once, on its own thread. Resolves when that is done or stopped; never rejects. */
  run(): Promise<void>;
  health(): StorageHealth;
  /** Stops a check that is under way. Otherwise its read would keep SQLite from removing the WAL at the end. */
  stop(): Promise<void>;
}

/** Makes the check. It has its own connection, so that the relay never waits for it. */
export function createIntegrityCheck(file: string, damage: Damage, logger: Logger): IntegrityCheck {
  let status: 'unchecked' | 'whole' | 'damaged' = 'unchecked';
  let stopped = false;
  let running: Promise<void> | undefined;
  let db: Database | undefined;

  async function check(): Promise<void> {
    try {
      // Loaded only now, because nothing at the start needs it.
      const { default: Connection } = await import('libsql/promise');
      if (stopped) return;
      db = new Connection(file, {});
      const statement = await db.prepare(`PRAGMA quick_check(${MAX_PROBLEMS})`);
      const problems = ((await statement.raw().all()) as [string][]).map(([problem]) => problem);
      status = problems.length === 1 && problems[0] === 'ok' ? 'whole' : 'damaged';
      if (status === 'damaged') {
        logger.error({ file, problems }, 'the message log is damaged: see herald doctor, and restore a backup');
      }
    } catch (err) {
      if (!stopped) logger.error({ err, file }, 'the message log could not be checked: see herald doctor');
    } finally {
      db?.close();
      db = undefined;
    }
  }

  return {
    run() {
      running ??= check();
      return running;
    },
    health: () => ({
      status: status === 'damaged' || damage.rows() > 0 ? 'damaged' : status,
      unreadable: damage.rows(),
    }),
    async stop() {
      stopped = true;
      db?.interrupt();
      await running;
    },
  };
}
