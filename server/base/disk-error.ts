// Errors of the disk, by the codes of Node and of SQLite: what they mean to a caller and to the operator.
import { RelayError } from './errors.ts';

/** SQLite appends what it was doing, as in SQLITE_IOERR_READ. */
const PROBLEMS: readonly (readonly [codes: RegExp, state: string, remedy: string])[] = [
  [/^(?:ENOSPC|EDQUOT|SQLITE_FULL)/, 'the disk is full', 'make room'],
  [/^(?:EROFS|SQLITE_READONLY)/, 'the file system or the file is read-only', 'make it writable'],
  [/^(?:EACCES|EPERM|SQLITE_PERM|SQLITE_AUTH)/, "the relay's user may not write it", 'check owner and mode'],
  [/^(?:EMFILE|ENFILE)/, 'too many files are open', 'raise the limit of the process'],
  [/^(?:EIO|SQLITE_IOERR|SQLITE_CANTOPEN)/, 'the disk does not read or write it', 'check the disk'],
];

function find(error: unknown) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return PROBLEMS.find(([codes]) => codes.test(code));
}

/** What is wrong with the disk, and what the operator can do; undefined if the error is not about the disk itself. */
export function diskProblem(error: unknown): string | undefined {
  const [, state, remedy] = find(error) ?? [];
  return state === undefined ? undefined : `${state}; ${remedy}`;
}

/**
 * The refusal `unavailable` if the error, or one in its chain of causes, is an error of the disk; otherwise undefined.
 */
export function diskErrorOf(error: unknown): RelayError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const [, state] = find(cause) ?? [];
    if (state !== undefined) {
      return new RelayError('unavailable', `the relay cannot store this: ${state}`, { cause: error });
    }
  }
  return undefined;
}
