// Rows that the tables do not have yet: new messages, and deliveries whose status changed. Most deliveries are settled
// before they reach the tables, so that each row is written once.
import type { JournalMessage } from './journal.ts';
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
}

/** One message with those of its deliveries that changed. */
interface Row {
  /** The group that made its first change. */
  readonly since: number;
  /** Undefined if the tables have the message. */
  message: NewMessage | undefined;
  readonly statuses: Map<number, number>;
}

/** The changes of a group as the journal stores them. */
export interface GroupRows {
  readonly messages: readonly JournalMessage[];
  readonly statuses: readonly number[];
}

/** Rows on their way to the tables, in one transaction. Meanwhile, no row may change. */
export interface RowBatch {
  /** The last group of which the tables then have everything; undefined for all groups. */
  readonly applied: number | undefined;
  /** Writes about `limit` rows. @returns whether all are written */
  write(limit: number): boolean;
  /** Called when the transaction is committed: the rows are no longer pending. */
  forget(): void;
}

/** The pending rows of a log. */
export interface PendingRows {
  /** The number of messages and deliveries. */
  size(): number;
  /** The number of messages with changes. */
  messages(): number;
  /** Bytes of the texts of messages. */
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
   * deliveries will change soon.
   */
  batch(takesAll: boolean): RowBatch;
  /** Writes all rows, inside a transaction. */
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
  const rows = new Map<number, Row>();
  let size = 0;
  let bytes = 0;
  let current = 0;
  let messages: JournalMessage[] = [];
  let statuses: number[] = [];
  /** For each change of a status: its row and the status before, undefined if the row did not have it. */
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

  function take(takesAll: boolean): { taken: [mid: number, row: Row][]; applied: number | undefined } {
    const taken: [mid: number, row: Row][] = [];
    let [left, textLeft] = [size, bytes];
    for (const entry of rows) {
      const [, row] = entry;
      const isEnough = taken.length === rows.size - 1 || (left <= size / 4 && textLeft <= bytes / 4);
      if (!takesAll && isEnough) return { taken, applied: row.since - 1 };
      taken.push(entry);
      left -= weigh(row);
      textLeft -= textOf(row);
    }
    return { taken, applied: undefined };
  }

  function batch(takesAll: boolean): RowBatch {
    const { taken, applied } = take(takesAll);
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
            const { text, createdAt, lifetime } = message;
            newMessages.push(mid, text, createdAt === mid ? null : createdAt, lifetime);
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
        runRows(newMessages, 4, statements.putMessages, MESSAGES_AT_ONCE, statements.putMessage);
        runRows(single, 3, statements.putDeliveries, DELIVERIES_AT_ONCE, statements.putDelivery);
        return position === taken.length;
      },
      forget() {
        for (const [mid, row] of taken) remove(mid, row);
      },
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
      messages.push([mid, message.text, message.createdAt, message.lifetime, devices]);
    },

    remember(mid, device, status) {
      // A pending row is newer than what was read.
      if (rows.get(mid)?.statuses.has(device) !== true) known.note(mid, device, status);
    },

    prefetch(group) {
      const unknown: number[][] = [];
      for (const change of group) {
        const { mid } = change;
        const device = mid === undefined ? undefined : change.device?.();
        if (mid === undefined || device === undefined) continue;
        const isKnown = rows.get(mid)?.statuses.has(device) === true || known.find(mid, device) !== undefined;
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
      const pending = row?.statuses.get(device);
      const from = pending ?? (row?.message === undefined ? read(mid, device) : undefined);
      if (from === undefined || allowed?.has(from) === false) return false;
      const changed = row ?? { since: current, message: undefined, statuses: new Map() };
      if (row === undefined) rows.set(mid, changed);
      if (pending === undefined) size += 1;
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
      batch(true).write(Number.POSITIVE_INFINITY);
    },

    clear() {
      rows.clear();
      known.clear();
      size = 0;
      bytes = 0;
    },
  };
}
