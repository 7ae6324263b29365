// Which half of the journal may be used: the other one is free when the tables have on disk what it holds. Flushes the
// tables for that, and moves the WAL into the file.
import type { Logger } from '../../base/logger.ts';
import type { Journal } from './journal.ts';

/** The journal turns over when its half has less room than this. A larger group is a transaction. */
const ROOM = 2 ** 20;
/** After this many transactions and steps of one, the WAL is moved into the file. */
const STEPS_PER_CHECKPOINT = 32;

/** The turnovers of a journal. */
export interface Turnover {
  /** Whether the half that is being written is nearly full. */
  isDue(): boolean;
  /** Whether the next group waits until the tables are flushed. */
  isPaused(): boolean;
  /**
   * Goes on in the other half, or waits until it is free. The tables have everything.
   * @returns whether the other half becomes free; otherwise, a transaction has to free it
   */
  begin(): boolean;
  /** Called after a transaction with a flush, which covers what was committed without one before. */
  tablesAreOnDisk(): void;
  /** Called after each step of a transaction. @param isLast whether it is committed */
  noteStep(isLast: boolean): void;
}

/** What {@link createTurnover} needs. */
export interface TurnoverPorts {
  readonly journal: Pick<Journal, 'room' | 'turnOver'>;
  /** Resolves when everything that was committed to the tables before the call is on disk. */
  flushTables(): Promise<void>;
  readonly logger: Logger;
  /** Called when a pause ends. */
  resume(): void;
}

/** Makes the turnovers of a journal. */
export function createTurnover({ journal, flushTables, logger, resume }: TurnoverPorts): Turnover {
  /** Whether the tables have on disk what the other half of the journal holds. */
  let otherHalfIsFree = true;
  let isPaused = false;
  let turns = 0;
  let flushing: Promise<void> | undefined;
  let steps = 0;

  async function flush(): Promise<void> {
    turns += 1;
    const turn = turns;
    let isDone = true;
    try {
      await flushTables();
    } catch (err) {
      isDone = false;
      logger.error({ err }, 'the message log could not be flushed');
    }
    // A transaction may have freed the half before, so that the journal has turned over again meanwhile.
    if (turn === turns) [otherHalfIsFree, flushing] = [otherHalfIsFree || isDone, undefined];
  }

  return {
    isDue: () => journal.room() < ROOM,
    isPaused: () => isPaused,
    begin() {
      if (otherHalfIsFree) {
        otherHalfIsFree = false;
        journal.turnOver();
        flushing = flush();
        return true;
      }
      if (flushing === undefined) return false;
      isPaused = true;
      void flushing.then(() => {
        isPaused = false;
        resume();
      });
      return true;
    },
    tablesAreOnDisk() {
      otherHalfIsFree = true;
    },
    noteStep(isLast) {
      steps += 1;
      if (!isLast || steps < STEPS_PER_CHECKPOINT) return;
      steps = 0;
      void flushTables().catch(() => undefined);
    },
  };
}
