// The SQLite of this installation: libsql, or Node's own where libsql has no file for the platform. See
// docs/decisions/0031-node-sqlite-where-libsql-is-missing.md. The rest of the backend knows neither of them.
import { createRequire } from 'node:module';
import { DataError } from './data-error.ts';
import { nodeSqlite } from './node-sqlite.ts';
import type { Sqlite } from './sqlite.ts';

const require = createRequire(import.meta.url);

function loadLibsql(): Sqlite {
  const Connection: typeof import('libsql') = require('libsql');
  const aside = (file: string, timeout = 0) => {
    // Loaded only now, because nothing at the start needs it.
    const Aside: typeof import('libsql/promise') = require('libsql/promise');
    const db = new Aside(file, { timeout });
    const all = async (sql: string, params: readonly string[] = []): Promise<unknown[]> => {
      const statement = await db.prepare(sql);
      if (statement.reader) return statement.raw().all(params) as Promise<unknown[]>;
      await statement.run(params);
      return [];
    };
    return { db, all };
  };
  return {
    name: 'libsql',
    open: (file, timeout = 0) => new Connection(file, { timeout }),
    openAside(file) {
      const { db, all } = aside(file);
      return { all: (sql) => all(sql), close: async () => void db.close() };
    },
    async allAside(file, sql, { params, timeout, signal } = {}) {
      signal?.throwIfAborted();
      const { db, all } = aside(file, timeout);
      const interrupt = () => db.interrupt();
      signal?.addEventListener('abort', interrupt);
      try {
        return await all(sql, params);
      } finally {
        signal?.removeEventListener('abort', interrupt);
        db.close();
      }
    },
  };
}

let chosen: Sqlite | undefined;

/**
 * The SQLite of this installation, which the first call loads.
 * @throws DataError that says what to install if there is none
 */
export function sqlite(): Sqlite {
  chosen ??= choose();
  return chosen;
}

function choose(): Sqlite {
  try {
    return loadLibsql();
  } catch (error) {
    const own = nodeSqlite();
    if (own !== undefined) return own;
    const [reason = ''] = (error as Error).message.split('\n');
    throw new DataError(
      `SQLite is missing: libsql cannot be loaded on ${process.platform}-${process.arch} (${reason}), and Node.js ` +
        `${process.versions.node} has none that Herald can use; install Node.js 24, or 22.16 or later, and start again`,
      error,
    );
  }
}
