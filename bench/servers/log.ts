// The message log without the relay, or only libsql, which writes the same rows with one commit per turn of the event
// loop.
import { join } from 'node:path';
import { createCheckpoints } from '../../server/backends/embedded/checkpoints.ts';
import { createDamage } from '../../server/backends/embedded/damage.ts';
import { openJournal } from '../../server/backends/embedded/journal.ts';
import { createMessageLog } from '../../server/backends/embedded/message-log.ts';
import { LOG_FILE, openDatabase } from '../../server/backends/embedded/schema.ts';
import type { Database } from '../../server/backends/embedded/sqlite.ts';
import { codeOf } from '../../server/backends/embedded/statuses.ts';
import { createLogger } from '../../server/base/logger.ts';
import { readContent } from '../../shared/content.ts';
import type { Message } from '../../shared/message.ts';
import { answerCalls } from '../support/calls.ts';
import { messageTo } from '../support/message.ts';

/** Which log to open in `dir`, with how many messages in it. */
export interface OpenCall {
  readonly system: 'relay' | 'bare';
  readonly dir: string;
  readonly stored: number;
}

export interface AppendCall {
  readonly callers: number;
  readonly ms: number;
}

export interface ReadCall {
  /** Messages of a page. */
  readonly limit: number;
  readonly ms: number;
}

const DEVICES = 20;
const PER_COMMIT = 50_000;
/** Bytes of a page, as when the relay reads history. */
const PAGE_BYTES = 2 * 2 ** 20;
const WEEK = 7 * 24 * 3_600_000;

/** Stores one message for one device; resolves when it is on disk. */
type Append = (mid: number, device: number) => Promise<void>;
/** Reads the newest messages of a device; returns how many it got. */
type Newest = (device: number, limit: number) => Promise<number>;

const nameOf = (device: number) => `device-${device}`;
const message = (mid: number, device: number) => messageTo(nameOf(device), 'personal', String(mid));

function toMessage(mid: number, device: number): Message {
  const { message: body, ...rest } = message(mid, device);
  return { ...rest, content: readContent(body), id: '', createdAt: mid, expiresAt: mid + WEEK };
}

let append: Append = () => Promise.resolve();
let newest: Newest = async () => 0;
let lastMid = 0;

/** Stores settled messages in bulk, and flushes them once at the end. */
function fill(db: Database, messages: number): void {
  db.exec('PRAGMA synchronous = OFF');
  for (let device = 1; device <= DEVICES; device += 1) {
    db.prepare('INSERT INTO devices (id, name, settled_upto) VALUES (?, ?, ?)').run([device, nameOf(device), messages]);
  }
  const numbers = 'WITH RECURSIVE n(i) AS (VALUES(?) UNION ALL SELECT i + 1 FROM n WHERE i < ?)';
  const json = JSON.stringify(message(0, 1)).replace('"mid":"0"}', '"mid":"');
  const addMessages = db.prepare(`${numbers} INSERT INTO messages (mid, json) SELECT i, ? || i || '"}' FROM n`);
  const addDeliveries = db.prepare(
    `${numbers} INSERT INTO deliveries (mid, device, status) SELECT i, 1 + i % ${DEVICES}, ${codeOf('ok')} FROM n`,
  );
  for (let first = 1; first <= messages; first += PER_COMMIT) {
    const last = Math.min(messages, first + PER_COMMIT - 1);
    db.exec('BEGIN');
    addMessages.run([first, last, json]);
    addDeliveries.run([first, last]);
    db.exec('COMMIT');
  }
  db.prepare(`UPDATE meta SET value = ? WHERE name = 'last_mid'`).run([messages]);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = FULL');
}

function bare(db: Database): Append {
  const addMessage = db.prepare('INSERT INTO messages (mid, json) VALUES (?, ?)');
  const addDelivery = db.prepare(`INSERT INTO deliveries (mid, device, status) VALUES (?, ?, ${codeOf('ready')})`);
  let turn: { mid: number; device: number; done: () => void }[] = [];
  function commit(): void {
    const group = turn;
    turn = [];
    db.exec('BEGIN IMMEDIATE');
    for (const { mid, device } of group) {
      addMessage.run([mid, JSON.stringify(message(mid, device))]);
      addDelivery.run([mid, device]);
    }
    db.exec('COMMIT');
    for (const { done } of group) done();
  }
  return (mid, device) =>
    new Promise((done) => {
      if (turn.push({ mid, device, done }) === 1) setImmediate(commit);
    });
}

answerCalls({
  async open({ system, dir, stored }: OpenCall) {
    const db = await openDatabase(dir);
    fill(db, stored);
    lastMid = stored;
    if (system === 'bare') {
      append = bare(db);
      return;
    }
    const logger = await createLogger('warn', false);
    const log = createMessageLog(db, {
      logger,
      idOf: (mid) => mid,
      damage: createDamage(logger),
      journal: await openJournal(dir),
      flushTables: createCheckpoints(join(dir, LOG_FILE), logger).run,
    });
    append = (mid, device) => log.append(toMessage(mid, device), [nameOf(device)]);
    newest = async (device, limit) =>
      (await log.history(nameOf(device), String(lastMid - limit * DEVICES), { limit, maxBytes: PAGE_BYTES })).entries
        .length;
  },

  /** Appends with many callers, each of which waits until its own message is on disk. */
  async append({ callers, ms }: AppendCall) {
    const started = performance.now();
    let count = 0;
    async function caller(): Promise<void> {
      while (performance.now() < started + ms) {
        lastMid += 1;
        await append(lastMid, 1 + (lastMid % DEVICES));
        count += 1;
      }
    }
    await Promise.all(Array.from({ length: callers }, caller));
    return { count, ms: performance.now() - started };
  },

  /** Reads pages of the newest messages, one after the other. */
  async read({ limit, ms }: ReadCall) {
    const started = performance.now();
    let count = 0;
    while (performance.now() < started + ms) {
      await newest(1 + (count % DEVICES), limit);
      count += 1;
    }
    return { count, ms: performance.now() - started };
  },
});
