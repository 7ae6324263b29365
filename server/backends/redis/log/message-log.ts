// The message log in Redis, and the mail that its scripts send. The log is a stream; the queue and the history of each device
// are sorted sets of mids.

import type { Message } from '../../../../shared/message.ts';
import type { Status } from '../../../../shared/status.ts';
import { isPushing } from '../../../../shared/status.ts';
import { readStoredMessage } from '../../../delivery/message.ts';
import type { Mail, MessageLog, StatusListener } from '../../../delivery/ports.ts';
import { readMid } from '../../mid.ts';
import { createBatch } from '../batch.ts';
import { shardOf } from '../keys.ts';
import type { Notices } from '../notices.ts';
import { NOTICE } from '../notices.ts';
import { scripts } from '../scripts.ts';
import { createAccepting } from './accept.ts';
import { createDeletion } from './deletion.ts';
import type { LogPorts } from './ports.ts';
import { createProgress, type ProgressPorts } from './progress.ts';
import { createReadMarks } from './read-marks.ts';
import { createReads } from './reads.ts';

/** The most changes of statuses in one script. Each costs Redis about 20 µs. */
const MAX_CHANGES = 64;

/** A new status of one delivery, see scripts/record.lua. */
interface Change {
  readonly mid: string;
  readonly device: string;
  readonly status: Status;
  readonly expected: Status | '';
  readonly shard: number;
  readonly claim: string;
}

/** Makes the log of one node, and its mail. */
export function createRedisLog(
  ports: LogPorts & ProgressPorts,
  notices: Pick<Notices, 'on'>,
): { readonly log: MessageLog; readonly mail: Omit<Mail, 'onUnheard'> } {
  const { connection, keys, node, idOf, logger, maxKept } = ports;
  const reads = createReads(ports);
  const accepting = createAccepting(ports, reads);
  const progress = createProgress(ports);

  const changes = createBatch(MAX_CHANGES, async (together: readonly Change[]) => {
    const answer = await connection.runScript(
      scripts.record,
      [
        keys.log,
        keys.last,
        keys.shards,
        keys.noticeNumbers,
        ...together.flatMap(({ device, shard }) => [
          keys.queue(device),
          keys.statuses(device),
          keys.shard(shard),
          keys.expiries(shard),
        ]),
      ],
      [
        node.id(),
        keys.notices(''),
        ...together.flatMap(({ mid, device, status, expected, shard, claim }) => [
          mid,
          device,
          status,
          expected,
          shard,
          claim,
        ]),
      ],
    );
    return answer as readonly number[];
  });

  /** Changes the status of one delivery. @param expected the status that it must have; by default any lower one */
  async function change(mid: string, device: string, status: Status, expected: Status | ''): Promise<boolean> {
    if (readMid(mid) === undefined) return false;
    progress.drop(mid, device);
    const shard = shardOf(device);
    // Any node may say that a device has a message. Only the owner may say anything else.
    const claim = status === 'ok' ? '' : (node.claimOn(shard) ?? 'none');
    return (await changes.add({ mid, device, status, expected, shard, claim })) === 1;
  }

  /** The message of a notice; undefined if it is damaged. */
  function read([mid = '', createdAt, expiresAt]: readonly string[], body: Buffer): Message | undefined {
    const stamp = { mid, createdAt: Number(createdAt), expiresAt: Number(expiresAt) };
    const message = readStoredMessage(String(body), stamp, idOf);
    if (message === undefined) logger.error({ mid }, 'a notice about a message cannot be read');
    return message;
  }

  const onMail = (listener: Parameters<Mail['onMail']>[0]) =>
    notices.on(NOTICE.mail, (fields, body) => {
      const [, , , ticket = '', names = '[]', late = ''] = fields;
      const message = read(fields, body);
      if (message === undefined) return;
      // The sender has to know the mid before the first status comes.
      accepting.afterAccepting(() => listener(message, JSON.parse(names), late === '1'), ticket);
    });

  const statusListeners: StatusListener[] = [];
  function tell(mid: string, device: string, status: Status): void {
    accepting.afterAccepting(() => {
      for (const listener of statusListeners) listener(mid, device, status, undefined);
    });
  }
  notices.on(NOTICE.status, (fields) => {
    for (let at = 0; at < fields.length; at += 3) {
      const [mid = '', device = '', status = ''] = fields.slice(at, at + 3);
      progress.drop(mid, device);
      tell(mid, device, status as Status);
    }
  });
  notices.on(NOTICE.progress, (_fields, body) => {
    for (const [mid, device, status] of JSON.parse(String(body))) tell(mid, device, status);
  });

  /** What devices acknowledged while Redis was away. That a device has a message stays true. */
  let kept: { readonly mid: string; readonly device: string }[] = [];

  function keep(mid: string, device: string): void {
    if (connection.state === 'unsure' && kept.length < maxKept) kept.push({ mid, device });
  }

  connection.onState((state) => {
    if (state !== 'connected') return;
    const settled = kept;
    kept = [];
    for (const { mid, device } of settled) {
      change(mid, device, 'ok', '').then(
        (changed) => {
          if (changed) tell(mid, device, 'ok');
        },
        () => keep(mid, device),
      );
    }
  });

  /** Sends the changes that wait for the end of the turn first: a call sees what was called for just before. */
  function behindChanges<A extends readonly unknown[], R>(call: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      changes.flush();
      return call(...args);
    };
  }

  const deletion = createDeletion(ports, reads);
  const log: MessageLog = {
    ...reads,
    unsettled: behindChanges(reads.unsettled),
    history: behindChanges(reads.history),
    recent: behindChanges(reads.recent),
    ofTargets: behindChanges(reads.ofTargets),
    recentOfTargets: behindChanges(reads.recentOfTargets),
    find: behindChanges(reads.find),
    latest: behindChanges(reads.latest),
    lastReceived: behindChanges(reads.lastReceived),
    queued: behindChanges(reads.queued),
    overdue: behindChanges(reads.overdue),
    ...deletion,
    remove: behindChanges(deletion.remove),
    forget: behindChanges(deletion.forget),
    ...createReadMarks(ports),
    accept: accepting.accept,
    stamp: accepting.stamp,
    append: accepting.append,
    record: (mid, device, status) => change(mid, device, status, ''),
    settle(mid, device, status, told) {
      change(mid, device, status, '').then(
        (changed) => told.settled(changed),
        (error: unknown) => {
          if (status === 'ok') keep(mid, device);
          told.failed(error);
        },
      );
    },
    revert: (mid, device, status) =>
      isPushing(status) ? change(mid, device, 'ready', status) : Promise.resolve(false),
  };
  const mail: Omit<Mail, 'onUnheard'> = {
    // The script that stored the message told the nodes.
    post() {},
    onMail,
    onHeard(listener) {
      notices.on(NOTICE.heard, (fields, body) => {
        const message = read(fields, body);
        if (message !== undefined) listener(message);
      });
    },
    onStatus: (listener) => void statusListeners.push(listener),
    progress: progress.reached,
    depths: reads.depths,
    async reread(mid) {
      const stored = await reads.entry(mid);
      return stored === undefined ? new Map() : reads.statusesOf(mid, stored.devices);
    },
  };
  return { log, mail };
}
