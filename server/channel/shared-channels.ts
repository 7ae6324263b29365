// The channels of a node that shares its backend with others. The sockets of this node are in its local channels; who is on a
// channel over all nodes, and which edges that causes, is the backend's.
import type { Grant, Refused, SubscribeRefusal } from './admission.ts';
import type { App } from './app.ts';
import { kindOfChannel } from './channel-name.ts';
import { type Channels, createChannels, type SubscribeOptions } from './channels.ts';
import type { Connection } from './connection.ts';
import type { Joined, Occupancy } from './occupancy.ts';
import { type Member, userIdOf } from './presence.ts';
import type { PublishingPorts } from './publishing.ts';

/** What the channels of several nodes need. */
export interface SharedChannelsPorts extends Omit<PublishingPorts, 'keepsCache'> {
  readonly occupancy: Occupancy;
}

const NO_MEMBERS: ReadonlyMap<string, Member> = new Map();

/** Creates the channels of one of several nodes, and joins the bus. */
export function createSharedChannels({ occupancy, ...ports }: SharedChannelsPorts): Channels {
  /** Subscriptions whose join is under way, by connection. The join itself deals with one that ends meanwhile. */
  const joining = new Map<Connection, Set<string>>();
  const local = createChannels({
    ...ports,
    keepsCache: true,
    left(app, channel, connection, userId) {
      if (joining.get(connection)?.has(keyOf(app, channel)) !== true) occupancy.leave(app, channel, userId);
    },
  });
  occupancy.subscribe({
    counted: local.counted,
    device(appId, channel, isThere) {
      const app = ports.apps.byId(appId);
      if (app !== undefined) local.edge({ type: isThere ? 'occupied' : 'vacated', app, channel });
    },
    caughtUp(appId, channel) {
      const app = ports.apps.byId(appId);
      return app && local.caughtUp(app, channel);
    },
  });

  function keyOf({ id }: Pick<App, 'id'>, channel: string): string {
    return `${id}\n${channel}`;
  }

  function noteJoin(connection: Connection, key: string): () => void {
    const keys = joining.get(connection) ?? new Set();
    joining.set(connection, keys.add(key));
    return () => {
      keys.delete(key);
      if (keys.size === 0) joining.delete(connection);
    };
  }

  async function join(
    app: App,
    connection: Connection,
    grant: Grant,
    { member, user, greet }: SubscribeOptions,
  ): Promise<Grant | Refused<SubscribeRefusal>> {
    const { channel, kind } = grant;
    const claim = kind.presence ? member : user === undefined ? undefined : { id: user };
    const ended = noteJoin(connection, keyOf(app, channel));
    let joined: Joined;
    try {
      const seesMembers = kind.presence && greet !== undefined;
      const answer = await occupancy.join(app, channel, connection.id, claim, seesMembers);
      if (answer === 'channel_full') {
        local.unsubscribe(app, connection, channel);
        return { ok: false, reason: 'channel_full' };
      }
      joined = answer;
    } catch (error) {
      local.unsubscribe(app, connection, channel);
      throw error;
    } finally {
      ended();
    }
    if (local.subscription(app, connection, channel) === undefined) {
      occupancy.leave(app, channel, claim && userIdOf(claim));
      return { ok: false, reason: 'disconnected' };
    }
    const granted: Grant = { ...grant, ...joined, cached: kind.cacheable ? (joined.cached ?? 'miss') : undefined };
    try {
      greet?.(granted);
    } finally {
      local.release(app, connection, channel, joined.members?.keys());
    }
    return granted;
  }

  return {
    ...local,
    subscribe(app, connection, channel, options = {}) {
      // It has unsubscribed meanwhile; the first join has to end before another is counted.
      if (joining.get(connection)?.has(keyOf(app, channel)) === true) return { ok: false, reason: 'exists' };
      const grant = local.subscribe(app, connection, channel, {
        member: options.member,
        user: options.user,
        hold: true,
      });
      return grant.ok ? join(app, connection, grant, options) : grant;
    },
    occupied: ({ id }, prefix = '') => occupancy.occupied(id, prefix),
    channelCount: ({ id }) => occupancy.channelCount(id),
    subscriptionCount: ({ id }, channel) => occupancy.subscriptionCount(id, channel),
    isOccupied: ({ id }, channel) => occupancy.isOccupied(id, channel),
    caughtUp: ({ id }, channel) => occupancy.caughtUp(id, channel),
    members: ({ id }, channel) => (kindOfChannel(channel).presence ? occupancy.members(id, channel) : NO_MEMBERS),
    userCount: ({ id }, channel) => (kindOfChannel(channel).presence ? occupancy.userCount(id, channel) : 0),
    usersOn: ({ id }, channel) => occupancy.usersOn(id, channel),
    cached: ({ id }, channel) => occupancy.cached(id, channel),
    forget: occupancy.forget,
  };
}
