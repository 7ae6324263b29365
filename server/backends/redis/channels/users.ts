// The signed-in users of all nodes, and who watches them. A user whose last socket has gone stays online for a while: their key
// in Redis stays that long, so that every node says the same.
import type { SharedUsers } from '../../../channel/occupancy.ts';
import { OFFLINE_AFTER_MS } from '../../../channel/users.ts';
import { RedisError } from '../errors.ts';
import { NOTICE } from '../notices.ts';
import { scripts } from '../scripts.ts';
import { type Entry, entryText, parseEntry } from './entries.ts';
import type { ChannelPorts, Dead } from './ports.ts';

/** Users, with what else the channels of a node need. */
export interface RedisUsers extends SharedUsers {
  /** Says everything about some entries again, and tells what changed meanwhile. */
  sayAll(entries: readonly Entry[]): Promise<void>;
  /** Takes entries from a dead node. */
  reap(dead: string, entries: readonly Entry[]): Promise<void>;
  /** What this node has. */
  entries(): readonly Entry[];
  close(): void;
}

/** The most users of one step. */
const PAGE = 100;
/** The longest wait in ms until someone looks whose time is over: the node that wanted to may be gone. */
const LOOK_MS = 5000;

/** Makes the users of one node. @param missed called when Redis may have missed a change */
export function createRedisUsers(ports: ChannelPorts, missed: () => void): RedisUsers {
  const { connection, keys, node, notices, clock, logger } = ports;
  /** How many sockets of this node are signed in as a user or watch one, by entry. */
  const counts = new Map<string, number>();
  /** Whether the users that are watched here are online, as was told, by their entry. */
  const online = new Map<string, boolean>();
  const listeners: ((appId: string, userId: string, isOnline: boolean) => void)[] = [];
  let timer: unknown;
  let due = Number.POSITIVE_INFINITY;
  let isClosed = false;

  function change(entry: Entry, by: number): Entry {
    const text = entryText(entry);
    const count = (counts.get(text) ?? 0) + by;
    if (count > 0) counts.set(text, count);
    else counts.delete(text);
    if (count <= 0 && entry.kind === 'w') online.delete(text);
    return entry;
  }

  function tell(app: string, name: string, isOnline: boolean): void {
    const text = entryText({ kind: 'w', app, name });
    if (counts.has(text)) online.set(text, isOnline);
    for (const listener of listeners) listener(app, name, isOnline);
  }

  notices.on(NOTICE.user, ([app = '', user = '', state]) => tell(app, user, state === '1'));

  /** Says the numbers of one app. Resolves to the names of the users that are online. */
  async function say(app: string, entries: readonly Entry[], dead?: Dead): Promise<ReadonlySet<string>> {
    const id = dead ?? node.id();
    const answer = (await connection.runScript(
      scripts.sign,
      [
        keys.nodes,
        keys.noticeNumbers,
        keys.entriesOf(id),
        keys.leaving,
        ...entries.flatMap(({ name }) => [keys.user(app, name), keys.watchers(app, name)]),
      ],
      [
        keys.notices(''),
        id,
        dead === undefined ? '' : 'reap',
        app,
        OFFLINE_AFTER_MS,
        ...entries.flatMap((entry) => {
          const text = entryText(entry);
          const count = dead === undefined ? (counts.get(text) ?? 0) : 0;
          return [entry.kind, entry.name, text, entryText({ ...entry, kind: 'u' }), count];
        }),
      ],
    )) as [string, ...number[]];
    if (answer[0] === 'dead') throw new RedisError('unreachable', false);
    if (entries.some(({ kind }) => kind === 'u')) lookSoon(OFFLINE_AFTER_MS);
    return new Set(entries.filter((_entry, at) => answer[at + 1] === 1).map(({ name }) => name));
  }

  /** Arms the timer, unless it is due earlier. */
  function lookSoon(ms: number): void {
    const at = clock.monotonic() + ms;
    if (isClosed || at >= due) return;
    due = at;
    clock.clearTimeout(timer);
    timer = clock.setTimeout(() => void lookNow(), ms);
  }

  async function lookNow(): Promise<void> {
    due = Number.POSITIVE_INFINITY;
    try {
      lookSoon(await look());
    } catch (error) {
      logger.debug({ err: error }, 'users who left cannot be looked at; trying again');
      lookSoon(LOOK_MS);
    }
  }

  /** Ends the time of those who left. Resolves to ms until the next look. */
  async function look(): Promise<number> {
    const leaving = ((await connection.send(['ZRANGE', keys.leaving, '0', String(PAGE - 1)])) as string[]).map(
      parseEntry,
    );
    const next = Number(
      await connection.runScript(
        scripts.offline,
        [keys.noticeNumbers, keys.leaving, ...leaving.map(({ app, name }) => keys.watchers(app, name))],
        [keys.notices(''), ...leaving.flatMap((entry) => [entryText(entry), entry.app, entry.name])],
      ),
    );
    const isNeeded = counts.size > 0;
    if (next >= 0) return Math.min(next, LOOK_MS);
    return isNeeded ? LOOK_MS : Number.POSITIVE_INFINITY;
  }

  /** Notes who is online of those that are watched, and says who they are. */
  function noted(app: string, watched: readonly string[], there: ReadonlySet<string>): ReadonlySet<string> {
    for (const name of watched) {
      const text = entryText({ kind: 'w', app, name });
      if (counts.has(text)) online.set(text, there.has(name));
    }
    return new Set(watched.filter((name) => there.has(name)));
  }

  const watching = (app: string, names: readonly string[]) => names.map((name): Entry => ({ kind: 'w', app, name }));

  async function saying(app: string, entries: readonly Entry[]): Promise<ReadonlySet<string>> {
    try {
      return await say(app, entries);
    } catch (error) {
      missed();
      throw error;
    }
  }

  return {
    async signIn(app, name, watched) {
      const entries = [change({ kind: 'u', app, name }, 1), ...watching(app, watched).map((entry) => change(entry, 1))];
      return noted(app, watched, await saying(app, entries));
    },

    signOut(app, name, watched) {
      const entries = [
        change({ kind: 'u', app, name }, -1),
        ...watching(app, watched).map((entry) => change(entry, -1)),
      ];
      saying(app, entries).catch(() => {});
    },

    async watch(app, watched, before) {
      const gone = watching(app, before).map((entry) => change(entry, -1));
      const now = watching(app, watched).map((entry) => change(entry, 1));
      return noted(app, watched, await saying(app, [...gone, ...now]));
    },

    onChange: (listener) => void listeners.push(listener),

    async sayAll(entries) {
      for (const [app, own] of byApp(entries)) {
        const there = await say(app, own);
        for (const entry of own) {
          const before = online.get(entryText(entry));
          if (before !== undefined && before !== there.has(entry.name)) tell(app, entry.name, !before);
        }
      }
    },

    async reap(dead, entries) {
      for (const [app, own] of byApp(entries)) await say(app, own, dead);
    },

    entries: () => [...counts.keys()].map(parseEntry),
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
    },
  };
}

function byApp(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const apps = new Map<string, Entry[]>();
  for (const entry of entries) {
    const own = apps.get(entry.app);
    if (own === undefined) apps.set(entry.app, [entry]);
    else own.push(entry);
  }
  return apps;
}
