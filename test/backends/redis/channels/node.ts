// Nodes of one cluster with channels on them, for tests: each is a whole backend with its own connection.
import { hooksConfig } from '../../../../server/app-webhooks/config.ts';
import type { Backend } from '../../../../server/backends/backend.ts';
import type { RedisConfig } from '../../../../server/backends/redis/config.ts';
import { openRedis } from '../../../../server/backends/redis/index.ts';
import { createKeys } from '../../../../server/backends/redis/keys.ts';
import { systemClock } from '../../../../server/base/clock.ts';
import { silentLogger } from '../../../../server/base/logger.ts';
import { type App, type AppOptions, createApp } from '../../../../server/channel/app.ts';
import { createApps } from '../../../../server/channel/apps.ts';
import type { Channels } from '../../../../server/channel/channels.ts';
import { relayApp } from '../../../../server/channel/relay-app.ts';
import { createSharedChannels } from '../../../../server/channel/shared-channels.ts';
import { createUsers, type Users } from '../../../../server/channel/users.ts';
import { edgeText, type Recorder, recorder } from '../../../channel/fixtures.ts';
import { onCleanup } from '../../../support/cleanup.ts';
import { WEEK } from '../../../support/message.ts';
import { FIGURES, factsOf } from '../../../support/node-facts.ts';
import { configFor } from '../../../support/redis/connect.ts';

export const keys = createKeys('herald');

/** The app of the tests. */
const APP = createApp({ id: 'a', keys: [{ key: 'k', secret: 's', active: true }] });
export const RELAY = relayApp('relay', 'secret');

/** One node. */
export interface ChannelNode {
  readonly backend: Backend;
  readonly channels: Channels;
  readonly users: Users;
  readonly app: App;
  /** Edges that came to this node, as `type channel`. */
  readonly edges: string[];
  /** A new socket of this node. */
  socket(): Recorder;
}

let sockets = 0;

/** Opens a node that owns shards, until the end of the test. */
export async function openChannelNode(
  url: string,
  options: Partial<AppOptions> = {},
  more: Partial<RedisConfig> = {},
): Promise<ChannelNode> {
  const shared = {
    logger: silentLogger,
    clock: systemClock,
    messageTtl: WEEK,
    historyTtl: 604_800_000,
    maxFeeds: 10,
    maxQueued: 10_000,
    maxDevices: 10_000,
    hooks: hooksConfig.parse({}),
  };
  const backend = await openRedis({ config: configFor(url, more), node: 'test', ...shared });
  onCleanup(() => backend.close());
  const app = createApp({ ...APP, ...options });
  const { occupancy, bus } = backend;
  if (occupancy === undefined) throw new Error('expected an occupancy');
  const channels = createSharedChannels({ apps: createApps([app, RELAY]), bus, clock: systemClock, occupancy });
  onCleanup(() => channels.close());
  const edges: string[] = [];
  channels.onEdge((edge) => edges.push(edgeText(edge)));
  const users = createUsers(systemClock, backend.users);
  return {
    backend,
    channels,
    users,
    app,
    edges,
    socket() {
      sockets += 1;
      return recorder(`1.${sockets}`);
    },
  };
}

/** Lets nodes have shards: a node gets none before it says what it is. */
export async function announce(...nodes: readonly ChannelNode[]): Promise<void> {
  for (const [at, { backend }] of nodes.entries()) {
    await backend.nodes.announce(factsOf(`node-${at}`), () => FIGURES);
  }
}
