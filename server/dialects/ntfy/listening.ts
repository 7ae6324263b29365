// Listening to topics: what is stored, then what comes, each once and in the order in which it was published.
import { randomInt } from 'node:crypto';
import type { ScheduledMessage } from '../../../shared/api.ts';
import { readContent } from '../../../shared/content.ts';
import type { Message } from '../../../shared/message.ts';
import type { Principal } from '../../access/principal.ts';
import { rememberLast } from '../../base/remember-last.ts';
import { entryMessage } from '../../delivery/message.ts';
import type { LiveEvent } from '../../messages/live-events.ts';
import { Follower, type FollowerSink } from '../kit/follower.ts';
import { readTargets } from '../kit/target-history.ts';
import type { Asked, Filter } from './filters.ts';
import { messageEvent, type NtfyMessage, toNtfy } from './message.ts';
import type { NtfyPorts, NtfySections } from './ports.ts';

/** Where events go: a stream over HTTP, or a socket. */
export interface Outlet {
  readonly isOpen: boolean;
  write(event: NtfyMessage): void;
  /** Resolves when there is room for more. Undefined if there is. */
  drained(): Promise<void> | undefined;
  /** Ends in good order, after everything. */
  finish(): void;
  /** Ends the connection, so that the listener comes back. */
  cut(): void;
}

/** Who listens to what. */
export interface Listening {
  readonly caller: Principal;
  readonly topics: readonly string[];
  /** The topics as they were asked for. */
  readonly shown: string;
  readonly asked: Asked;
  /** The last mid when it was asked: what comes after it is told to everybody. */
  readonly now: string;
}

/** Tells listeners. */
export interface Tells {
  /** Tells everything until the outlet is closed. */
  run(listening: Listening, outlet: Outlet): Promise<void>;
  /** The outlet is closed. */
  ended(outlet: Outlet): void;
  /** The sign of life of a listener. */
  keepalive(shown: string): NtfyMessage;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 12;
const PAGE = { limit: 200, maxBytes: 262_144, atLeastOne: true };
const JOBS = 200;

/** The id of an event that is not stored. */
export function randomId(): string {
  return Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** What all listeners share. */
interface Told {
  eventOf(message: Message): NtfyMessage;
  event(event: LiveEvent, listening: Listening, outlet: Outlet): void;
  failed(error: unknown): void;
}

/** A class and not closures: a message may go to thousands of these, and each object on the way to its socket costs time. */
class Sink implements FollowerSink {
  readonly #filter: Filter;
  readonly #outlet: Outlet;
  readonly #told: Told;
  readonly #listening: Listening;

  constructor(listening: Listening, outlet: Outlet, told: Told) {
    this.#filter = listening.asked.filter;
    this.#outlet = outlet;
    this.#told = told;
    this.#listening = listening;
  }

  get isOpen(): boolean {
    return this.#outlet.isOpen;
  }

  message(message: Message): void {
    const event = this.#told.eventOf(message);
    if (this.#filter(event)) this.#outlet.write(event);
  }

  event(event: LiveEvent): void {
    this.#told.event(event, this.#listening, this.#outlet);
  }

  drained(): Promise<void> | undefined {
    return this.#outlet.drained();
  }

  failed(error: unknown): void {
    this.#told.failed(error);
    this.#outlet.cut();
  }
}

/** Makes it. */
export function createTells(ports: NtfyPorts, config: NtfySections): Tells {
  const { log, messageIds, timed, clock, listeners, watchCaller } = ports;
  const { historyTtl } = config.storage;
  /** The open outlets, and how to stop telling. */
  const open = new Map<Outlet, { unwatch(): void; leave?: () => void }>();

  const seconds = () => Math.floor(clock.now() / 1000);

  function event(name: NtfyMessage['event'], topic: string, more: Partial<NtfyMessage> = {}): NtfyMessage {
    const { sequence_id, ...rest } = more;
    const sequence = sequence_id === undefined ? {} : { sequence_id };
    return { id: randomId(), ...sequence, time: seconds(), event: name, topic, ...rest };
  }

  const told: Told = {
    // Many listeners are told the same message, one after the other.
    eventOf: rememberLast((message: Message) => toNtfy(message, historyTtl)),
    event: tellEvent,
    failed: (error) => ports.logger.error({ err: error }, 'stream fault'),
  };

  function tell(message: Message, { asked }: Listening, outlet: Outlet): void {
    const event = told.eventOf(message);
    if (asked.filter(event)) outlet.write(event);
  }

  /** What happened to messages, if it is not in the log. */
  function tellEvent({ kind, target, data }: LiveEvent, { asked }: Listening, outlet: Outlet): void {
    if (kind === 'poll') {
      outlet.write(event('poll_request', target, { message: 'New message', poll_id: String(data['poll_id']) }));
    } else if (kind === 'read') {
      tellCleared(target, String(data['key']), asked, outlet);
    } else if (kind === 'answer') {
      tellSettled(target, data['mids'], asked, outlet).catch((err: unknown) =>
        ports.logger.warn({ err, target }, 'listeners are not told that a question is settled'),
      );
    }
  }

  function tellCleared(topic: string, sequence: string, { filter }: Asked, outlet: Outlet): void {
    const told = event('message_clear', topic, { sequence_id: sequence });
    if (filter(told)) outlet.write(told);
  }

  /** A question is settled: the notifications of its messages go away. */
  async function tellSettled(topic: string, mids: unknown, asked: Asked, outlet: Outlet): Promise<void> {
    const all = Array.isArray(mids) ? mids.filter((mid) => typeof mid === 'string') : [];
    const found = await Promise.all(all.map((mid) => log.find(mid)));
    const sequences = found.flatMap((one) => (one?.message.target === topic ? [one.message] : []));
    for (const sequence of new Set(sequences.map(({ id, content }) => content.key ?? id))) {
      tellCleared(topic, sequence, asked, outlet);
    }
  }

  const isKept = ({ content, notice }: Message) => notice !== undefined || content.extra['cache'] !== 0;

  async function readPage(topics: readonly string[], since: string, bounds = PAGE) {
    const page = await readTargets({ log, idOf: messageIds.idOf }, topics, since, bounds);
    return { ...page, messages: page.messages.filter(isKept) };
  }

  /** The newest message of each topic, at most up to a mid. */
  async function latest(topics: readonly string[], upTo: string): Promise<Message[]> {
    const found = topics.map(async (topic) => {
      for (let before = String(Number(upTo) + 1), more = true; more; ) {
        const page = await log.recentOfTargets([topic], before, PAGE);
        for (const entry of page.entries) {
          const message = entryMessage(entry, messageIds.idOf);
          if (message !== undefined && isKept(message)) return [message];
        }
        ({ more } = page);
        before = page.last;
      }
      return [];
    });
    return (await Promise.all(found)).flat().sort((a, b) => Number(a.mid) - Number(b.mid));
  }

  /** Tells what is stored after a place. @returns the last mid up to which everything was told */
  async function tellStored(listening: Listening, outlet: Outlet, since: string, from = 0): Promise<string> {
    for (let last = since, more = true; ; ) {
      if (!outlet.isOpen || !more) return last;
      const page = await readPage(listening.topics, last);
      for (const message of page.messages) if (message.createdAt >= from) tell(message, listening, outlet);
      ({ last, more } = page);
      if (more) await outlet.drained();
    }
  }

  async function scheduledOf(target: string): Promise<ScheduledMessage[]> {
    const all: ScheduledMessage[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const page = await timed.list({ target, limit: JOBS, ...(after === undefined ? {} : { after }) });
      all.push(...page.scheduled);
      after = page.cursor;
      more = after !== undefined;
    }
    return all;
  }

  /** Tells what is delayed, the next one first. */
  async function tellScheduled({ topics, asked }: Listening, outlet: Outlet): Promise<void> {
    const all = (await Promise.all(topics.map(scheduledOf))).flat().sort((a, b) => a.dueAt - b.dueAt);
    for (const { id, target, message, dueAt } of all) {
      const told = messageEvent(id, target, readContent(message), { at: dueAt, historyTtl });
      if (asked.filter(told)) outlet.write(told);
    }
  }

  /** Tells what was there before. @returns the mid after which everything is still to be told, and the earliest time */
  async function tellFirst(listening: Listening, outlet: Outlet): Promise<{ since: string; from?: number }> {
    const { asked, topics, now } = listening;
    const { start, isPoll, isScheduled } = asked;
    let place: { since: string; from?: number } = { since: start.kind === 'all' ? '0' : now };
    if (start.kind === 'after') place = { since: start.mid };
    // No mid is less than the time of its message.
    else if (start.kind === 'from') place = { since: String(Math.max(0, start.at - 1)), from: start.at };
    else if (start.kind === 'latest') {
      for (const message of await latest(topics, now)) tell(message, listening, outlet);
    }
    const isStored = start.kind !== 'none' && start.kind !== 'latest';
    if (isStored && (isPoll || isScheduled)) {
      const last = await tellStored(listening, outlet, place.since, place.from);
      place = { ...place, since: String(Math.max(Number(last), Number(place.since))) };
    }
    if (isScheduled && start.kind !== 'none') await tellScheduled(listening, outlet);
    return place;
  }

  async function follow(listening: Listening, outlet: Outlet): Promise<void> {
    const { topics } = listening;
    const place = await tellFirst(listening, outlet);
    if (listening.asked.isPoll) {
      outlet.finish();
      return;
    }
    const follower = new Follower({
      ...place,
      clock,
      maxWaiting: config.streams.maxBuffered,
      read: (since, bounds) => readPage(topics, since, { ...PAGE, ...bounds }),
      sink: new Sink(listening, outlet, told),
    });
    const leave = await listeners.add(topics, follower);
    const own = open.get(outlet);
    if (own === undefined) {
      leave();
      return;
    }
    own.leave = leave;
    // The credential may have ended meanwhile.
    await listening.caller.proof?.();
    follower.start();
  }

  return {
    async run(listening, outlet) {
      const { caller, asked, shown } = listening;
      open.set(outlet, { unwatch: watchCaller(caller, () => outlet.cut()) });
      if (!asked.isPoll) outlet.write(event('open', shown));
      await follow(listening, outlet);
    },
    ended(outlet) {
      const own = open.get(outlet);
      open.delete(outlet);
      own?.unwatch();
      own?.leave?.();
    },
    keepalive: (shown) => event('keepalive', shown),
  };
}
