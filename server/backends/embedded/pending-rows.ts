// Rows that the tables do not have yet: new messages, and deliveries whose status changed. Most deliveries are settled
// before they reach the tables, so that each row is written once.
import type { JournalMessage } from './journal-frames.ts';
import { KnownStatuses } from './known-statuses.ts';
import type { QueuedChange } from './queued-change.ts';
import { DELIVERIES_AT_ONCE, MESSAGES_AT_ONCE, type Statement, type Statements } from './statements.ts';
import { codeOf } from './statuses.ts';
import type { Spans } from './times.ts';

/** A message as its row has it. */
export interface NewMessage {
  readonly text: string;
  readonly createdAt: number;
  readonly lifetime: number;
  /** The id of its target, if it is kept for that. */
  readonly target?: number | undefined;
}

/** One message with those of its deliveries that changed. */
interface Row {
  /** The group that made its first change. */
  since: number;
  /** Undefined if the tables have the message. */
  message: NewMessage | undefined;
  readonly statuses: Map<number, number>;
}

/** The changes of a group as the journal stores them. */
export interface GroupRows {
  readonly messages: readonly JournalMessage[];
  readonly statuses: readonly number[];
}

/**
 * Rows on their way to the tables, in one transaction. They stay as they are: what changes meanwhile is a pending row again.
 */
export interface RowBatch {
  /** The last group of which the tables then have everything; undefined for all groups. */
  readonly applied: number | undefined;
  /** Writes about `limit` rows. @returns whether all are written */
  write(limit: number): boolean;
  /** Called when the transaction is committed. */
  forget(): void;
  /** Called when it failed: the rows are pending again. */
  giveBack(): void;
}

/** The pending rows of a log. */
export interface PendingRows {
  /** The number of messages and deliveries that are not on their way to the tables. */
  size(): number;
  /** The number of messages with changes, of the same rows. */
  messages(): number;
  /** Bytes of the texts of messages, of the same rows. */
  bytes(): number;
  /** Begins a group of changes. Its number is above that of every earlier group. */
  begin(group: number): void;
  append(mid: number, message: NewMessage, devices: readonly number[]): void;
  /** Changes a status if the delivery is there and has one of these statuses; by default, whatever it has. */
  change(mid: number, device: number, to: number, allowed?: ReadonlySet<number>): boolean;
  /** Notes the status of a delivery that was just read from the tables, because it will change soon. */
  remember(mid: number, device: number, status: number): void;
  /** Reads the statuses of several deliveries at once, for the changes of this group. */
  prefetch(group: readonly Pick<QueuedChange, 'mid' | 'device'>[]): void;
  /** The changes since `begin`. */
  group(): GroupRows;
  /** Takes back the changes since `begin`. */
  undo(): void;
  /**
   * Takes the rows for a transaction: all of them, or three quarters. Then the newest message stays, because most of its
   * deliveries will change soon. One batch at a time, and not while a group is written whose changes may be taken back.
   */
  batch(takesAll: boolean): RowBatch;
  /** Writes all rows, inside a transaction. They are no longer pending. */
  writeAll(): void;
  /** Forgets all rows, and what is known of the tables. */
  clear(): void;
}

const READY = codeOf('ready');
/** No delivery has this status. */
const NONE = -1;

/** From so many deliveries of one message with one status on, they are written as one list. */
const LIST = 8;

/** Runs a statement for several rows at once as far as possible, then one for single rows. */
function runRows(params: unknown[], width: number, many: Statement, atOnce: number, one: Statement): void {
  let start = 0;
  for (; start + width * atOnce <= params.length; start += width * atOnce)
    many.run(params.slice(start, start + width * atOnce));
  for (; start < params.length; start += width) one.run(params.slice(start, start + width));
}

/** Makes the pending rows of a log. */
export function createPendingRows(statements: Statements, spans: Spans): PendingRows {
  let rows = new Map<number, Row>();
  /** The rows on their way to the tables. */
  let moving = new Map<number, Row>();
  let size = 0;
  let bytes = 0;
  let current = 0;
  let messages: JournalMessage[] = [];
  let statuses: number[] = [];
  /** For each change of a status: its row and the status before, undefined if only the tables have it. */
  let before: (Row | number | undefined)[] = [];
  /** Statuses in the tables, read for this group: by mid, then by device. */
  const stored = new Map<number, Map<number, number>>();
  /** Statuses in the tables of deliveries that are not in a row. */
  const known = new KnownStatuses();

  function begin(group: number): void {
    current = group;
    messages = [];
    statuses = [];
    before = [];
    stored.clear();
  }

  function noteStored(mid: number, device: number, status: number): void {
    const statuses = stored.get(mid);
    if (statuses === undefined) stored.set(mid, new Map([[device, status]]));
    else statuses.set(device, status);
  }

  function read(mid: number, device: number): number | undefined {
    const status = known.find(mid, device) ?? stored.get(mid)?.get(device);
    if (status !== undefined) return status;
    const [found] = statements.status.all([mid, device]) as [number][];
    return found?.[0];
  }

  /** The status that the tables do not have yet. */
  function pendingStatus(mid: number, device: number): number | undefined {
    return rows.get(mid)?.statuses.get(device) ?? moving.get(mid)?.statuses.get(device);
  }

  const weigh = ({ statuses: { size: deliveries }, message }: Row) => deliveries + (message === undefined ? 0 : 1);
  const textOf = ({ message }: Row) => message?.text.length ?? 0;

  function remove(mid: number, row: Row): void {
    rows.delete(mid);
    size -= weigh(row);
    bytes -= textOf(row);
  }

  function writeDeliveries(mid: number, entries: readonly [device: number, status: number][], single: number[]): void {
    if (entries.length < LIST) {
      for (const [device, status] of entries) single.push(mid, device, status);
      return;
    }
    const byStatus = new Map<number, number[]>();
    for (const [device, status] of entries) {
      const devices = byStatus.get(status);
      if (devices === undefined) byStatus.set(status, [device]);
      else devices.push(device);
    }
    for (const [status, devices] of byStatus) statements.putGroup.run([mid, status, JSON.stringify(devices)]);
  }

  /** @returns the last group of which no changes are left; undefined if none are left at all */
  function take(takesAll: boolean): number | undefined {
    if (takesAll) {
      [moving, rows, size, bytes] = [rows, new Map(), 0, 0];
      return undefined;
    }
    const [rest, restOfText] = [size / 4, bytes / 4];
    for (const [mid, row] of rows) {
      if (rows.size === 1 || (size <= rest && bytes <= restOfText)) return row.since - 1;
      moving.set(mid, row);
      remove(mid, row);
    }
    return undefined;
  }

  /** The rows of a batch that failed come first again. A row that changed meanwhile has the newer statuses. */
  function giveBack(): void {
    const newer = rows;
    [rows, moving] = [moving, new Map()];
    for (const [mid, row] of newer) {
      const older = rows.get(mid);
      rows.set(mid, row);
      if (older === undefined) continue;
      // The newer object stays, because undoing its group refers to it.
      [row.since, row.message] = [older.since, older.message];
      for (const [device, status] of older.statuses) {
        if (!row.statuses.has(device)) row.statuses.set(device, status);
      }
    }
    [size, bytes] = [0, 0];
    for (const row of rows.values()) {
      size += weigh(row);
      bytes += textOf(row);
    }
  }

  function batch(takesAll: boolean): RowBatch {
    const applied = take(takesAll);
    const taken = [...moving];
    let position = 0;
    /** The deliveries of the message at this position that are left. */
    let entries: [device: number, status: number][] | undefined;

    return {
      applied,
      write(limit) {
        const newMessages: unknown[] = [];
        const single: number[] = [];
        for (let left = limit; left > 0 && position < taken.length; ) {
          const [mid, row] = taken[position] as [number, Row];
          const { message } = row;
          if (entries === undefined && message !== undefined) {
            const { text, createdAt, lifetime, target } = message;
            newMessages.push(mid, text, createdAt === mid ? null : createdAt, lifetime, target ?? null);
            spans.note(mid, createdAt, createdAt + lifetime);
            left -= 1;
          }
          entries ??= [...row.statuses];
          const some = entries.splice(0, Math.max(left, 1));
          writeDeliveries(mid, some, single);
          left -= some.length;
          if (entries.length > 0) continue;
          position += 1;
          entries = undefined;
        }
        runRows(newMessages, 5, statements.putMessages, MESSAGES_AT_ONCE, statements.putMessage);
        runRows(single, 3, statements.putDeliveries, DELIVERIES_AT_ONCE, statements.putDelivery);
        return position === taken.length;
      },
      forget() {
        moving.clear();
      },
      giveBack,
    };
  }

  return {
    size: () => size,
    messages: () => rows.size,
    bytes: () => bytes,

    begin,

    append(mid, message, devices) {
      rows.set(mid, { since: current, message, statuses: new Map(devices.map((device) => [device, READY])) });
      size += devices.length + 1;
      bytes += message.text.length;
      const { text, createdAt, lifetime, target } = message;
      messages.push(
        target === undefined
          ? [mid, text, createdAt, lifetime, devices]
          : [mid, text, createdAt, lifetime, devices, target],
      );
    },

    remember(mid, device, status) {
      // A pending row is newer than what was read.
      if (pendingStatus(mid, device) === undefined) known.note(mid, device, status);
    },

    prefetch(group) {
      const unknown: number[][] = [];
      for (const change of group) {
        const { mid } = change;
        const device = mid === undefined ? undefined : change.device?.();
        if (mid === undefined || device === undefined) continue;
        const isKnown = pendingStatus(mid, device) !== undefined || known.find(mid, device) !== undefined;
        if (!isKnown) unknown.push([mid, device]);
      }
      if (unknown.length < 2) return;
      const [found] = statements.statuses.all([JSON.stringify(unknown)]) as [Buffer][];
      for (const [mid, device] of unknown) noteStored(mid as number, device as number, NONE);
      const stored = JSON.parse(String(found?.[0])) as [mid: number, device: number, status: number][];
      for (const delivery of stored) noteStored(...delivery);
    },

    change(mid, device, to, allowed) {
      const row = rows.get(mid);
      const pending = pendingStatus(mid, device);
      const isNew = row?.message !== undefined || moving.get(mid)?.message !== undefined;
      const from = pending ?? (isNew ? undefined : read(mid, device));
      if (from === undefined || allowed?.has(from) === false) return false;
      const changed = row ?? { since: current, message: undefined, statuses: new Map() };
      if (row === undefined) rows.set(mid, changed);
      if (!changed.statuses.has(device)) size += 1;
      changed.statuses.set(device, to);
      known.drop(mid, device);
      before.push(changed, mid, device, pending);
      statuses.push(mid, device, to);
      return true;
    },

    group: () => ({ messages, statuses }),

    undo() {
      while (before.length > 0) {
        const [row, mid, device, known] = before.splice(-4) as [Row, number, number, number | undefined];
        if (known !== undefined) row.statuses.set(device, known);
        else if (row.statuses.delete(device)) size -= 1;
        if (row.statuses.size === 0 && row.message === undefined) rows.delete(mid);
      }
      for (const [mid] of messages) {
        const row = rows.get(mid);
        if (row !== undefined) remove(mid, row);
      }
      begin(current);
    },

    batch,

    writeAll() {
      const all = batch(true);
      all.write(Number.POSITIVE_INFINITY);
      all.forget();
    },

    clear() {
      rows.clear();
      moving.clear();
      known.clear();
      size = 0;
      bytes = 0;
    },
  };
}
