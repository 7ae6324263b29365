// Why the data directory cannot be used.

/**
 * Thrown at start, by a backup and by a restore when the data directory or a file in it cannot be used.
 * The message is one line for the operator and names the directory or file; nothing was changed.
 */
export class DataError extends Error {
  constructor(message: string, cause?: unknown) {
    // SQLite reports some damage on several lines.
    super(message.replace(/\s*\n\s*/g, ' '), cause === undefined ? undefined : { cause });
    this.name = 'DataError';
  }
}

/** What the operator has to do about the disk, by the codes of Node and of SQLite. */
const DISK_PROBLEMS: readonly [codes: RegExp, problem: string][] = [
  [/^(?:ENOSPC|EDQUOT|SQLITE_FULL)/, 'the disk is full; make room'],
  [/^(?:EROFS|SQLITE_READONLY)/, 'the file system or the file is read-only; make it writable'],
  [/^(?:EACCES|EPERM|SQLITE_PERM|SQLITE_AUTH)/, 'this user may not write it; check owner and mode'],
  [/^(?:EMFILE|ENFILE)/, 'too many files are open; raise the limit of the process'],
  [/^(?:EIO|SQLITE_IOERR|SQLITE_CANTOPEN)/, 'the disk does not read or write it; check the disk'],
];

/** What is wrong with the disk, if the error is about the disk and not about what a file holds. */
export function diskProblem(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return DISK_PROBLEMS.find(([codes]) => codes.test(code))?.[1];
}

/** Whether SQLite says that a database file is damaged. A damaged page is found only when something on it is read. */
export function isDamagedDatabase(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^SQLITE_(?:CORRUPT|NOTADB)/.test(String(error.code));
}
