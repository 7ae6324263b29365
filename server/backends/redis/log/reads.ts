// What the log reads: pages of a device, one message, what waits.
import type { Message } from '../../../../shared/message.ts';
import type { Status } from '../../../../shared/status.ts';
import { entryMarks, isStoredMessage, readStoredMessage, splitStored } from '../../../delivery/message.ts';
import {
  type HistoryEntry,
  type LoggedMessage,
  type Mail,
  type MessageLog,
  type OverdueDelivery,
  RECIPIENT_BYTES,
  type ReadBounds,
  type ReceivedMessage,
  type TargetHistory,
  type WaitingDelivery,
} from '../../../delivery/ports.ts';
import { readBound, readMid } from '../../mid.ts';
import { addressedTo, type Direction, mergeHistories } from '../../target-history.ts';
import { shardOf } from '../keys.ts';
import { scripts } from '../scripts.ts';
import type { RawEntry } from '../stream.ts';
import { keyList, targetList } from './lists.ts';
import type { LogPorts } from './ports.ts';

/** One row of a page. */
interface Row {
  readonly mid: string;
  readonly status: Status;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly text: Buffer;
}

/** A message in the log, with the names of its recipients. */
export interface StoredEntry {
  readonly mid: string;
  readonly text: string;
  readonly devices: readonly string[];
  /** The lists that it belongs to, see lists.ts. */
  readonly lists: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Stands before the status of a delivery that the device has removed. */
const REMOVED = /^-/;

/** The most queues or messages that one step asks for. */
const PAGE = 500;

/** The most messages that one step of `latest` reads: each may have more than a megabyte. */
const LATEST_AT_ONCE = 20;

/** The reading part of the log. */
export interface Reads
  extends Pick<
      MessageLog,
      | 'ofTargets'
      | 'recentOfTargets'
      | 'ofKey'
      | 'lastMid'
      | 'unsettled'
      | 'history'
      | 'recent'
      | 'find'
      | 'latest'
      | 'lastReceived'
      | 'queued'
      | 'overdue'
    >,
    Pick<Mail, 'depths'> {
  /** The statuses of one message for some of its recipients; without those that do not have it. */
  statusesOf(mid: string, devices: readonly string[]): Promise<Map<string, Status>>;
  /** Those of them that have removed it. */
  removalsOf(mid: string, devices: readonly string[]): Promise<ReadonlySet<string>>;
  /** The message with its recipients; undefined if it is not stored. */
  entry(mid: string): Promise<StoredEntry | undefined>;
}

/** Reads an entry of the stream. */
export function readEntry([id, fields]: RawEntry): StoredEntry {
  const [, text = '', , names = '[]', , createdAt, , expiresAt] = fields;
  // A message without lists has no such field.
  const [kind, lists = '[]'] = fields.slice(12);
  return {
    mid: id.slice(0, id.indexOf('-')),
    text,
    devices: JSON.parse(names),
    lists: kind === 'l' ? JSON.parse(lists) : [],
    createdAt: Number(createdAt),
    expiresAt: Number(expiresAt),
  };
}

/** Makes it. */
export function createReads({ connection, keys, node, idOf }: LogPorts): Reads {
  const { send } = connection;

  async function page(
    key: string,
    device: string,
    direction: Direction,
    from: number,
    { limit, maxBytes, atLeastOne }: ReadBounds,
  ): Promise<{ rows: Row[]; more: boolean }> {
    const [more, ...flat] = (await connection.runScript(
      scripts.page,
      [keys.log, key, keys.queue(device), keys.statuses(device)],
      [direction, String(from), limit, maxBytes ?? Number.MAX_SAFE_INTEGER, atLeastOne === true ? '1' : ''],
      'bytes',
    )) as Buffer[];
    const rows: Row[] = [];
    for (let at = 0; at < flat.length; at += 5) {
      const [mid, status, createdAt, expiresAt, text = Buffer.alloc(0)] = flat.slice(at, at + 5);
      rows.push({
        mid: String(mid),
        status: String(status) as Status,
        createdAt: Number(createdAt),
        expiresAt: Number(expiresAt),
        text,
      });
    }
    return { rows, more: String(more) === '1' };
  }

  async function historyPage(key: string, device: string, direction: Direction, bound: string, bounds: ReadBounds) {
    const from = readBound(bound);
    const { rows, more } = await page(key, device, direction, from, bounds);
    const entries: HistoryEntry[] = rows
      .map((row) => ({ ...row, text: String(row.text) }))
      .filter(({ mid, text }) => isStoredMessage(text, mid))
      .map(({ text: stored, ...row }) => {
        const { text, marks } = splitStored(stored);
        return { ...row, text, ...entryMarks(marks) };
      });
    return { entries, last: rows.at(-1)?.mid ?? bound, more };
  }

  async function entry(mid: string): Promise<StoredEntry | undefined> {
    const [found] = (await send(['XRANGE', keys.log, `${mid}-0`, `${mid}-0`])) as RawEntry[];
    return found && readEntry(found);
  }

  async function entryOfNumber(number: string): Promise<StoredEntry | undefined> {
    const mid = (await send(['GET', keys.number(number)])) as string | null;
    return mid === null ? undefined : entry(mid);
  }

  async function historyOf(
    targets: readonly string[],
    direction: Direction,
    bound: string,
    bounds: ReadBounds,
  ): Promise<TargetHistory> {
    const pages = [...new Set(targets)].flatMap((target) => [
      historyPage(keys.history(target), target, direction, bound, bounds).then((found) => addressedTo(target, found)),
      historyPage(keys.messageList(targetList(target)), target, direction, bound, bounds),
    ]);
    return mergeHistories(await Promise.all(pages), direction, bound, bounds);
  }

  /** What `statuses.lua` tells of some recipients. */
  async function told(mid: string, devices: readonly string[]): Promise<[device: string, told: string][]> {
    const all: [string, string][] = [];
    for (let start = 0; start < devices.length; start += PAGE) {
      const some = devices.slice(start, start + PAGE);
      const found = (await connection.runScript(
        scripts.statuses,
        some.flatMap((device) => [keys.history(device), keys.queue(device), keys.statuses(device)]),
        [mid],
      )) as string[];
      for (const [index, device] of some.entries()) all.push([device, found[index] ?? '']);
    }
    return all.filter(([, status]) => status !== '');
  }

  async function statusesOf(mid: string, devices: readonly string[]): Promise<Map<string, Status>> {
    const all = await told(mid, devices);
    return new Map(all.map(([device, status]) => [device, status.replace(REMOVED, '') as Status]));
  }

  async function removalsOf(mid: string, devices: readonly string[]): Promise<ReadonlySet<string>> {
    const all = await told(mid, devices);
    return new Set(all.flatMap(([device, status]) => (REMOVED.test(status) ? [device] : [])));
  }

  async function depths(devices: readonly string[]): Promise<Map<string, number>> {
    const depths = new Map<string, number>();
    for (let start = 0; start < devices.length; start += PAGE) {
      const some = devices.slice(start, start + PAGE);
      const counts = (await connection.runScript(scripts.depths, some.map(keys.queue), [])) as number[];
      for (const [index, device] of some.entries())
        if ((counts[index] ?? 0) > 0) depths.set(device, counts[index] ?? 0);
    }
    return depths;
  }

  /** A message with what became of it. */
  async function logged({ mid, text, devices, createdAt, expiresAt }: StoredEntry): Promise<LoggedMessage | undefined> {
    const [statuses, removed] = await Promise.all([statusesOf(mid, devices), removalsOf(mid, devices)]);
    const message = readStoredMessage(text, { mid, createdAt, expiresAt }, idOf);
    const isKept = message !== undefined && (statuses.size > 0 || message.feed === true);
    return isKept ? { message, statuses, removed } : undefined;
  }

  /** The overdue deliveries of one shard. */
  async function overdueIn(shard: number, now: number, limit: number): Promise<OverdueDelivery[]> {
    const found: OverdueDelivery[] = [];
    const until = `(${now}`;
    for (let skip = 0; found.length < limit; ) {
      const range = ['-inf', until, 'LIMIT', String(skip), String(PAGE)];
      const mids = (await send(['ZRANGEBYSCORE', keys.expiries(shard), ...range])) as string[];
      if (mids.length === 0) break;
      for (const mid of mids) {
        const stored = await entry(mid);
        const own = stored?.devices.filter((device) => shardOf(device) === shard) ?? [];
        const open = [...(await statusesOf(mid, own))].filter(([, status]) => status !== 'ok' && status !== 'failed');
        if (open.length === 0) await send(['ZREM', keys.expiries(shard), mid]);
        else skip += 1;
        for (const [device, status] of open) found.push({ mid, device, status });
      }
    }
    return found;
  }

  /** Redis' clock, in ms since 1970. */
  async function redisNow(): Promise<number> {
    const [seconds, micros] = (await send(['TIME'])) as [string, string];
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }

  return {
    statusesOf,
    removalsOf,
    entry,
    depths,
    lastMid: async () => String((await send(['GET', keys.mid])) ?? '0'),

    async unsettled(device, after, bounds) {
      const from = readBound(after);
      const { rows, more } = await page(keys.queue(device), device, 'up', from, bounds);
      const deliveries: WaitingDelivery[] = [];
      const damaged: string[] = [];
      for (const { mid, status, createdAt, expiresAt, text } of rows) {
        const message: Message | undefined =
          bounds.held?.(mid) ?? readStoredMessage(String(text), { mid, createdAt, expiresAt }, idOf);
        if (message === undefined) damaged.push(mid);
        else deliveries.push({ message, status, bytes: text.length });
      }
      return { deliveries, damaged, more };
    },

    history: (device, since, bounds) => historyPage(keys.history(device), device, 'up', since, bounds),
    recent: (device, before, bounds) => historyPage(keys.history(device), device, 'down', before, bounds),
    ofTargets: (targets, since, bounds) => historyOf(targets, 'up', since, bounds),
    recentOfTargets: (targets, before, bounds) => historyOf(targets, 'down', before, bounds),

    async ofKey(target, key, limit) {
      const list = keys.messageList(keyList(target, key));
      return (await send(['ZREVRANGE', list, '0', String(limit - 1)])) as string[];
    },

    async find(asked): Promise<LoggedMessage | undefined> {
      if (readMid(asked) === undefined) return undefined;
      const stored = (await entry(asked)) ?? (await entryOfNumber(asked));
      return stored && logged(stored);
    },

    async latest(before, { limit, maxBytes = Number.POSITIVE_INFINITY }) {
      const messages: LoggedMessage[] = [];
      let [last, bytes, left, more] = [before, 0, limit, true];
      while (more && left > 0 && bytes <= maxBytes) {
        const most = Math.min(left, LATEST_AT_ONCE);
        const end = `(${readBound(last)}-0`;
        const found = (await send(['XREVRANGE', keys.log, end, '-', 'COUNT', String(most + 1)])) as RawEntry[];
        const entries = found.slice(0, most).map(readEntry);
        more = found.length > most;
        const read = await Promise.all(entries.map(logged));
        for (const [index, { mid, text, devices }] of entries.entries()) {
          if (bytes > maxBytes) {
            more = true;
            break;
          }
          [last, left] = [mid, left - 1];
          bytes += Buffer.byteLength(text) + devices.length * RECIPIENT_BYTES;
          const message = read[index];
          if (message !== undefined && message.message.notice === undefined) messages.push(message);
        }
      }
      return { messages, last, more, bytes };
    },

    async lastReceived(devices) {
      const received = new Map<string, ReceivedMessage>();
      if (devices.length === 0) return received;
      const mids = (await send(['HMGET', keys.last, ...devices])) as (string | null)[];
      const asked = devices.map(async (device, index) => {
        const mid = mids[index];
        const stored = typeof mid === 'string' ? await entry(mid) : undefined;
        return stored && ([device, { mid: stored.mid, createdAt: stored.createdAt }] as const);
      });
      for (const found of await Promise.all(asked)) if (found !== undefined) received.set(...found);
      return received;
    },

    async queued() {
      const names = await Promise.all(
        node.shards().map(async (shard) => (await send(['SMEMBERS', keys.shard(shard)])) as string[]),
      );
      return depths(names.flat());
    },

    async overdue(now, limit) {
      // Only Redis' clock decides: a node whose own is fast must not end what is still good.
      const until = Math.min(now, await redisNow());
      const found: OverdueDelivery[] = [];
      for (const shard of node.shards()) {
        if (found.length >= limit) break;
        found.push(...(await overdueIn(shard, until, limit - found.length)));
      }
      return found.slice(0, limit);
    },
  };
}
