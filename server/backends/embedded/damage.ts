// Counts rows that cannot be read, and logs each one once. A damaged row never makes anything else fail.
import type { Logger } from '../../base/logger.ts';

/** The most rows that are remembered as logged. With more damage than that, a list does not help. */
const MAX_REMEMBERED = 1000;

/** The damaged rows of a log. */
export interface Damage {
  /** Notes a row that cannot be read. @param flaw what is wrong, as in "the message is …" */
  found(mid: number, flaw: string): void;
  /** How many different damaged rows were found. */
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
