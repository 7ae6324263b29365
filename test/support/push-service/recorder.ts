// An append-only list of everything that happened, and a way to wait for the next thing that matches.

/** The details that an event may have. */
export interface EventFields {
  readonly connection?: string | number;
  readonly uaid?: string | undefined;
  readonly channelID?: string | undefined;
  readonly id?: string | undefined;
  /**
   * Acknowledgements: 100 delivered, 101 undecryptable, 102 not delivered, 301 to 303 the push handler failed. Else a
   * close code.
   */
  readonly code?: number | undefined;
  readonly returning?: boolean;
  readonly restricted?: boolean;
  /** For a push request: the status of its answer; 0 for no answer. */
  readonly status?: number;
  readonly reason?: string;
  readonly token?: string;
  readonly ttl?: string | undefined;
  readonly topic?: string | undefined;
  readonly urgency?: string | undefined;
  readonly encoding?: string | undefined;
  readonly bodyBytes?: number | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | null;
  readonly ackCode?: number | null;
  readonly message?: string | undefined;
}

/** One thing that happened. Types: `ua.*` of browsers, `push.request`, `message.*`, `service.error`. */
export interface PushEvent extends EventFields {
  readonly seq: number;
  /** ms since 1970 on the service's clock. */
  readonly at: number;
  readonly type: string;
}

/** Fields that must be equal, or a predicate. */
export type Wanted = Partial<PushEvent> | ((event: PushEvent) => boolean);

/** The event after which to look, and how long to wait in ms. */
export interface WaitOptions {
  readonly since?: number;
  readonly timeoutMs?: number;
}

function matches(event: PushEvent, wanted: Wanted): boolean {
  if (typeof wanted === 'function') return wanted(event);
  return Object.entries(wanted).every(([key, value]) => event[key as keyof PushEvent] === value);
}

/** The record of one service. */
export class Recorder {
  readonly events: PushEvent[] = [];
  readonly #waiters = new Set<(event: PushEvent) => void>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(type: string, fields: EventFields = {}): void {
    const event = { seq: this.events.length + 1, at: this.#now(), type, ...fields };
    this.events.push(event);
    for (const waiter of [...this.#waiters]) waiter(event);
  }

  /** Matching events after `since`. */
  find(wanted: Wanted, since = 0): PushEvent[] {
    return this.events.filter((event) => event.seq > since && matches(event, wanted));
  }

  /** The value of `since` that means "from now on". */
  get cursor(): number {
    return this.events.length;
  }

  /** The first matching event after `since`, past or future. */
  waitFor(wanted: Wanted, { since = 0, timeoutMs = 15_000 }: WaitOptions = {}): Promise<PushEvent> {
    const [already] = this.find(wanted, since);
    if (already !== undefined) return Promise.resolve(already);
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter = (event: PushEvent) => {
        if (event.seq <= since || !matches(event, wanted)) return;
        stop();
        resolve(event);
      };
      const timer = setTimeout(() => {
        stop();
        const what = typeof wanted === 'function' ? wanted.toString() : JSON.stringify(wanted);
        reject(new Error(`no event matched ${what} within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }
}
