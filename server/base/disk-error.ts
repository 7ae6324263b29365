// Turns an error of the disk into a refusal that a caller understands.
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

/**
 * The refusal `unavailable` if the error, or one in its chain of causes, is an error of the disk; otherwise undefined.
 */
export function diskErrorOf(error: unknown): RelayError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const reason = 'code' in cause ? REASONS.get(cause.code) : undefined;
    if (reason !== undefined) {
      return new RelayError('unavailable', `the relay cannot store this: ${reason}`, { cause: error });
    }
  }
  return undefined;
}
