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
  /** Whether the tables lack groups of the other half. */
  needsRows(): boolean;
  /** Whether the next group waits until the tables are flushed. */
  isPaused(): boolean;
  /**
   * Goes on in the other half if that is free.
   * @param newest the number of the latest group
   * @returns `waits` until the tables have its groups and are flushed, `failed` if only a transaction can free it
   */
  begin(newest: number): 'done' | 'waits' | 'failed';
  /** Called when the tables have every group up to this one, but maybe not on disk. */
  tablesHave(group: number): void;
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
  /** What the tables have of the other half: everything on disk, not all of it, or all but not flushed. */
  let otherHalf: 'free' | 'pending' | 'flushing' | 'failed' = 'free';
  /** The last group of the other half. */
  let last = 0;
  let isPaused = false;
  let turns = 0;
  let steps = 0;

  async function flush(turn: number): Promise<void> {
    let isDone = true;
    try {
      await flushTables();
    } catch (err) {
      isDone = false;
      logger.error({ err }, 'the message log could not be flushed');
    }
    // A transaction may have freed the half before, so that the journal has turned over again meanwhile.
    if (turn !== turns || otherHalf !== 'flushing') return;
    otherHalf = isDone ? 'free' : 'failed';
    if (!isPaused) return;
    isPaused = false;
    resume();
  }

  return {
    isDue: () => journal.room() < ROOM,
    needsRows: () => otherHalf === 'pending',
    isPaused: () => isPaused,
    begin(newest) {
      if (otherHalf === 'free') {
        turns += 1;
        [otherHalf, last] = ['pending', newest];
        journal.turnOver();
        return 'done';
      }
      isPaused = otherHalf === 'flushing';
      return otherHalf === 'failed' ? 'failed' : 'waits';
    },
    tablesHave(group) {
      if (otherHalf !== 'pending' || group < last) return;
      otherHalf = 'flushing';
      void flush(turns);
    },
    tablesAreOnDisk() {
      otherHalf = 'free';
    },
    noteStep(isLast) {
      steps += 1;
      if (!isLast || steps < STEPS_PER_CHECKPOINT) return;
      steps = 0;
      void flushTables().catch(() => undefined);
    },
  };
}
