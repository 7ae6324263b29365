// The Redis backend as the contract's harness sees it: one node, or two nodes of which one writes and the other reads. All
// tests of a file share one server, each with a prefix of its own.
import { hooksConfig } from '../../../server/app-webhooks/config.ts';
import type { Backend } from '../../../server/backends/backend.ts';
import { openRedis } from '../../../server/backends/redis/index.ts';
import { systemClock } from '../../../server/base/clock.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import type { JsonObject } from '../../../shared/object.ts';
import { forSuite } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { WEEK } from '../../support/message.ts';
import { FIGURES, factsOf } from '../../support/node-facts.ts';
import { configFor } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';
import type { Harness } from '../harness.ts';
import { SAMPLES } from './peers.ts';

/** Opens a place: a URL and a prefix. */
export function open(place: string, maxQueued = 10_000): Promise<Backend> {
  const [url = '', prefix = 'herald'] = place.split(' ');
  const hooks = hooksConfig.parse({});
  const shared = {
    logger: silentLogger,
    clock: systemClock,
    messageTtl: WEEK,
    historyTtl: 4 * WEEK,
    maxFeeds: 3,
    maxQueued,
    maxDevices: 10_000,
    hooks,
  };
  return openRedis({ config: configFor(url, { prefix, durability: 'memory' }), node: 'test node', ...shared });
}

/** Gives a node all shards: only nodes that have announced themselves get some. */
export async function own({ nodes, ownership }: Backend): Promise<void> {
  await nodes.announce(factsOf(''), () => FIGURES);
  await eventually('it owns everything', () => SAMPLES.every((device) => ownership.owns(device)));
}

/** Starts one server for all tests of the suite that is being described. Returns what makes places on it. */
export function shareRedis(): () => Promise<string> {
  const server = forSuite(() => startRedis());
  let places = 0;
  return async () => {
    places += 1;
    return `${server().url()} place-${places}`;
  };
}

/** Every test has one node; those about several nodes open more. */
export function oneNode(place: () => Promise<string>): Harness<Backend> {
  return { place, open, own, module: new URL(import.meta.url), sharesPlaces: true };
}

/** Every write goes to one node, which owns all devices, and every read to another. */
export function crossedNodes(place: () => Promise<string>): Harness<Backend> {
  const writers = new WeakMap<Backend, Backend>();
  return {
    place,
    async open(place) {
      const [writer, reader] = await Promise.all([open(place), open(place)]);
      const crossed = cross(writer, reader);
      writers.set(crossed, writer);
      return crossed;
    },
    own: (crossed) => own(writers.get(crossed) ?? crossed),
    module: new URL(import.meta.url),
    sharesPlaces: true,
    isCrossed: true,
  };
}

function cross(writer: Backend, reader: Backend): Backend {
  const { accept, stamp, append, record, settle, revert, markRead, expire, forget, queued, overdue } = writer.log;
  return {
    ...reader,
    documents: {
      sweep: writer.documents.sweep,
      collection<T extends JsonObject>(name: string) {
        const { put, remove } = writer.documents.collection<T>(name);
        return { ...reader.documents.collection<T>(name), put, remove };
      },
    },
    devices: { ...writer.devices, load: reader.devices.load },
    apps: { ...writer.apps, load: reader.apps.load },
    revocations: { ...writer.revocations, load: reader.revocations.load },
    secrets: {
      async get(name, make) {
        const secret = await writer.secrets.get(name, make);
        const found = await reader.secrets.get(name, () => 'made once more');
        return found === secret ? secret : `${secret}, but ${found} for others`;
      },
      find: reader.secrets.find,
      replace: writer.secrets.replace,
      onReplaced: reader.secrets.onReplaced,
    },
    log: {
      ...reader.log,
      ...{ accept, stamp, append, record, settle, revert, markRead, expire, forget },
      // Only the owner of devices is asked for these.
      ...{ queued, overdue },
    },
    async close() {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}
