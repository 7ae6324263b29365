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

/**
 * Whether SQLite says that a database file is damaged. SQLite notices a damaged page only when it reads something on
 * it.
 */
export function isDamagedDatabase(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^SQLITE_(?:CORRUPT|NOTADB)/.test(String(error.code));
}
