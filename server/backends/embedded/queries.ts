// The queries of the message log, which change nothing. Each sees every change that was requested before it.
import { setImmediate as turn } from 'node:timers/promises';
import type { Status } from '../../../shared/status.ts';
import { sizeOf } from '../../delivery/message.ts';
import {
  type HistoryPage,
  type LoggedMessage,
  type MessageLog,
  type OverdueDelivery,
  RECIPIENT_BYTES,
  type ReadBounds,
  type ReceivedMessage,
  type TargetHistory,
  type WaitingPage,
} from '../../delivery/ports.ts';
import { readBound, readMid } from '../mid.ts';
import { addressedTo, type Direction, mergeHistories } from '../target-history.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Pages } from './pages.ts';
import type { Statements } from './statements.ts';
import { LEAST_REMOVED, statusOf } from './statuses.ts';
import type { Targets } from './targets.ts';
import { isPast, SPAN_KINDS, type Spans } from './times.ts';

/** The part of a message log that queries it. */
export type Queries = Pick<
  MessageLog,
  | 'unsettled'
  | 'history'
  | 'recent'
  | 'find'
  | 'latest'
  | 'ofTargets'
  | 'recentOfTargets'
  | 'lastReceived'
  | 'queued'
  | 'overdue'
>;

/** What the queries need besides the statements. */
export interface QueriesPorts {
  readonly group: GroupCommit;
  readonly statements: Statements;
  readonly pages: Pages;
  readonly spans: Spans;
  /** Ids of the devices by name. The message log maintains it. */
  readonly ids: ReadonlyMap<string, number>;
  /** Names of the devices by id. */
  readonly names: ReadonlyMap<number, string>;
  readonly targets: Pick<Targets, 'find'>;
}

const NO_PAGE: WaitingPage = { deliveries: [], damaged: [], more: false };

const noHistory = (last: string): HistoryPage => ({ entries: [], last, more: false });

/** How many messages are read before the event loop serves other work. */
const READS_PER_TURN = 16;

/** How many spans one query reads. */
const SPANS_AT_ONCE = 100;

/** Makes the queries. */
export function createQueries({ group, statements, pages, spans, ids, names, targets }: QueriesPorts): Queries {
  async function locate(device: string, bound: string): Promise<{ id: number | undefined; mid: number }> {
    const mid = readBound(bound);
    await group.settled();
    return { id: ids.get(device), mid };
  }

  /** The mid of a message that is asked for by its mid or its number. No two messages have the same among these. */
  function midOf(asked: number): number {
    const [found] = statements.ofNumber.all([asked]) as [number][];
    return found?.[0] ?? asked;
  }

  async function historyOf(
    asked: readonly string[],
    direction: Direction,
    bound: string,
    bounds: ReadBounds,
  ): Promise<TargetHistory> {
    const mid = readBound(bound);
    await group.settled();
    const [ofDevice, ofTarget] =
      direction === 'up' ? (['history', 'target'] as const) : (['recent', 'targetRecent'] as const);
    const found = [...new Set(asked)].flatMap((name) => {
      const [device, target] = [ids.get(name), targets.find(name)];
      return [
        device === undefined ? [] : addressedTo(name, pages.history(ofDevice, device, mid, bounds)),
        target === undefined ? [] : pages.history(ofTarget, target, mid, bounds),
      ].flat();
    });
    return mergeHistories(found, direction, bound, bounds);
  }

  /** A message with what became of it. Everything that was requested is in the tables by now. */
  function read(mid: number): LoggedMessage | undefined {
    const statuses = new Map<string, Status>();
    const removed = new Set<string>();
    for (const [device, code] of statements.recipients.all([mid]) as [number, number][]) {
      const [name, status] = [names.get(device), statusOf(code)];
      if (name === undefined || status === undefined) continue;
      statuses.set(name, status);
      if (code >= LEAST_REMOVED) removed.add(name);
    }
    // One that no one has is a message of a feed, or is being deleted: its deliveries go first, in steps.
    const message = statuses.size > 0 ? pages.message(mid) : pages.find(mid);
    const isKept = message !== undefined && (statuses.size > 0 || message.feed === true);
    return isKept ? { message, statuses, removed } : undefined;
  }

  return {
    ofTargets: (asked, since, bounds) => historyOf(asked, 'up', since, bounds),
    recentOfTargets: (asked, before, bounds) => historyOf(asked, 'down', before, bounds),

    async unsettled(device, after, bounds) {
      const { id, mid } = await locate(device, after);
      return id === undefined ? NO_PAGE : pages.waiting(id, mid, bounds);
    },

    async history(device, since, bounds) {
      const { id, mid } = await locate(device, since);
      return id === undefined ? noHistory(since) : pages.history('history', id, mid, bounds);
    },

    async recent(device, before, bounds) {
      const { id, mid } = await locate(device, before);
      return id === undefined ? noHistory(before) : pages.history('recent', id, mid, bounds);
    },

    async find(text) {
      const asked = readMid(text);
      if (asked === undefined) return undefined;
      await group.settled();
      return read(midOf(asked));
    },

    async latest(before, { limit, maxBytes = Number.POSITIVE_INFINITY }) {
      const bound = readBound(before);
      await group.settled();
      const rows = statements.latest.all([bound, limit + 1]) as [mid: number][];
      const messages: LoggedMessage[] = [];
      let [bytes, count] = [0, 0];
      for (const [mid] of rows.slice(0, limit)) {
        if (bytes > maxBytes) break;
        count += 1;
        const found = read(mid);
        if (found?.message.notice === undefined && found !== undefined) messages.push(found);
        if (found !== undefined) bytes += sizeOf(found.message) + found.statuses.size * RECIPIENT_BYTES;
        // Between messages, the event loop serves other work.
        if (count % READS_PER_TURN === 0) await turn();
      }
      const last = String(rows[count - 1]?.[0] ?? before);
      return { messages, last, more: rows.length > count, bytes };
    },

    async lastReceived(devices) {
      await group.settled();
      const received = new Map<string, ReceivedMessage>();
      for (const device of devices) {
        const id = ids.get(device);
        if (id === undefined) continue;
        const [row] = statements.lastReceived.all([id]) as [mid: number, createdAt: number][];
        if (row !== undefined) received.set(device, { mid: String(row[0]), createdAt: row[1] });
        // A device that was away for a long time takes milliseconds. Between devices, the event loop serves other work.
        await turn();
      }
      return received;
    },

    async queued() {
      await group.settled();
      const queued = new Map<string, number>();
      for (const [device, count] of statements.queued.all() as [number, number][]) {
        const name = names.get(device);
        if (name !== undefined) queued.set(name, count);
      }
      return queued;
    },

    async overdue(now, limit) {
      await group.settled();
      const found: OverdueDelivery[] = [];
      // After the clock was set, spans overlap.
      const seen = new Set<string>();
      for (const span of spans.upto(SPAN_KINDS.expires, now, SPANS_AT_ONCE)) {
        if (found.length >= limit) break;
        const rows = statements.overdue.all([span.first, span.last, now, limit - found.length]) as Row[];
        for (const [mid, id, code] of rows) {
          const [device, status] = [names.get(id), statusOf(code)];
          const key = `${mid}/${id}`;
          if (device === undefined || status === undefined || seen.has(key)) continue;
          seen.add(key);
          found.push({ mid: String(mid), device, status });
        }
        // No new message can fall into the past, so this span need not be read again.
        if (rows.length === 0 && isPast(span, now)) await group.add(() => spans.remove(SPAN_KINDS.expires, span));
      }
      return found;
    },
  };
}

type Row = [mid: number, device: number, status: number];
