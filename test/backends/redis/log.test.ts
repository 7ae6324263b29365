import type { Backend } from '../../../server/backends/backend.ts';
import { createRedisLog } from '../../../server/backends/redis/log/message-log.ts';
import { createNotices } from '../../../server/backends/redis/notices.ts';
import { createRecordStore } from '../../../server/backends/redis/registry.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import type { Device } from '../../../server/delivery/device.ts';
import { SHARDS } from '../../../server/nodes.ts';
import { WEEK } from '../../support/message.ts';
import { startRedis } from '../../support/redis/server.ts';
import { describeExpire, describeForget } from '../contract-deletion.ts';
import {
  describeAppend,
  describeOverdue,
  describeQueued,
  describeRecord,
  describeRetract,
  describeUnsettled,
} from '../contract-log.ts';
import { describeFind, describeLastReceived, describeRecent } from '../contract-queries.ts';
import { describeReadMarks } from '../contract-read-marks.ts';
import type { Harness } from '../harness.ts';
import { keys, openNode } from './peers.ts';

const ALL = Array.from({ length: SHARDS }, (_, shard) => shard);

/** A node that owns everything, without leases. */
async function open(url: string): Promise<Backend> {
  const ports = await openNode(url);
  const { connection } = ports;
  await connection.send(['HSET', keys.shards, ...ALL.flatMap((shard) => [String(shard), 'test|1'])]);
  const { log, mail } = createRedisLog(
    {
      connection,
      keys,
      node: { id: () => 'test', shards: () => ALL, claimOn: () => 'test|1' },
      idOf: (mid) => `id of ${mid}`,
      logger: silentLogger,
      ttl: WEEK,
      maxQueued: 100_000,
    },
    createNotices(connection, keys, silentLogger),
  );
  const devices = createRecordStore<Device>(ports, {
    put: 'device',
    gone: 'gone',
    records: keys.devices,
    removed: keys.removedDevices,
    nameOf: ({ name }) => name,
  });
  return { devices, log, mail, close: () => connection.close() } as unknown as Backend;
}

const harness: Harness<Backend> = {
  place: async () => (await startRedis({ config: { appendonly: 'yes' } })).url(),
  open,
  module: new URL(import.meta.url),
  sharesPlaces: true,
};

describe('the log in Redis', () => {
  describeAppend(harness);
  describeRecord(harness);
  describeUnsettled(harness);
  describeRecent(harness);
  describeFind(harness);
  describeLastReceived(harness);
  describeReadMarks(harness);
  describeQueued(harness);
  describeOverdue(harness);
  describeExpire(harness);
  describeRetract(harness);
  describeForget(harness);
});
