// What it means for a caller when the relay cannot write.
import { RelayError } from './errors.ts';

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['ENOSPC', 'its disk is full'],
  ['EDQUOT', 'its disk quota is used up'],
  ['EROFS', 'its disk is read-only'],
  ['EIO', 'its disk does not work'],
  ['SQLITE_FULL', 'its disk is full'],
  ['SQLITE_READONLY', 'its disk is read-only'],
  ['SQLITE_IOERR', 'its disk does not work'],
]);

/** The refusal `unavailable` for an error that a disk caused, or that has one as its cause; undefined for any other. */
export function diskErrorOf(error: unknown): RelayError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const reason = 'code' in cause ? REASONS.get(cause.code) : undefined;
    if (reason !== undefined) {
      return new RelayError('unavailable', `the relay cannot store this: ${reason}`, { cause: error });
    }
  }
  return undefined;
}
