// What the message log answers without changing anything; each answer has seen every change called for before it.
import { setImmediate as turn } from 'node:timers/promises';
import type { Status } from '../../../shared/status.ts';
import type { LoggedDelivery, MessageLog } from '../../delivery/ports.ts';
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

  return {
    unsettled: (device, after, limit) => page(statements.unsettled, device, after, limit),

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
