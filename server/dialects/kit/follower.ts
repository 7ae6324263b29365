// Follows targets without a gap: first what the log has, then what is accepted, each message once, in the order of mids.
import type { Message } from '../../../shared/message.ts';
import type { Clock } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import { rememberLast } from '../../base/remember-last.ts';
import { sizeOf } from '../../delivery/message.ts';
import type { ReadBounds } from '../../delivery/ports.ts';
import type { LiveEvent } from '../../messages/live-events.ts';
import type { Listener } from './listeners.ts';

/** A page of the messages to some targets, in the order of mids. */
export interface TargetPage {
  readonly messages: readonly Message[];
  /** The mid at which the page ends; if it is empty, the mid at which it began. */
  readonly last: string;
  /** Whether the bounds left something out. */
  readonly more: boolean;
}

/** Who follows. */
export interface FollowerSink {
  readonly isOpen: boolean;
  message(message: Message): void;
  event(event: LiveEvent): void;
  /** Resolves when there is room for more. Undefined if there is. */
  drained(): Promise<void> | undefined;
  /** The log fails for good. */
  failed(error: unknown): void;
}

/** What a follower needs. */
export interface FollowerOptions {
  /** Only messages with a greater mid are told. */
  readonly since: string;
  /** Only messages accepted at this time or later are told, in ms since 1970; by default all. */
  readonly from?: number | undefined;
  readonly sink: FollowerSink;
  /** Reads the messages to the targets with a mid above this one. */
  read(since: string, bounds: ReadBounds): Promise<TargetPage>;
  readonly clock: Clock;
  /** The most bytes of messages that wait while the log is read. What does not fit is read from the log instead. */
  readonly maxWaiting: number;
}

/** How much is read at once. */
const PAGE: ReadBounds = { limit: 200, maxBytes: 262_144, atLeastOne: true };
/** Wait in ms before the log is read again after it could not be. */
const PAUSE = 1000;

/** Many followers are told the same message in a row. */
const numberOf = rememberLast((mid: string) => Number(mid));

/** Add it to the listeners, then start it. */
export class Follower implements Listener {
  readonly #options: FollowerOptions;
  /** Of the options, and at hand, because a message may go to thousands of followers. */
  readonly #sink: FollowerSink;
  readonly #from: number;
  /** The greatest mid that was told or passed over. */
  #last: number;
  /** What comes while the log is read. Undefined while nothing is missing. */
  #waiting: (Message | LiveEvent)[] | undefined = [];
  #waitingBytes = 0;
  /** Whether the log has to be read again from the last mid on. */
  #isBehind = true;
  /** Until it resolves, messages may pass by. */
  #doubt: Promise<void> | undefined;
  #isReading = false;
  #isStarted = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#sink = options.sink;
    this.#from = options.from ?? 0;
    this.#last = Number(options.since);
  }

  /** Reads the log, and tells everything from then on. */
  start(): void {
    this.#isStarted = true;
    void this.#catchUp();
  }

  message(message: Message): void {
    if (this.#waiting === undefined) {
      this.#tell(message);
      return;
    }
    this.#waitingBytes += sizeOf(message);
    if (this.#waitingBytes <= this.#options.maxWaiting) {
      this.#waiting.push(message);
      return;
    }
    this.#waiting = this.#waiting.filter((one) => !isMessage(one));
    this.#waitingBytes = 0;
    this.#isBehind = true;
  }

  event(event: LiveEvent): void {
    if (this.#waiting === undefined) this.#sink.event(event);
    else this.#waiting.push(event);
  }

  unheard(heardAgain: Promise<void>): void {
    this.#doubt = heardAgain;
    this.#isBehind = true;
    this.#waiting ??= [];
    if (this.#isStarted) void this.#catchUp();
  }

  #tell(message: Message): void {
    const mid = numberOf(message.mid);
    if (mid <= this.#last) return;
    this.#last = mid;
    if (message.createdAt >= this.#from) this.#sink.message(message);
  }

  async #catchUp(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const { clock } = this.#options;
    const sink = this.#sink;
    try {
      while (sink.isOpen && this.#isBehind) {
        await this.#doubt;
        this.#isBehind = false;
        const isRead = await this.#readOn();
        if (!isRead) await new Promise<void>((resolve) => clock.setTimeout(resolve, PAUSE));
      }
    } catch (error) {
      sink.failed(error);
    } finally {
      this.#isReading = false;
    }
  }

  /** Reads the log to its end, and tells what came meanwhile. @returns false if the log cannot be read now */
  async #readOn(): Promise<boolean> {
    const { read } = this.#options;
    const sink = this.#sink;
    for (let more = true; more && sink.isOpen; ) {
      let page: TargetPage;
      try {
        page = await read(String(this.#last), PAGE);
      } catch (error) {
        if (!(error instanceof RelayError) || error.code !== 'unavailable') throw error;
        this.#isBehind = true;
        return false;
      }
      ({ more } = page);
      this.#merge(page);
      if (more) await sink.drained();
    }
    if (!this.#isBehind) this.#flush();
    return true;
  }

  /** Tells a page, and in its place each message that waits and is not in the log. */
  #merge({ messages, last, more }: TargetPage): void {
    const due = (this.#waiting ?? []).filter(isMessage).filter(({ mid }) => Number(mid) <= Number(last));
    if (due.length > 0) this.#waiting = this.#waiting?.filter((one) => !isMessage(one) || !due.includes(one));
    const all = due.length === 0 ? messages : [...messages, ...due].sort((a, b) => Number(a.mid) - Number(b.mid));
    for (const message of all) this.#tell(message);
    // The log may end below it, with messages that another target has.
    if (more) this.#last = Math.max(this.#last, Number(last));
  }

  #flush(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    for (const one of waiting.filter(isMessage)) this.#tell(one);
    for (const one of waiting) if (!isMessage(one)) this.#sink.event(one);
  }
}

function isMessage(one: Message | LiveEvent): one is Message {
  return 'mid' in one;
}
