// The keys of a prefix as an archive that is read or filled, for herald backup and herald restore.
import type { PendingLeave } from '../../app-webhooks/pending-leaves.ts';
import type { Clock } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import { type Logger, silentLogger } from '../../base/logger.ts';
import { readStoredMessage } from '../../delivery/message.ts';
import { createMessageIds } from '../../delivery/message-id.ts';
import { SHARDS } from '../../nodes.ts';
import { type ArchivedRegistry, type ArchiveSource, type ArchiveTarget, putAll, removeAll } from '../archive.ts';
import { decodeName } from '../documents.ts';
import { establish } from './cluster.ts';
import type { RedisConfig } from './config.ts';
import { connectRedis, type RedisConnection } from './connection.ts';
import { createRedisDocuments, parseDocument } from './documents.ts';
import { appOfPart, channelShard, createKeys, type Keys } from './keys.ts';
import type { Send } from './link.ts';
import { createRedisLog } from './log/message-log.ts';
import { createReads, readEntry } from './log/reads.ts';
import { parseRecord } from './registry.ts';
import { createRedisReports } from './reports/index.ts';
import { pairsOf } from './scan.ts';
import { scripts } from './scripts.ts';
import type { RawEntry } from './stream.ts';

/** Messages or marks of one page. */
const PAGE = 200;
const ALL: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);
/** The flag of a channel of which an app is told, see channels/entries.ts. */
const REPORTED = 'e';
/** The claim under which a restore writes, before there are nodes. */
const RESTORE = { node: 'restore', claim: 'restore|0' };

/** Where an archive is. */
export interface RedisPlace {
  readonly config: RedisConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The records of the registry, in the order of their first puts. */
function recordsOf<R>(flat: readonly unknown[]): R[] {
  const stamped = pairsOf(flat).map(([, text]) => parseRecord<R>(text));
  return stamped.sort((one, other) => one.first - other.first).map(({ record }) => record);
}

/** All keys that begin so, in pages. */
async function* keysOf(send: Send, start: string): AsyncIterable<readonly string[]> {
  let cursor = '0';
  do {
    const [next, found] = (await send(['SCAN', cursor, 'MATCH', `${start}*`, 'COUNT', '1000'])) as [string, string[]];
    yield found;
    cursor = String(next);
  } while (cursor !== '0');
}

/** The fields of a hash in pages. One that changes meanwhile may come twice. */
async function* recordsIn(send: Send, key: string): AsyncIterable<readonly (readonly [string, string])[]> {
  let cursor = '0';
  do {
    const [next, flat] = (await send(['HSCAN', key, cursor, 'COUNT', String(PAGE)])) as [string, unknown[]];
    yield pairsOf(flat);
    cursor = String(next);
  } while (cursor !== '0');
}

/** Undefined if it is damaged. */
function readDocument(id: string, record: string) {
  try {
    return { id: decodeName(id), ...parseDocument(record) };
  } catch {
    return undefined;
  }
}

/** What the log and the reports work with, without a node. */
function storesOf(connection: RedisConnection, keys: Keys, secret: string, clock: Clock) {
  const { idOf } = createMessageIds(secret);
  const node = { id: () => RESTORE.node, shards: () => ALL, claimOn: () => RESTORE.claim };
  const none = { on() {}, onLost() {} };
  const ports = {
    connection,
    keys,
    node,
    idOf,
    logger: silentLogger,
    ttl: 0,
    historyTtl: Number.MAX_SAFE_INTEGER,
    maxFeeds: Number.MAX_SAFE_INTEGER,
    maxQueued: Number.MAX_SAFE_INTEGER,
    maxKept: 0,
    clock,
    hasOthers: () => false,
  };
  const shards = { owned: () => ALL, claimOn: () => RESTORE.claim, onGained() {}, onLost() {} };
  const limits = { maxQueued: Number.MAX_SAFE_INTEGER, maxQueuedBytes: Number.MAX_SAFE_INTEGER };
  return {
    idOf,
    reads: createReads(ports),
    log: createRedisLog(ports, none).log,
    documents: createRedisDocuments({
      connection,
      keys,
      notices: none,
      node: { self: RESTORE.node, time: () => ({ earliest: 0, latest: 0 }), onResumed() {} },
      logger: silentLogger,
    }),
    reports: createRedisReports({ connection, keys, notices: none, shards, clock, logger: silentLogger, ...limits }),
  };
}

/**
 * Reads the cluster of a prefix, also while its nodes run.
 * @throws RelayError if there is none
 */
export async function readRedis(place: RedisPlace): Promise<ArchiveSource & { close(): Promise<void> }> {
  const { config, clock } = place;
  const connection = await connectRedis({ ...place, node: 'backup' });
  const keys = createKeys(config.prefix);
  const { send } = connection;
  let registry: ArchivedRegistry | undefined;

  function begun() {
    if (registry === undefined) throw new Error('the registry is read first');
    const secret = registry.secrets.get('messageIdKey') ?? '';
    return { ...storesOf(connection, keys, secret, clock), lastMid: registry.lastMid };
  }

  /** Entries of a stream in pages, up to an id. */
  async function* entriesOf(key: string, last = '+'): AsyncIterable<readonly RawEntry[]> {
    for (let after = '-'; ; ) {
      const page = (await send(['XRANGE', key, after, last, 'COUNT', String(PAGE)])) as RawEntry[];
      if (page.length === 0) return;
      yield page;
      after = `(${page.at(-1)?.[0]}`;
    }
  }

  return {
    async registry() {
      if (Number(await send(['EXISTS', keys.meta])) === 0) {
        throw new RelayError('invalid', `Redis at ${connection.address} has no cluster of the prefix ${config.prefix}`);
      }
      const [devices, apps, senders, revoked, secrets, lastMid] = (await connection.runScript(
        scripts.snapshot,
        [keys.devices, keys.apps, keys.senders, keys.revoked, keys.secrets, keys.mid],
        [],
      )) as [unknown[], unknown[], unknown[], unknown[], unknown[], string];
      registry = {
        devices: recordsOf(devices),
        apps: recordsOf(apps),
        keys: recordsOf(senders),
        revoked: new Map(pairsOf(revoked).map(([name, at]) => [name, Number(at)])),
        secrets: new Map(pairsOf(secrets)),
        lastMid,
      };
      return registry;
    },
    async *messages() {
      const { idOf, reads, lastMid } = begun();
      for await (const page of entriesOf(keys.log, `${lastMid}-0`)) {
        const found = await Promise.all(
          page.map(readEntry).map(async ({ mid, text, devices, ...times }) => {
            const message = readStoredMessage(text, { mid, ...times }, idOf);
            const statuses = await reads.statusesOf(mid, devices);
            const removed = await reads.removalsOf(mid, devices);
            const isKept = message !== undefined && (statuses.size > 0 || message.feed === true);
            return isKept ? [{ message, statuses, removed }] : [];
          }),
        );
        yield found.flat();
      }
    },
    async *reads() {
      for (let cursor = 0; ; ) {
        const page = await begun().log.reads(cursor, PAGE);
        if (page.mids.length === 0) return;
        yield page.mids;
        cursor = page.cursor;
      }
    },
    async *reports() {
      const { appReports } = begun().reports;
      for (const report of await appReports.load()) {
        const body = await appReports.body(report);
        if (body !== undefined) yield [{ ...report, body }];
      }
    },
    async leaves() {
      // What is there now will have left when the other place is in use.
      const apps: string[] = [];
      const start = keys.occupied('');
      for await (const found of keysOf(send, start)) apps.push(...found.map((key) => key.slice(start.length)));
      const leaves: PendingLeave[] = [];
      for (const app of apps.map(appOfPart)) {
        for (const channel of (await send(['SMEMBERS', keys.occupied(app)])) as string[]) {
          const [flags, users] = (await Promise.all([
            send(['HGET', keys.occupancy(app, channel), '']),
            send(['HKEYS', keys.members(app, channel)]),
          ])) as [string | null, string[]];
          // No app is told of the others.
          if (flags?.includes(REPORTED) !== true) continue;
          for (const user of [...users, '']) leaves.push({ app, channel, user });
        }
      }
      return leaves;
    },
    async *documents() {
      const start = keys.documents('');
      const now = clock.now();
      for await (const found of keysOf(send, start)) {
        for (const key of found) {
          for await (const page of recordsIn(send, key)) {
            yield page.flatMap(([id, record]) => {
              const read = readDocument(id, record);
              if (read === undefined || (read.expiresAt ?? Number.POSITIVE_INFINITY) <= now) return [];
              return [{ ...read, collection: key.slice(start.length) }];
            });
          }
        }
      }
    },
    lastMid: async () => String((await send(['GET', keys.mid])) ?? '0'),
    close: () => connection.close(),
  };
}

/**
 * Fills a prefix that has no keys yet. No node starts on it before the end.
 * @throws RelayError if it has keys
 */
export async function fillRedis(place: RedisPlace): Promise<ArchiveTarget & { close(): Promise<void> }> {
  const { config, clock } = place;
  const connection = await connectRedis({ ...place, node: 'restore' });
  const keys = createKeys(config.prefix);
  const { send } = connection;
  let stores: ReturnType<typeof storesOf> | undefined;

  function begun(): ReturnType<typeof storesOf> {
    if (stores === undefined) throw new Error('a restore begins with the registry');
    return stores;
  }

  async function refuseKeys(): Promise<void> {
    for await (const [key] of keysOf(send, keys.all)) {
      if (key !== undefined)
        throw new RelayError('invalid', `Redis at ${connection.address} already holds data: ${key}`);
    }
  }

  async function put(kind: string, name: string, record: object, records: string, removed: string): Promise<void> {
    const args = [kind, name, JSON.stringify(record), '', RESTORE.node, '', ''];
    await connection.runScript(scripts.put, [keys.version, records, removed, keys.control], args);
  }

  return {
    async begin({ devices, apps, keys: senders, revoked, secrets }) {
      await refuseKeys();
      await send(['SET', keys.restoring, String(clock.now())]);
      await send(['HSET', keys.shards, ...ALL.flatMap((shard) => [String(shard), RESTORE.claim])]);
      stores = storesOf(connection, keys, secrets.get('messageIdKey') ?? '', clock);
      for (const device of devices) await put('device', device.name, device, keys.devices, keys.removedDevices);
      for (const key of senders) await put('key', key.name, key, keys.senders, keys.removedSenders);
      for (const app of apps) await put('app', app.id, app, keys.apps, keys.removedApps);
      for (const [name, at] of revoked) await send(['ZADD', keys.revoked, String(at), name]);
      for (const [name, secret] of secrets) await send(['HSET', keys.secrets, name, secret]);
    },
    async messages(page) {
      const { log } = begun();
      // Sent in their order, so Redis stores them in their order.
      await Promise.all(page.map(({ message, statuses }) => log.append(message, [...statuses.keys()])));
      const changes = page.flatMap(({ message: { mid }, statuses }) =>
        [...statuses].map(([device, status]) => log.record(mid, device, status)),
      );
      await Promise.all(changes);
      await removeAll(log, page);
    },
    reads: async (page) => void (await begun().log.markRead(page)),
    async reports(page) {
      for (const report of page) await begun().reports.appReports.add(report);
    },
    async leaves(leaves) {
      // The members of a channel leave before the channel itself.
      const sorted = leaves.toSorted((one, other) => Number(one.user === '') - Number(other.user === ''));
      for (const { app, channel, user } of sorted) {
        const entry = ['k', user === '' ? 'v' : 'r', 'a', app, 'c', channel, 'u', user, 'd', ''];
        await send(['XADD', keys.edges(channelShard(app, channel)), '*', ...entry]);
      }
    },
    documents: (page) => putAll(begun().documents, page),
    async finish({ lastMid }) {
      const last = String(await begun().log.lastMid());
      if (Number(lastMid) > Number(last)) await send(['SET', keys.mid, lastMid]);
      await send(['DEL', keys.shards]);
      await establish(connection, keys, 'restored');
    },
    close: () => connection.close(),
  };
}
