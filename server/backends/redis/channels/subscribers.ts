// How many sockets of this node are on each channel, and how Redis is told. All numbers are absolute, so whatever was not
// heard is simply said again.
import { RedisError } from '../errors.ts';
import type { Patience } from '../patience.ts';
import { scripts } from '../scripts.ts';
import { entryText, shardOfChannel } from './entries.ts';
import type { MemberTexts } from './members.ts';
import type { ChannelPorts, Dead } from './ports.ts';

/** The connections of one user of this node on a channel. */
interface LocalUser extends MemberTexts {
  connections: number;
}

/** A channel with sockets of this node. */
export interface LocalChannel {
  readonly app: string;
  readonly name: string;
  /** See scripts/occupy.lua. */
  flags: string;
  size: number;
  /** Those who have a user, by its id. Most channels have none, and are many. */
  users: Map<string, LocalUser> | undefined;
  /** On presence channels: the ids of all members of which the sockets know, by user id. Undefined before the first answer. */
  known: Map<string, string | number> | undefined;
}

/** A socket that comes. */
export interface Joiner {
  readonly app: string;
  readonly channel: string;
  readonly flags: string;
  readonly socketId: string;
  readonly maxMembers: number;
  /** Whether the answer has the members. */
  readonly seesMembers: boolean;
  readonly userId: string | undefined;
  readonly member: MemberTexts | undefined;
}

/** What Redis says to a socket that comes, see scripts/occupy.lua. */
export type JoinAnswer = readonly ['', firstOfChannel: number, firstOfUser: number, members: string[], cached: string];

/** What is said of a channel in one call. */
interface Report {
  readonly mode: 'join' | 'leave' | 'all' | 'reap' | 'outage';
  readonly app: string;
  readonly name: string;
  readonly flags: string;
  readonly size: number;
  readonly users: readonly (readonly [userId: string, user: LocalUser | undefined])[];
  readonly socketId?: string;
  readonly maxMembers?: number;
  readonly seesMembers?: boolean;
  readonly dead?: Dead;
}

/** The subscribers of this node. */
export interface Subscribers {
  /** Counts a socket, and tells Redis, for which it waits a while. If it rejects or the channel is full, the socket does not count. */
  join(joiner: Joiner): Promise<JoinAnswer | 'channel_full'>;
  /** Takes a socket out, and tells Redis. */
  leave(app: string, channel: string, userId: string | undefined): void;
  /** Says everything about one channel. */
  sayAll(app: string, channel: string): Promise<unknown>;
  /** Takes everything of a dead node from a channel. @param wasOutage whether no other node was alive */
  reap(dead: string, wasOutage: boolean, app: string, channel: string): Promise<unknown>;
  /** All channels with sockets of this node. */
  channels(): Iterable<LocalChannel>;
  find(app: string, channel: string): LocalChannel | undefined;
}

/** Makes the counts of one node. @param missed called when Redis may have missed a change */
export function createSubscribers(
  { connection, keys, node }: ChannelPorts,
  patience: Pick<Patience, 'of'>,
  missed: () => void,
): Subscribers {
  const channels = new Map<string, LocalChannel>();
  const keyOf = (app: string, name: string) => entryText({ kind: 'c', app, name });

  async function say({
    mode,
    app,
    name,
    flags,
    size,
    users,
    socketId,
    maxMembers,
    seesMembers,
    dead,
  }: Report): Promise<unknown[]> {
    const id = dead ?? node.id();
    const shard = shardOfChannel(app, name);
    const answer = await connection.runScript(
      scripts.occupy,
      [
        keys.nodes,
        keys.shards,
        keys.noticeNumbers,
        keys.entriesOf(id),
        keys.edges(shard),
        keys.occupancy(app, name),
        keys.occupied(app),
        keys.members(app, name),
        keys.memberConnections(app, name),
        keys.cached(app, name),
      ],
      [
        keys.notices(''),
        id,
        mode,
        app,
        name,
        keyOf(app, name),
        shard,
        flags,
        size,
        maxMembers ?? 0,
        socketId ?? '',
        seesMembers === true ? '1' : '',
        ...users.flatMap(([userId, user]) => [userId, user?.connections ?? 0, user?.text ?? '', user?.info ?? '']),
      ],
    );
    return answer as unknown[];
  }

  function count({ app, channel, flags, userId, member }: Joiner): LocalChannel {
    const key = keyOf(app, channel);
    const local = channels.get(key) ?? { app, name: channel, flags, size: 0, users: undefined, known: undefined };
    channels.set(key, local);
    local.flags = flags;
    local.size += 1;
    if (userId === undefined || member === undefined) return local;
    local.users ??= new Map();
    const user = local.users.get(userId) ?? { ...member, connections: 0 };
    local.users.set(userId, user);
    user.connections += 1;
    return local;
  }

  function discount(app: string, channel: string, userId: string | undefined): LocalChannel | undefined {
    const local = channels.get(keyOf(app, channel));
    if (local === undefined) return undefined;
    local.size -= 1;
    if (local.size === 0) channels.delete(keyOf(app, channel));
    const user = userId === undefined ? undefined : local.users?.get(userId);
    if (user !== undefined && userId !== undefined) {
      user.connections -= 1;
      if (user.connections === 0) local.users?.delete(userId);
    }
    return local;
  }

  function sayAll(app: string, name: string): Promise<unknown> {
    const local = channels.get(keyOf(app, name));
    const { flags = '', size = 0 } = local ?? {};
    return say({ mode: 'all', app, name, flags, size, users: [...(local?.users ?? [])] });
  }

  return {
    async join(joiner) {
      const { app, channel: name, socketId, maxMembers, seesMembers, userId } = joiner;
      const local = count(joiner);
      const undo = () => {
        discount(app, name, userId);
        // Redis may have heard of it, or of a number that was counted with it.
        return sayAll(app, name);
      };
      const tell = async () => {
        // With the numbers of now: others may have come and gone while Redis was away.
        const { flags, size } = local;
        const user = userId === undefined ? [] : [[userId, local.users?.get(userId)] as const];
        const told = await say({
          ...{ mode: 'join', app, name, flags, size, users: user },
          ...{ socketId, maxMembers, seesMembers },
        });
        if (told[0] === 'dead') throw new RedisError('unreachable', false);
        return told;
      };
      let answer: unknown[];
      try {
        answer = await patience.of(tell);
      } catch (error) {
        undo().catch(missed);
        throw error;
      }
      if (answer[0] !== 'full') return answer as unknown as JoinAnswer;
      undo().catch(missed);
      return 'channel_full';
    },

    leave(app, name, userId) {
      const local = discount(app, name, userId);
      if (local === undefined) return;
      const { flags, size } = local;
      const users = userId === undefined ? [] : [[userId, local.users?.get(userId)] as const];
      say({ mode: 'leave', app, name, flags, size, users }).catch(missed);
    },

    sayAll,
    reap: (dead, wasOutage, app, name) =>
      say({ mode: wasOutage ? 'outage' : 'reap', app, name, flags: '', size: 0, users: [], dead }),
    channels: () => channels.values(),
    find: (app, name) => channels.get(keyOf(app, name)),
  };
}
