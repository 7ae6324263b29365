// Node's own SQLite, in the form of sqlite.ts.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { AsideConnection, AsideOptions, Database, PreparedStatement, Sqlite } from './sqlite.ts';

/** What this file uses of `node:sqlite`. The types of Node 20 do not have it. */
interface NodeStatement {
  setReturnArrays(enabled: boolean): void;
  run(...params: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number };
  all(...params: readonly unknown[]): unknown[];
}

interface NodeDatabase {
  readonly isOpen: boolean;
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): NodeStatement;
  close(): void;
}

interface NodeModule {
  readonly DatabaseSync: new (file: string, options: object) => NodeDatabase;
  readonly StatementSync: { readonly prototype: Partial<NodeStatement> };
}

/** The names of SQLite's codes. The upper bytes of a code say more. */
const CODES: Readonly<Record<number, string>> = {
  1: 'ERROR',
  3: 'PERM',
  4: 'ABORT',
  5: 'BUSY',
  6: 'LOCKED',
  7: 'NOMEM',
  8: 'READONLY',
  9: 'INTERRUPT',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  15: 'PROTOCOL',
  17: 'SCHEMA',
  18: 'TOOBIG',
  19: 'CONSTRAINT',
  20: 'MISMATCH',
  21: 'MISUSE',
  23: 'AUTH',
  25: 'RANGE',
  26: 'NOTADB',
};

/** Runs SQLite, whose errors get the names of their codes. */
function named<Result>(use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) {
      const name = CODES[Number(error.errcode) & 0xff] ?? 'ERROR';
      Object.assign(error, { code: `SQLITE_${name}` });
    }
    throw error;
  }
}

/** Numbered parameters count as named ones before Node 24.4. */
function bind(sql: string): (params: readonly unknown[]) => readonly unknown[] {
  if (!/\?\d/.test(sql)) return (params) => params;
  return (params) => [Object.fromEntries(params.map((value, index) => [`?${index + 1}`, value]))];
}

function wrapRow(row: unknown): unknown {
  if (!Array.isArray(row)) return row;
  return row.map((cell) =>
    cell instanceof Uint8Array ? Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength) : cell,
  );
}

function wrapStatement(statement: NodeStatement, sql: string): PreparedStatement {
  const params = bind(sql);
  const wrapped: PreparedStatement = {
    raw() {
      statement.setReturnArrays(true);
      return wrapped;
    },
    run: (given) => named(() => statement.run(...params(given))),
    all: (given = []) => named(() => statement.all(...params(given))).map(wrapRow),
  };
  return wrapped;
}

const OPTIONS = { enableForeignKeyConstraints: false };

function open({ DatabaseSync }: NodeModule, file: string, timeout = 0): Database {
  const db = named(() => new DatabaseSync(file, { ...OPTIONS, timeout }));
  return {
    get open() {
      return db.isOpen;
    },
    get inTransaction() {
      return db.isTransaction;
    },
    exec: (sql) => named(() => db.exec(sql)),
    prepare: (sql) =>
      wrapStatement(
        named(() => db.prepare(sql)),
        sql,
      ),
    close: () => named(() => db.close()),
  };
}

/** How a thread or another process answers a statement. */
interface Answer {
  readonly rows?: unknown[];
  readonly problem?: string;
  readonly errcode?: number;
}

/** The text of a function that answers a statement, for a thread or another process. */
const ANSWER = `const { DatabaseSync } = require('node:sqlite');
const open = (file, timeout) => new DatabaseSync(file, { ...${JSON.stringify(OPTIONS)}, timeout });
const answer = (connect, sql, params) => {
  try {
    return { rows: connect().prepare(sql).all(...params).map(Object.values) };
  } catch ({ message, errcode }) {
    return { problem: message, errcode };
  }
};`;

/** @throws the error in an answer */
function rowsOf({ rows, problem, errcode }: Answer): unknown[] {
  return named(() => {
    if (rows === undefined) throw Object.assign(new Error(problem), errcode === undefined ? {} : { errcode });
    return rows;
  });
}

const WORKER = `${ANSWER}
const { parentPort, workerData } = require('node:worker_threads');
let db;
parentPort.on('message', (sql) => parentPort.postMessage(answer(() => (db ??= open(workerData, 0)), sql, [])));`;

/** MB of JavaScript objects in a thread that only runs SQLite. */
const WORKER_HEAP = 8;

function openAside(file: string): AsideConnection {
  const worker = new Worker(WORKER, {
    eval: true,
    workerData: file,
    // Otherwise each thread warns that SQLite is experimental.
    execArgv: ['--no-warnings'],
    resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP },
  });
  worker.unref();
  let running: Promise<unknown> = Promise.resolve();
  let ended: Answer | undefined;
  let settle: ((answer: Answer) => void) | undefined;
  const end = (problem: string) => {
    ended ??= { problem };
    settle?.(ended);
  };
  worker.on('message', (answer: Answer) => settle?.(answer));
  worker.on('error', (error) => end(error.message));
  worker.on('exit', () => end('the thread of SQLite has ended'));

  async function ask(sql: string): Promise<unknown[]> {
    const answer = new Promise<Answer>((resolve) => {
      settle = resolve;
    });
    if (ended === undefined) worker.postMessage(sql);
    else settle?.(ended);
    return rowsOf(await answer);
  }

  return {
    all(sql) {
      const asked = running.then(() => ask(sql));
      running = asked.catch(() => undefined);
      return asked;
    },
    async close() {
      await running;
      await worker.terminate();
    },
  };
}

const PROGRAM = `${ANSWER}
const [file, sql, params, timeout] = JSON.parse(process.argv[1]);
process.stdout.write(JSON.stringify(answer(() => open(file, timeout), sql, params)));`;

/** In a process of its own, because a thread does not end while SQLite is at work in it. */
async function allAside(
  file: string,
  sql: string,
  { params = [], timeout = 0, signal }: AsideOptions = {},
): Promise<unknown[]> {
  const args = ['--no-warnings', '-e', PROGRAM, '--', JSON.stringify([file, sql, params, timeout])];
  const options = { killSignal: 'SIGKILL', ...(signal === undefined ? {} : { signal }) } as const;
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  return rowsOf(JSON.parse(stdout));
}

/** Node's own SQLite; undefined where this version of Node has none, or too old a one: Node 22.16 has what is needed. */
export function nodeSqlite(): Sqlite | undefined {
  const { emitWarning } = process;
  try {
    // Node warns that it is experimental. The log says that it is used.
    process.emitWarning = () => {};
    const module: NodeModule = createRequire(import.meta.url)('node:sqlite');
    if (module.StatementSync.prototype.setReturnArrays === undefined) return undefined;
    return {
      name: 'node:sqlite',
      open: (file, timeout) => open(module, file, timeout),
      openAside,
      allAside,
    };
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}
