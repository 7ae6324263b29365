// Rows that cannot be read: each is logged once and counted, and never makes anything else fail.
import type { Logger } from '../../base/logger.ts';

/** Most rows that are remembered as logged; a log with more is beyond a list of them. */
const MAX_REMEMBERED = 1000;

/** What was found damaged. */
export interface Damage {
  /** Notes a row that cannot be read. @param flaw what is wrong, as in "the message is …" */
  found(mid: number, flaw: string): void;
  /** How many different rows were found. */
  rows(): number;
}

/** Makes the list of one log. */
export function createDamage(logger: Logger): Damage {
  const seen = new Set<number>();
  return {
    found(mid, flaw) {
      if (seen.has(mid) || seen.size >= MAX_REMEMBERED) return;
      seen.add(mid);
      logger.error(
        { mid: String(mid) },
        `a message in the log is ${flaw}: the file is damaged; the message is skipped`,
      );
    },
    rows: () => seen.size,
  };
}
