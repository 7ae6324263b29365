// Who is on which channel, over all nodes.
import type { App } from '../../../channel/app.ts';
import { kindOfChannel } from '../../../channel/channel-name.ts';
import type { ChannelEvent } from '../../../channel/connection.ts';
import type { Joined, Occupancy, OccupancyNews } from '../../../channel/occupancy.ts';
import { userIdOf } from '../../../channel/presence.ts';
import { NOTICE } from '../notices.ts';
import { scanSet } from '../scan.ts';
import type { ConnectedDevices } from './devices.ts';
import { flagsOf } from './entries.ts';
import { knownIds, memberTexts, parseMembers, readMembers } from './members.ts';
import type { ChannelPorts } from './ports.ts';
import type { Questions } from './questions.ts';
import type { Subscribers } from './subscribers.ts';

/** What the occupancy is made of. */
export interface OccupancyParts {
  readonly subscribers: Subscribers;
  readonly devices: ConnectedDevices;
  readonly questions: Pick<Questions, 'caughtUp'>;
}

/** Reads an event that was kept. */
function parseEvent(text: string): ChannelEvent {
  return JSON.parse(text);
}

/** Makes the port. @param news receives what is told, once someone has subscribed */
export function createOccupancy(
  { connection, keys, notices, logger }: ChannelPorts,
  { subscribers, devices, questions }: OccupancyParts,
  news: { current: OccupancyNews | undefined },
): Occupancy {
  const { send } = connection;

  notices.on(NOTICE.count, ([app = '', channel = '', count]) => news.current?.counted(app, channel, Number(count)));

  async function forgetCached(appId: string): Promise<void> {
    const order = keys.cachedOrder(appId);
    const names = (await send(['ZRANGE', order, '0', '-1'])) as string[];
    await send(['UNLINK', order, ...names.map((name) => keys.cached(appId, name))]);
  }

  return {
    async join(app: App, channel, socketId, claim, seesMembers): Promise<Joined | 'channel_full'> {
      const userId = claim && userIdOf(claim);
      const answer = await subscribers.join({
        app: app.id,
        channel,
        flags: flagsOf(app, channel),
        socketId,
        maxMembers: app.limits.presenceMembers,
        seesMembers,
        userId,
        member: claim && memberTexts(claim),
      });
      if (answer === 'channel_full') return answer;
      const [, firstOfChannel, firstOfUser, flat, cached] = answer;
      const all = seesMembers ? parseMembers(flat) : undefined;
      const local = subscribers.find(app.id, channel);
      // Sockets that were here before know what they were told, which may be less after notices were lost.
      if (all !== undefined && local !== undefined) local.known ??= knownIds(all);
      return {
        firstOfChannel: firstOfChannel === 1,
        firstOfUser: firstOfUser === 1,
        members: all,
        cached: cached === '' ? undefined : parseEvent(cached),
      };
    },

    leave: ({ id }, channel, userId) => subscribers.leave(id, channel, userId),
    isOccupied: (appId, channel) => devices.isThere(appId, channel),
    caughtUp: questions.caughtUp,

    async occupied(appId, prefix) {
      const names = new Set<string>();
      for await (const page of scanSet(send, keys.occupied(appId)))
        for (const name of page) if (name.startsWith(prefix) && !kindOfChannel(name).user) names.add(name);
      return [...names];
    },

    channelCount: async (appId) => Number(await send(['SCARD', keys.occupied(appId)])),

    async subscriptionCount(appId, channel) {
      const counts = (await send(['HGETALL', keys.occupancy(appId, channel)])) as Record<string, string>;
      let sum = 0;
      for (const [node, count] of Object.entries(counts)) if (node !== '') sum += Number(count);
      return sum;
    },

    members: (appId, channel) => readMembers(send, keys.members(appId, channel)),
    userCount: async (appId, channel) => Number(await send(['HLEN', keys.members(appId, channel)])),

    usersOn: async (appId, channel) => [...(await readMembers(send, keys.members(appId, channel))).keys()],

    async cached(appId, channel) {
      const key = keys.cached(appId, channel);
      const [text, left] = await Promise.all([send(['GET', key]), send(['PTTL', key])]);
      if (typeof text !== 'string') return undefined;
      return { event: parseEvent(text), ttlSec: Math.max(0, Math.ceil(Number(left) / 1000)) };
    },

    forget(appId) {
      forgetCached(appId).catch((error) =>
        logger.debug({ err: error, app: appId }, 'its last events go with their time'),
      );
    },

    subscribe(listener) {
      news.current = listener;
    },
  };
}
