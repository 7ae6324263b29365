// Accepting messages: Redis gives the mid, and puts the message into the log and the queues in one step.
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Message } from '../../../../shared/message.ts';
import { RelayError } from '../../../base/errors.ts';
import { RELAY_APP, targetChannel } from '../../../channel/relay-app.ts';
import {
  type Draft,
  type Marks,
  marksText,
  messageOf,
  readStoredMessage,
  wireText,
} from '../../../delivery/message.ts';
import type { Accepted, MessageLog } from '../../../delivery/ports.ts';
import { readMid } from '../../mid.ts';
import { tooManyFeeds } from '../../target-history.ts';
import { RedisError } from '../errors.ts';
import { shardOf } from '../keys.ts';
import { scripts } from '../scripts.ts';
import { listsOf } from './lists.ts';
import type { LogPorts } from './ports.ts';
import type { Reads } from './reads.ts';

/** The most recipients of one script: each costs Redis about 7 µs. */
const PAGE = 1000;

/** What an appended message is told apart by, and what is known before. */
interface Append {
  /** Its text on mpush's wire up to the mid. */
  readonly text: string;
  readonly devices: readonly string[];
  /** Undefined if no listener is to hear of it. */
  readonly target?: string;
  readonly ttl: number;
  /** What the log stores beside its text. */
  readonly marks: Marks;
  /** The lists that it belongs to. */
  readonly lists: readonly string[];
  /** The version of the registry; undefined for any. */
  readonly registry?: number;
  /** Undefined if Redis gives the mid and the time. */
  readonly given?: { readonly mid: string; readonly createdAt: number };
}

/** What Redis gave a message. */
interface Stored {
  readonly mid: string;
  readonly createdAt: number;
  readonly full: readonly string[];
}

/** The mid of a message that has the number already. */
interface Repeat {
  readonly repeats: string;
}

/** A channel that no one is on. */
const NOBODY = '';

/** The end of each text, behind the mid. */
const END = '"}';

/** The part of the log that accepts messages. */
export interface Accepting extends Pick<MessageLog, 'accept' | 'stamp' | 'append'> {
  /**
   * Calls `step` once no message is being accepted under this ticket, or under any. Steps keep their order, because mail
   * of a device that overtakes other mail of it would be taken for old.
   */
  afterAccepting(step: () => void, ticket?: string): void;
}

/** Makes it. */
export function createAccepting(
  { connection, keys, node, idOf, logger, ttl, historyTtl, maxQueued, maxFeeds }: LogPorts,
  reads: Pick<Reads, 'entry'>,
): Accepting {
  /** Messages that are being accepted, by their tickets. */
  const accepting = new Map<string, Promise<unknown>>();
  /** Steps that wait for these tickets, or for a step before them. */
  const waiting: { readonly tickets: readonly string[]; readonly step: () => void }[] = [];
  let tickets = 0;
  let lastMid = '0';
  const channels = keys.notices('');

  /** The keys and arguments of parts/enqueue.lua for some recipients. */
  function addressed(devices: readonly string[]): { keys: string[]; args: (string | number)[] } {
    const shards = [...new Set(devices.map(shardOf))];
    const place = new Map(shards.map((shard, index) => [shard, index + 1]));
    return {
      keys: [
        ...shards.flatMap((shard) => [keys.shard(shard), keys.expiries(shard)]),
        ...devices.flatMap((device) => [keys.queue(device), keys.history(device)]),
      ],
      args: [shards.length, ...shards, ...devices.flatMap((device) => [device, place.get(shardOf(device)) ?? 0])],
    };
  }

  async function run(append: Append, ticket: string): Promise<Stored | Repeat | 'stale'> {
    const { text, devices, target, marks, lists, registry, given } = append;
    const first = addressed(devices.slice(0, PAGE));
    const heardOn = target === undefined ? NOBODY : targetChannel(target);
    const listeners = keys.occupancy(RELAY_APP, heardOn);
    const fixed = [
      keys.version,
      keys.mid,
      keys.log,
      keys.shards,
      keys.noticeNumbers,
      listeners,
      keys.lowestTicket(node.id()),
    ];
    const last = [
      ...lists.map(keys.messageList),
      ...(marks.feed === true ? [keys.feeds] : []),
      ...(marks.number === undefined ? [] : [keys.number(marks.number)]),
    ];
    const before = lastMid;
    const call = (since: string) =>
      connection.runDurably(
        scripts.append,
        [...fixed, ...first.keys, ...last],
        [
          registry ?? '',
          given?.mid ?? '',
          given?.createdAt ?? '',
          append.ttl,
          maxQueued,
          ticket,
          since,
          channels,
          text,
          JSON.stringify(devices),
          marksText(marks),
          lists.length === 0 ? '' : JSON.stringify(lists),
          marks.feed === true ? `${maxFeeds} ${historyTtl}` : '',
          ...first.args,
        ],
      ) as Promise<[mid: string, createdAt: string, ...full: string[]]>;
    const answer = await call('').catch(async (error) => {
      if (!(error instanceof RedisError) || !error.mayHaveRun) throw error;
      // The ticket tells whether it has run. If it has, this gives the same answer and stores nothing.
      await connection.reconnected();
      return await call(before).catch(refuse);
    });
    const [mid, createdAt, ...full] = answer;
    if (mid === 'stale') return 'stale';
    if (mid === 'full') throw tooManyFeeds(maxFeeds);
    if (mid === 'repeat') return { repeats: createdAt };
    if (mid === 'low') throw new RangeError(`mid ${given?.mid} is not above ${createdAt}`);
    if (Number(mid) > Number(lastMid)) lastMid = mid;
    for (let start = PAGE; start < devices.length; start += PAGE) full.push(...(await extend(mid, devices, start)));
    return { mid, createdAt: Number(createdAt), full };
  }

  /** Tells that a message may have been stored. */
  function refuse(cause: unknown): never {
    throw new RelayError('unavailable', 'Redis does not answer; the message may still be delivered', {
      cause,
      retryAfter: 1,
    });
  }

  /** Adds a page of the recipients of a large group. */
  async function extend(mid: string, devices: readonly string[], start: number): Promise<readonly string[]> {
    const page = addressed(devices.slice(start, start + PAGE));
    const call = () =>
      connection.runDurably(
        scripts.extend,
        [keys.log, keys.shards, keys.noticeNumbers, ...page.keys],
        [mid, maxQueued, channels, ...page.args],
      ) as Promise<string[]>;
    return call().catch(async (error) => {
      if (!(error instanceof RedisError)) throw error;
      // It may run twice without harm, and the first page is stored.
      await connection.reconnected();
      return await call().catch(refuse);
    });
  }

  function store(append: Append): Promise<Stored | Repeat | 'stale'> {
    tickets += 1;
    const ticket = `${node.id()}:${tickets}`;
    const stored = run(append, ticket).finally(() => accepting.delete(ticket));
    accepting.set(ticket, stored);
    return stored;
  }

  /** The message that was stored before with the number of a draft. */
  async function repeat(draft: Draft, mid: string): Promise<Accepted> {
    const { text = '', createdAt = 0, expiresAt = 0 } = (await reads.entry(mid)) ?? {};
    const stamp = { mid, createdAt, expiresAt };
    const message = readStoredMessage(text, stamp, idOf) ?? messageOf(draft, stamp, idOf);
    return { message, full: [], isRepeat: true };
  }

  async function storeDraft(draft: Draft, more: Omit<Append, 'text' | 'ttl' | 'marks'>): Promise<Accepted | 'stale'> {
    const lifetime = draft.ttl ?? ttl;
    const text = wireText(messageOf(draft, { mid: '', createdAt: 0, expiresAt: 0 }, idOf)).slice(0, -END.length);
    const stored = await store({ text, ttl: lifetime, marks: draft, ...more });
    if (stored === 'stale') return stored;
    if ('repeats' in stored) return repeat(draft, stored.repeats);
    const { mid, createdAt, full } = stored;
    return { message: messageOf(draft, { mid, createdAt, expiresAt: createdAt + lifetime }, idOf), full };
  }

  async function takeSteps(): Promise<void> {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      await Promise.allSettled(next.tickets.map((ticket) => accepting.get(ticket)));
      // The code that waits for those promises goes on first.
      await endOfTurn();
      while (waiting[0]?.tickets.every((ticket) => !accepting.has(ticket)) === true) {
        try {
          waiting.shift()?.step();
        } catch (error) {
          logger.error({ err: error }, 'listener fault');
        }
      }
    }
  }

  return {
    accept: (draft, names, registry) =>
      storeDraft(draft, { devices: [...new Set(names)], target: draft.target, lists: listsOf(draft), registry }),
    async stamp(draft) {
      const accepted = await storeDraft({ ...draft, feed: false, number: undefined }, { devices: [], lists: [] });
      if (accepted === 'stale') throw new Error('a message without recipients cannot be stale');
      return accepted.message;
    },
    async append(message: Message, names) {
      const { mid, createdAt, expiresAt } = message;
      if (readMid(mid) === undefined) throw new RangeError(`${mid} is not a mid`);
      const text = wireText(message).slice(0, -(mid.length + END.length));
      const { target } = message;
      const lists = listsOf(message);
      const devices = [...new Set(names)];
      await store({
        text,
        devices,
        target,
        marks: message,
        lists,
        ttl: expiresAt - createdAt,
        given: { mid, createdAt },
      });
    },
    afterAccepting(step, ticket) {
      const open = ticket === undefined ? [...accepting.keys()] : accepting.has(ticket) ? [ticket] : [];
      if (open.length === 0 && waiting.length === 0) {
        step();
        return;
      }
      waiting.push({ tickets: open, step });
      if (waiting.length === 1) void takeSteps();
    },
  };
}
