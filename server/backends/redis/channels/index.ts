// The channels of a cluster as one node sees them: who is on them, who is signed in, and events on their way. What this node
// has is said again after each doubt: all numbers are absolute, so nothing is counted twice.
import type { Timer } from '../../../base/clock.ts';
import { createListeners } from '../../../base/listeners.ts';
import type { Occupancy, OccupancyNews, SharedUsers } from '../../../channel/occupancy.ts';
import { RELAY_APP } from '../../../channel/relay-app.ts';
import type { Terminations } from '../../../channel/terminations.ts';
import { scanSet } from '../scan.ts';
import { scripts } from '../scripts.ts';
import { createRedisBus, type RedisBus } from './bus.ts';
import { createConnectedDevices } from './devices.ts';
import { type Entry, entryText, parseEntry } from './entries.ts';
import { createMemberNews } from './member-news.ts';
import { createOccupancy } from './occupancy.ts';
import type { ChannelPorts } from './ports.ts';
import { createQuestions } from './questions.ts';
import { createSubscribers } from './subscribers.ts';
import { createRedisTerminations } from './terminations.ts';
import { createRedisUsers } from './users.ts';

/** The channels of one node. */
export interface RedisChannels {
  readonly occupancy: Occupancy;
  readonly users: SharedUsers;
  readonly bus: RedisBus;
  readonly terminations: Terminations;
  /** Reads which of the devices that are this node's from now on are connected. Call it before anything is delivered to them. */
  gained(isMeant: (device: string) => boolean): Promise<void>;
  /** Forgets devices that others have now. */
  lost(isMeant: (device: string) => boolean): void;
  /** Says everything again, as a node that was given up must under its new id. */
  resync(): void;
  /** See `Mail.onUnheard`. */
  onUnheard(listener: (heardAgain: Promise<void>) => void): void;
  /**
   * Takes from a dead node some of what it had, and keeps it from coming back under its id. Resolves to true when nothing is
   * left, or if the node lives. Any node may do it, also several at once.
   * @param wasOutage whether no other node was alive
   */
  reap(node: string, wasOutage: boolean): Promise<boolean>;
  close(): void;
}

/** The most entries of one step. */
const PAGE = 200;
/** Wait in ms after a step that failed. */
const PAUSE = 1000;

/** Makes the channels of one node. */
export function createRedisChannels(ports: ChannelPorts): RedisChannels {
  const { connection, keys, node, notices, clock, logger } = ports;
  const news: { current: OccupancyNews | undefined } = { current: undefined };
  const missed = () => soon(PAUSE);
  const subscribers = createSubscribers(ports, ports.patience, missed);
  const users = createRedisUsers(ports, missed);
  const bus = createRedisBus(ports, (channel) => devices.markOf(channel));
  const memberNews = createMemberNews(ports, subscribers, bus);
  const devices = createConnectedDevices(
    ports,
    (app, channel, isThere) => news.current?.device(app, channel, isThere),
    bus.caughtUp,
  );
  const questions = createQuestions(ports, (app, channel) => news.current?.caughtUp(app, channel));
  const doubters = createListeners<[heardAgain: Promise<void>]>((error) =>
    logger.error({ err: error }, 'listener fault'),
  );
  /** Ends the doubt about what this node hears. Undefined while there is none. */
  let endDoubt: (() => void) | undefined;
  let isRunning = false;
  let isWanted = false;
  let isClosed = false;
  let timer: Timer;

  /** Says some entries, with the numbers that they have now. */
  async function say(entries: readonly Entry[]): Promise<void> {
    const channels = entries.filter(({ kind }) => kind === 'c');
    await Promise.all([
      ...channels.map(({ app, name }) => subscribers.sayAll(app, name)),
      users.sayAll(entries.filter(({ kind }) => kind !== 'c')),
    ]);
  }

  async function sayEverything(): Promise<void> {
    const channels = [...subscribers.channels()].map(({ app, name }): Entry => ({ kind: 'c', app, name }));
    const all = [...channels, ...users.entries()];
    for (let start = 0; start < all.length; start += PAGE) await say(all.slice(start, start + PAGE));
    // What Redis has of this node and the node no longer has: Redis was away when it left.
    const said = new Set(all.map(entryText));
    for await (const page of scanSet(connection.send, keys.entriesOf(node.id())))
      await say(page.filter((text) => !said.has(text)).map(parseEntry));
    await memberNews.reread();
    for (const channel of bus.behind()) {
      if (subscribers.find(RELAY_APP, channel) === undefined) bus.caughtUp(channel);
      // Its sockets went and came meanwhile.
      else isWanted = true;
    }
  }

  /** Tells at once that messages may pass this node by, before the next one is heard. */
  function doubt(): void {
    if (endDoubt !== undefined) return;
    doubters.tell(
      new Promise((resolve) => {
        endDoubt = resolve;
      }),
    );
  }

  function sure(): void {
    endDoubt?.();
    endDoubt = undefined;
  }

  async function run(): Promise<void> {
    try {
      while (isWanted && !isClosed) {
        isWanted = false;
        await sayEverything();
      }
      sure();
    } catch (error) {
      logger.debug({ err: error }, 'what this node has could not be said again; trying again');
      soon(PAUSE);
    }
    isRunning = false;
  }

  function resync(): void {
    clock.clearTimeout(timer);
    timer = undefined;
    isWanted = true;
    doubt();
    if (isRunning) return;
    isRunning = true;
    void run();
  }

  function soon(ms: number): void {
    if (!isClosed) timer ??= clock.setTimeout(resync, ms);
  }

  connection.onState((state) => {
    if (state === 'connected') resync();
  });
  notices.onLost(() => {
    bus.missed([...subscribers.channels()].filter(({ flags }) => flags.includes('d')).map(({ name }) => name));
    resync();
  });

  return {
    occupancy: createOccupancy(ports, { subscribers, devices, questions }, news),
    users,
    bus,
    terminations: createRedisTerminations(ports),
    gained: devices.gained,
    lost: devices.lost,
    resync,
    onUnheard: doubters.add,

    async reap(dead, wasOutage) {
      if ((await connection.runScript(scripts.condemn, [keys.nodes], [dead])) !== 1) return true;
      const page = (await connection.send(['SRANDMEMBER', keys.entriesOf(dead), String(PAGE)])) as string[];
      const entries = page.map(parseEntry);
      const channels = entries.filter(({ kind }) => kind === 'c');
      await Promise.all([
        ...channels.map(({ app, name }) => subscribers.reap(dead, wasOutage, app, name)),
        users.reap(
          dead,
          entries.filter(({ kind }) => kind !== 'c'),
        ),
      ]);
      return page.length < PAGE;
    },

    close() {
      isClosed = true;
      sure();
      clock.clearTimeout(timer);
      users.close();
      questions.close();
    },
  };
}
