// What this backend needs of SQLite. See installed-sqlite.ts for where it comes from.

/** A prepared statement. */
export interface PreparedStatement {
  /** From now on, rows are arrays of values, and not objects. */
  raw(): PreparedStatement;
  /** @param params numbers, texts, bytes and null, in the order of `?` or of `?1`, `?2` … */
  run(params: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  /** All rows. A BLOB is a Buffer. */
  all(params?: readonly unknown[]): unknown[];
}

/** A connection to a database file. Errors of SQLite have a `code` such as SQLITE_BUSY. */
export interface Database {
  readonly open: boolean;
  readonly inTransaction: boolean;
  exec(sql: string): unknown;
  prepare(sql: string): PreparedStatement;
  close(): unknown;
}

/** A connection that works on another thread. */
export interface AsideConnection {
  /** Resolves to the rows of one statement, as arrays. */
  all(sql: string): Promise<unknown[]>;
  close(): Promise<void>;
}

/** How a statement runs beside the event loop. */
export interface AsideOptions {
  /** In the order of `?`. */
  readonly params?: readonly string[];
  /** How long to wait for a lock, in ms; 0 by default. */
  readonly timeout?: number;
  /** When it aborts, the statement ends early and rejects. */
  readonly signal?: AbortSignal;
}

/** One build of SQLite. */
export interface Sqlite {
  readonly name: 'libsql' | 'node:sqlite';
  /** @param timeout how long to wait for a lock, in ms; 0 by default */
  open(file: string, timeout?: number): Database;
  openAside(file: string): AsideConnection;
  /** The rows of one statement that may read the whole file, as arrays. Nothing else waits for it. */
  allAside(file: string, sql: string, options?: AsideOptions): Promise<unknown[]>;
}
