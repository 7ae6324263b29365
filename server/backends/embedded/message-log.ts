// The embedded message log: SQLite in WAL mode behind a journal, durable by group commits.

import type { Message } from '../../../shared/message.ts';
import { isPushing, isSettled } from '../../../shared/status.ts';
import type { PendingLeaveStore } from '../../app-webhooks/pending-leaves.ts';
import type { ReportStore } from '../../app-webhooks/report-store.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { createMessageFactory, type Draft, type IdOf, messageOf, storedText } from '../../delivery/message.ts';
import type { Accepted, ClockedLog, MessageLog } from '../../delivery/ports.ts';
import type { Documents } from '../../messages/documents.ts';
import { readMid } from '../mid.ts';
import { isListed, tooManyFeeds } from '../target-history.ts';
import { createClockMarks } from './clock-marks.ts';
import type { Damage } from './damage.ts';
import { createDocuments } from './documents.ts';
import { createGroupCommit } from './group-commit.ts';
import type { Journal } from './journal.ts';
import { packText } from './packed-text.ts';
import { createPages } from './pages.ts';
import { createPendingLeaveStore } from './pending-leaves.ts';
import { createPendingRows } from './pending-rows.ts';
import { createQueries } from './queries.ts';
import { NewMessageChange, StatusChange, type StatusPorts } from './queued-change.ts';
import { createReadMarks } from './read-marks.ts';
import { tie, UNTIE } from './recovery.ts';
import { createRemovals, keyText } from './removals.ts';
import { createReportStore } from './report-store.ts';
import type { Database } from './sqlite.ts';
import { prepareStatements } from './statements.ts';
import { codeOf, codesBelow, STATUSES } from './statuses.ts';
import { expireBefore, sweepDevice } from './sweep.ts';
import { createTargets } from './targets.ts';
import { createSpans } from './times.ts';

/** After this many settled deliveries of a device, its cursor moves, so that no read skips many more settled rows. */
const ADVANCE_AFTER = 128;

/** The most cursors that move in one commit. In a large group, a thousand may be due at once. */
const ADVANCES_PER_COMMIT = 8;

const READY = codeOf('ready');

/** The preset of `storage.ttl`. */
const WEEK = 7 * 86_400_000;

/** The preset of `storage.maxFeeds`. */
const MAX_FEEDS = 10_000;

const NONE: readonly string[] = [];

/** For each status that a delivery can rise to, the statuses that it may leave for it. */
const BELOW = new Map(
  STATUSES.map((status) => [status, codesBelow(status)] as const).filter(([, below]) => below.size > 0),
);

/** For each status, only itself. */
const ONLY = new Map(STATUSES.map((status) => [status, new Set([codeOf(status)])] as const));

/** A {@link MessageLog} in a file. */
export interface EmbeddedMessageLog extends MessageLog, ClockedLog {
  lastMid(): string;
  /** Stored in the same file, and durable with the same commits. */
  readonly documents: Documents;
  readonly pendingLeaves: PendingLeaveStore;
  readonly appReports: ReportStore;
  /** Commits pending changes, moves the WAL into the file and closes it. */
  close(): void;
}

/** Options of a message log. */
export interface MessageLogPorts {
  readonly logger: Logger;
  readonly idOf: IdOf;
  /** Gives messages their mids and times. */
  readonly clock?: Clock | undefined;
  /** How long the relay tries to deliver a message, in ms. */
  readonly ttl?: number | undefined;
  /** The most names that messages are kept for. Beyond that, no feed begins. */
  readonly maxFeeds?: number | undefined;
  readonly damage: Damage;
  /** By default, there is no journal, and each group of changes is a transaction. */
  readonly journal?: Journal | undefined;
  /** Resolves when everything that was committed before the call is on disk. Needed with a journal. */
  flushTables?(): Promise<void>;
  /** After how many ms without a change the tables get what only the journal has. */
  readonly applyAfter?: number | undefined;
}

/**
 * The message log in an open database (see `openDatabase`), which it owns from now on.
 * A read sees every change that was requested before it. A failed commit rejects all its changes with RelayError
 * `unavailable` and keeps none of them. The log goes on working.
 */
export function createMessageLog(db: Database, ports: MessageLogPorts): EmbeddedMessageLog {
  const {
    logger,
    idOf,
    clock = systemClock,
    ttl = WEEK,
    maxFeeds = MAX_FEEDS,
    damage,
    journal,
    flushTables = () => Promise.resolve(),
    applyAfter,
  } = ports;
  const statements = prepareStatements(db);
  const spans = createSpans(statements);
  const rows = createPendingRows(statements, spans);
  const ids = new Map<string, number>();
  const names = new Map<number, string>();
  /** For each device, the number of deliveries that were settled since its cursor moved. */
  const settled = new Map<number, number>();
  const due = new Set<number>();
  /** Functions that undo, in reverse order, what the running transaction noted in memory. */
  let undo: (() => void)[] = [];

  const targets = createTargets(statements, (step) => void undo.push(step));
  let lastMid = (statements.lastMid.all() as [number][])[0]?.[0] ?? 0;
  let storedMid = lastMid;

  function keepLastMid(): void {
    if (lastMid === storedMid) return;
    const before = storedMid;
    statements.keepLastMid.run([lastMid]);
    storedMid = lastMid;
    undo.push(() => {
      storedMid = before;
    });
  }

  function advance(limit: number): void {
    for (const id of due) {
      if (limit-- === 0) return;
      statements.advance.run([id]);
      due.delete(id);
      settled.delete(id);
    }
  }

  const hooks = {
    beforeCommit(applied: number) {
      keepLastMid();
      if (journal !== undefined) statements.keepApplied.run([applied]);
      spans.write();
      advance(ADVANCES_PER_COMMIT);
    },
    committed() {
      undo = [];
    },
    rolledBack() {
      for (const step of undo.reverse()) step();
      undo = [];
      spans.drop();
    },
  };

  if (journal !== undefined) tie(db, journal);
  const group = createGroupCommit({
    db,
    rows,
    hooks,
    logger,
    journal: journal === undefined ? undefined : { file: journal, lastMid: () => lastMid, flushTables },
    applyAfter,
  });

  function know(name: string, id: number): void {
    ids.set(name, id);
    names.set(id, name);
  }

  function unknow(name: string, id: number): void {
    ids.delete(name);
    names.delete(id);
  }

  function idFor(name: string): number {
    const known = ids.get(name);
    if (known !== undefined) return known;
    const id = Number(statements.addDevice.run([name]).lastInsertRowid);
    know(name, id);
    undo.push(() => unknow(name, id));
    return id;
  }

  function add(mid: number, message: Message, devices: readonly string[]): void {
    const { createdAt, expiresAt } = message;
    // In ascending order, so that rows that are neighbours in the tables are written one after the other.
    const recipients =
      devices.length === 1 ? devices.map(idFor) : [...new Set(devices.map(idFor))].sort((a, b) => a - b);
    const target = isListed(message) ? targets.idFor(message.target) : undefined;
    rows.append(
      mid,
      { text: packText(storedText(message), mid), createdAt, lifetime: expiresAt - createdAt, target },
      recipients,
    );
  }

  function noteSettled(id: number): void {
    const count = (settled.get(id) ?? 0) + 1;
    settled.set(id, count);
    if (count >= ADVANCE_AFTER) due.add(id);
  }

  const statusPorts: StatusPorts = { ids, change: rows.change, noteSettled };

  function change(mid: number, device: string, to: number, allowed: ReadonlySet<number>, settles: boolean) {
    return new Promise<boolean>((settled, failed) => {
      group.put(new StatusChange(statusPorts, mid, device, to, allowed, settles, { settled, failed }, false));
    });
  }

  const createMessage = createMessageFactory({ clock, lastMid: String(lastMid), ttl, idOf });
  const pages = createPages(statements, damage, idOf, rows.remember);

  /** Whether the tables have to be asked. A feed that exists may grow without them. */
  const hasLabels = ({ number, feed, content, target }: Draft) =>
    number !== undefined || content.key !== undefined || (feed === true && targets.find(target) === undefined);

  /**
   * Stores a message that is found by more than its devices, in a transaction. Resolves to the mid of one that has its number
   * already, or to `full` if its feed would be one too many.
   */
  function addLabelled(
    mid: number,
    message: Message,
    devices: readonly string[],
  ): Promise<number | 'full' | undefined> {
    const { target, feed, content } = message;
    const number = message.number === undefined ? null : Number(message.number);
    return group.add(() => {
      const [known] = number === null ? [] : (statements.ofNumber.all([number]) as [number][]);
      if (known !== undefined) return known[0];
      if (devices.length === 0 && feed !== true) return undefined;
      if (feed === true && targets.find(target) === undefined && targets.count() >= maxFeeds) return 'full';
      if (number !== null || content.key !== undefined) {
        statements.addLabels.run([mid, number, content.key === undefined ? null : keyText(target, content.key)]);
      }
      add(mid, message, devices);
      return undefined;
    });
  }

  function append(message: Message, devices: readonly string[]): Promise<void> {
    const mid = readMid(message.mid);
    if (mid === undefined || mid <= lastMid) {
      return Promise.reject(new RangeError(`mid ${message.mid} is not above ${lastMid}`));
    }
    lastMid = mid;
    if (hasLabels(message)) return addLabelled(mid, message, devices).then(() => undefined);
    return new Promise((resolve, reject) => {
      const isKept = devices.length > 0 || message.feed === true;
      const store = () => isKept && add(mid, message, devices);
      const isKnown = () =>
        devices.every((device) => ids.has(device)) &&
        (!isKept || !isListed(message) || targets.find(message.target) !== undefined);
      group.put(new NewMessageChange(store, isKnown, resolve, reject));
    });
  }

  async function acceptLabelled(draft: Draft, devices: readonly string[]): Promise<Accepted> {
    const message = createMessage(draft);
    lastMid = Number(message.mid);
    const known = await addLabelled(lastMid, message, devices);
    if (known === undefined) return { message, full: NONE };
    if (known === 'full') throw tooManyFeeds(maxFeeds);
    const { createdAt, expiresAt } = message;
    const stored = pages.message(known) ?? messageOf(draft, { mid: String(known), createdAt, expiresAt }, idOf);
    return { message: stored, full: NONE, isRepeat: true };
  }

  const nameless: number[] = [];
  for (const [id, name] of statements.devices.all() as [number, Buffer | null][]) {
    if (name === null) nameless.push(id);
    else know(name.toString(), id);
  }
  // Continues removals that a crash interrupted. Nothing waits for them, and the group logs failures.
  for (const id of nameless) sweepDevice(id, group, statements).catch(() => undefined);

  return {
    ...createQueries({
      group,
      statements,
      spans,
      ids,
      names,
      pages,
      targets,
    }),
    ...createRemovals({ group, statements, ids }),
    ...createReadMarks(group, statements),
    documents: createDocuments({ group, statements, clock, logger }),
    pendingLeaves: createPendingLeaveStore(group, statements),
    appReports: createReportStore(group, statements),

    lastMid: () => String(lastMid),

    async accept(draft, devices) {
      if (hasLabels(draft)) return acceptLabelled(draft, devices);
      const message = createMessage(draft);
      await append(message, devices);
      return { message, full: NONE };
    },

    async stamp(draft) {
      // The relay does not keep it, whatever becomes of the message itself.
      const message = createMessage({ ...draft, feed: false });
      await append(message, NONE);
      return message;
    },

    append,

    record(text, device, status) {
      const mid = readMid(text);
      const below = BELOW.get(status);
      if (mid === undefined || below === undefined) return Promise.resolve(false);
      return change(mid, device, codeOf(status), below, isSettled(status));
    },

    settle(text, device, status, told) {
      const mid = readMid(text);
      const below = BELOW.get(status);
      if (mid === undefined || below === undefined) told.settled(false);
      else group.put(new StatusChange(statusPorts, mid, device, codeOf(status), below, true, told, true));
    },

    revert(text, device, status) {
      const mid = readMid(text);
      if (mid === undefined || !isPushing(status)) return Promise.resolve(false);
      return change(mid, device, READY, ONLY.get(status) as ReadonlySet<number>, false);
    },

    ...createClockMarks(group, statements),

    async expire(before) {
      const deleted = await expireBefore(before, group, statements, spans);
      if (deleted > 0) await group.add(targets.prune);
      return deleted;
    },

    async forget(device) {
      const id = await group.add(() => {
        const known = ids.get(device);
        if (known === undefined) return undefined;
        statements.forgetDevice.run([known]);
        unknow(device, known);
        settled.delete(known);
        undo.push(() => know(device, known));
        return known;
      });
      if (id !== undefined) await sweepDevice(id, group, statements);
    },

    close() {
      if (!db.open) return;
      for (const id of settled.keys()) due.add(id);
      const isDone = group.close();
      try {
        db.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
        keepLastMid();
        advance(due.size);
        db.exec(`${isDone ? `${UNTIE};` : ''} COMMIT`);
        // Closing does not finalise statements, so SQLite would keep the WAL. It has to be removed first.
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch (err) {
        logger.warn({ err }, 'the message log was closed without tidying up; nothing is lost');
      } finally {
        db.close();
      }
    },
  };
}
