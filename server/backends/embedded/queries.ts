// What the message log answers without changing anything; each answer has seen every change called for before it.
import { setImmediate as turn } from 'node:timers/promises';
import type { Message } from '../../../shared/message.ts';
import type { Status } from '../../../shared/status.ts';
import type { LoggedDelivery, MessageLog, ReadBounds, WaitingDelivery, WaitingPage } from '../../delivery/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { readBound, readMid } from './mid.ts';
import type { Statement, Statements } from './statements.ts';
import { statusOf } from './statuses.ts';

/** The part of a message log that this file is. */
export type Queries = Pick<
  MessageLog,
  'unsettled' | 'history' | 'recent' | 'find' | 'lastReceived' | 'queued' | 'overdue'
>;

const toDelivery = ([code, json]: [number, string]): LoggedDelivery => ({
  message: JSON.parse(json),
  status: statusOf(code),
});

/** The queries; `ids` are the devices by name, kept by the owner of the log. */
export function createQueries(group: GroupCommit, statements: Statements, ids: ReadonlyMap<string, number>): Queries {
  async function page(statement: Statement, device: string, bound: string, limit: number) {
    const mid = readBound(bound);
    await group.settled();
    const id = ids.get(device);
    if (id === undefined) return [];
    return (statement.all([mid, id, limit]) as [number, string][]).map(toDelivery);
  }

  /** The messages of these mids, parsed one by one, so that their texts are not in memory all at once for long. */
  function readMessages(mids: readonly number[]): Map<number, Message> {
    if (mids.length === 0) return new Map();
    const rows = statements.messages.all([JSON.stringify(mids)]) as [number, string][];
    return new Map(rows.map(([mid, json]) => [mid, JSON.parse(json)]));
  }

  /** Sizes come first and messages second: what the bounds leave out, or the caller holds, is never read. */
  function waiting(id: number, after: number, { limit, maxBytes, atLeastOne = false, held }: ReadBounds): WaitingPage {
    const rows = statements.unsettled.all([after, id, limit + 1]) as [mid: number, code: number, bytes: number][];
    let [count, room] = [0, maxBytes ?? Number.POSITIVE_INFINITY];
    for (const [, , bytes] of rows.slice(0, limit)) {
      if (bytes > room && !(atLeastOne && count === 0)) break;
      room -= bytes;
      count += 1;
    }
    const known = new Map<number, Message>();
    const unknown: number[] = [];
    for (const [mid] of rows.slice(0, count)) {
      const message = held?.(String(mid));
      if (message === undefined) unknown.push(mid);
      else known.set(mid, message);
    }
    const read = readMessages(unknown);
    const deliveries = rows.slice(0, count).flatMap(([mid, code, bytes]): WaitingDelivery[] => {
      const message = known.get(mid) ?? read.get(mid);
      return message === undefined ? [] : [{ message, status: statusOf(code), bytes }];
    });
    return { deliveries, more: rows.length > count };
  }

  return {
    async unsettled(device, after, bounds) {
      const mid = readBound(after);
      await group.settled();
      const id = ids.get(device);
      return id === undefined ? { deliveries: [], more: false } : waiting(id, mid, bounds);
    },

    history: (device, since, limit) => page(statements.history, device, since, limit),

    recent: (device, before, limit) => page(statements.recent, device, before, limit),

    async find(text) {
      const mid = readMid(text);
      if (mid === undefined) return undefined;
      await group.settled();
      const rows = statements.recipients.all([mid]) as [string, number][];
      const [found] = statements.message.all([mid]) as [string][];
      // Without recipients it is on its way out: they go first, in steps.
      if (found === undefined || rows.length === 0) return undefined;
      const statuses = new Map<string, Status>(rows.map(([name, code]) => [name, statusOf(code)]));
      return { message: JSON.parse(found[0]), statuses };
    },

    async lastReceived(devices) {
      await group.settled();
      const received = new Map<string, string>();
      for (const device of devices) {
        const id = ids.get(device);
        if (id === undefined) continue;
        const [row] = statements.lastReceived.all([id]) as [number][];
        if (row !== undefined) received.set(device, String(row[0]));
        // A device that was away for long takes milliseconds; the sockets of the others come in between.
        await turn();
      }
      return received;
    },

    async queued() {
      await group.settled();
      return new Map(statements.queued.all() as [string, number][]);
    },

    async overdue(before, limit) {
      const below = readBound(before);
      await group.settled();
      const rows = statements.overdue.all([below, limit]) as [number, string, number][];
      return rows.map(([mid, device, code]) => ({ mid: String(mid), device, status: statusOf(code) }));
    },
  };
}
