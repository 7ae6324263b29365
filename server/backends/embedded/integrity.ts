// Checks whether the file of the message log is whole, while the relay runs.
import type { Logger } from '../../base/logger.ts';
import type { StorageHealth } from '../backend.ts';
import type { Damage } from './damage.ts';
import { sqlite } from './installed-sqlite.ts';

/** The most problems that are logged. One is enough to act on. */
const MAX_PROBLEMS = 5;

/** The check of one log. */
export interface IntegrityCheck {
  /** Reads the whole file once, beside the event loop. Resolves when that is done or stopped; never rejects. */
  run(): Promise<void>;
  health(): StorageHealth;
  /** Stops a check that is under way. Otherwise its read would keep SQLite from removing the WAL at the end. */
  stop(): Promise<void>;
}

/** Makes the check. It has its own connection, so that the relay never waits for it. */
export function createIntegrityCheck(file: string, damage: Damage, logger: Logger): IntegrityCheck {
  let status: 'unchecked' | 'whole' | 'damaged' = 'unchecked';
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function check(): Promise<void> {
    try {
      const rows = await sqlite().allAside(file, `PRAGMA quick_check(${MAX_PROBLEMS})`, { signal: stopping.signal });
      const problems = (rows as [string][]).map(([problem]) => problem);
      status = problems.length === 1 && problems[0] === 'ok' ? 'whole' : 'damaged';
      if (status === 'damaged') {
        logger.error({ file, problems }, 'the message log is damaged: see herald doctor, and restore a backup');
      }
    } catch (err) {
      if (!stopping.signal.aborted)
        logger.error({ err, file }, 'the message log could not be checked: see herald doctor');
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
      stopping.abort();
      await running;
    },
  };
}
