// One connection to Redis that is made again whenever it ends. While it is away, commands are refused at once and never
// queued. An unanswered command ends it: a half-open connection would hang for minutes.
import { isDeepStrictEqual } from 'node:util';
import { RESP_TYPES, type RedisClientType } from '@redis/client';
import type { Clock, Timer } from '../../base/clock.ts';
import { createRedisClient } from './client.ts';
import type { Endpoint } from './endpoint.ts';
import { explain, RedisError, type RedisFailure } from './errors.ts';

/** One part of a command. */
export type Arg = string | Buffer;

/** How many commands may be under way on all links of a connection together. */
export interface Gate {
  pending: number;
  readonly max: number;
}

/** What Redis says of itself in a handshake. */
export interface ServerHello {
  readonly version: string;
  readonly mode: string;
  readonly role: string;
}

/** What a {@link Link} works with. */
export interface LinkOptions {
  /** Name that `CLIENT LIST` shows. */
  readonly name: string;
  /** Where to connect. It is asked before each connection. */
  endpoint(): Promise<Endpoint>;
  /** After how many ms without an answer to the oldest command the connection is given up. */
  readonly timeout: number;
  readonly gate: Gate;
  readonly clock: Clock;
  /** Sends what a new connection needs before others may use it. If it rejects, the connection is made again. */
  prepare(send: Send): Promise<unknown>;
  onUp(): void;
  onDown(reason: unknown): void;
  /** A connection could not be made. Another try follows. */
  onFailure(error: unknown): void;
}

/** Sends one command. `bytes`: texts of the answer come as buffers. */
export type Send = (args: readonly Arg[], bytes?: 'bytes') => Promise<unknown>;

/** One connection from its first byte to its last. */
interface Session {
  readonly client: RedisClientType;
  readonly at: Endpoint['at'];
  sent: number;
  answered: number;
  /** Watches over the answers from now on; undefined before the handshake, and while it does so already. */
  watch: (() => void) | undefined;
  /** Why it ended, if it has. */
  lost: { readonly failure: RedisFailure; readonly cause: unknown } | undefined;
  readonly over: Promise<void>;
  end(): void;
}

/** Waits between tries to connect, in ms. */
const PAUSES = [20, 50, 100, 200, 400];
/** How often per time-out the oldest command is looked at. */
const LOOKS = 4;
const AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/** A connection to Redis that comes back. */
export class Link {
  readonly #options: LinkOptions;
  readonly #channels = new Map<string, (message: Buffer) => void>();
  #session: Session | undefined;
  #isReady = false;
  #isClosed = false;
  #hello: ServerHello | undefined;
  #wake = () => {};
  readonly #ended: Promise<void>;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** What the server said in the last handshake. */
  get hello(): ServerHello | undefined {
    return this.#hello;
  }

  /** Sends one command. @throws RedisError at once if there is no connection, or too many commands are under way */
  send: Send = (args, bytes) => {
    const { gate } = this.#options;
    const session = this.#session;
    if (session === undefined || !this.#isReady) return Promise.reject(new RedisError('unreachable', false));
    if (gate.pending >= gate.max) return Promise.reject(new RedisError('pending', false));
    return this.#send(session, args, bytes);
  };

  /** Listens on a channel, also on later connections. One listener per channel. @throws what Redis answered */
  async subscribe(channel: string, listener: (message: Buffer) => void): Promise<void> {
    this.#channels.set(channel, listener);
    const session = this.#session;
    if (session === undefined || !this.#isReady) return;
    try {
      await this.#subscribe(session, channel, listener);
    } catch (error) {
      // A channel that is forbidden would keep every later connection from being made.
      if (!(error instanceof RedisError)) this.#channels.delete(channel);
      throw error;
    }
  }

  /** Stops listening. */
  async unsubscribe(channel: string): Promise<void> {
    this.#channels.delete(channel);
    const session = this.#session;
    if (session === undefined || !this.#isReady) return;
    const { client } = session;
    await this.#track(session, this.isSharded ? client.sUnsubscribe(channel) : client.unsubscribe(channel));
  }

  /** Gives the connection up and makes another, unless it is to this server. */
  stayAt(server: Endpoint['at']): void {
    const session = this.#session;
    if (session === undefined || server === undefined || isDeepStrictEqual(session.at, server)) return;
    this.#lose(session, 'READONLY', new Error('another server is the master now'));
  }

  /** Ends the connection for good. Commands under way are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#session !== undefined) this.#lose(this.#session, 'unreachable', new Error('closed'));
    this.#wake();
    await this.#ended;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#isClosed; ) {
      try {
        const session = await this.#open();
        await session.over;
        failures = 0;
      } catch (error) {
        if (this.#isClosed) return;
        this.#options.onFailure(error);
        failures += 1;
      }
      if (!this.#isClosed) await this.#pause(PAUSES[Math.min(failures, PAUSES.length - 1)] ?? 0);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimeout(resolve, ms);
      this.#wake = () => {
        this.#options.clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  async #open(): Promise<Session> {
    const { name, prepare } = this.#options;
    const endpoint = await this.#options.endpoint();
    if (this.#isClosed) throw new RedisError('unreachable', false);
    const client = createRedisClient({
      ...endpoint.options,
      name,
      disableOfflineQueue: true,
      disableClientInfo: true,
      maintNotifications: 'disabled',
      // The watch below does it for all commands with one timer.
      commandOptions: { timeout: 0 },
    });
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const session: Session = {
      client,
      at: endpoint.at,
      sent: 0,
      answered: 0,
      watch: undefined,
      lost: undefined,
      over,
      end,
    };
    // Without a listener, an error would end the process.
    client.on('error', (error) => this.#lose(session, 'unreachable', error));
    // Until then the client bounds the time itself, and must not be destroyed: its socket would stay open.
    client.on('connect', () => {
      this.#session = session;
      session.sent += 1;
      this.#watch(session);
    });
    try {
      await client.connect();
      session.answered += 1;
      const send: Send = (args, bytes) => this.#send(session, args, bytes);
      this.#hello = readHello(await send(['HELLO']));
      if (this.#hello.role !== 'master') throw new RedisError('READONLY', false);
      await prepare(send);
      for (const [channel, listener] of this.#channels) await this.#subscribe(session, channel, listener);
      if (this.#isClosed) throw new RedisError('unreachable', false);
      if (session.lost !== undefined) throw session.lost.cause;
    } catch (error) {
      this.#lose(session, 'unreachable', error);
      client.destroy();
      throw session.lost?.cause ?? error;
    }
    this.#isReady = true;
    this.#options.onUp();
    return session;
  }

  /** Whether notices go over sharded channels: in a Redis Cluster, others would go to every node of it. */
  get isSharded(): boolean {
    return this.#hello?.mode === 'cluster' && Number.parseInt(this.#hello.version, 10) >= 7;
  }

  #subscribe(session: Session, channel: string, listener: (message: Buffer) => void): Promise<void> {
    const { client } = session;
    const subscribed = this.isSharded
      ? client.sSubscribe(channel, listener, true)
      : client.subscribe(channel, listener, true);
    return this.#track(session, subscribed);
  }

  #send(session: Session, args: readonly Arg[], bytes?: 'bytes'): Promise<unknown> {
    return this.#track(session, session.client.sendCommand(args, bytes === undefined ? undefined : AS_BYTES));
  }

  /** Counts a command until its answer, and explains its error. */
  #track<T>(session: Session, answer: Promise<T>): Promise<T> {
    const { gate } = this.#options;
    gate.pending += 1;
    session.sent += 1;
    session.watch?.();
    return answer.then(
      (reply) => {
        gate.pending -= 1;
        session.answered += 1;
        return reply;
      },
      (error) => {
        gate.pending -= 1;
        session.answered += 1;
        const explained = explain(error, session.lost);
        if (explained instanceof RedisError && explained.isMoved) this.#lose(session, explained.failure, error);
        throw explained;
      },
    );
  }

  #lose(session: Session, failure: RedisFailure, cause: unknown): void {
    if (session.lost !== undefined) return;
    session.lost = { failure, cause };
    const wasReady = this.#session === session && this.#isReady;
    if (this.#session === session) {
      this.#session = undefined;
      this.#isReady = false;
      session.client.destroy();
    }
    if (wasReady && !this.#isClosed) this.#options.onDown(cause);
    session.end();
  }

  /** Ends the session once its oldest command has waited too long. Answers come in the order of commands. */
  #watch(session: Session): void {
    const { clock, timeout } = this.#options;
    const period = Math.max(1, Math.floor(timeout / LOOKS));
    /** How many commands were sent at which time, oldest first; only those that are not all answered. */
    let marks: { readonly at: number; readonly sent: number }[] = [];
    let last = 0;
    let timer: Timer;
    const look = () => {
      const now = clock.monotonic();
      // This process stood still: answers may have come that no one has read yet.
      if (now - last > 2 * period) marks = [];
      last = now;
      while (marks[0] !== undefined && marks[0].sent <= session.answered) marks.shift();
      if (marks[0] !== undefined && now - marks[0].at >= timeout) {
        return this.#lose(session, 'timeout', new RedisError('timeout', true));
      }
      // Nothing wakes an idle node for nothing: the next command starts the watch again.
      if (session.sent === session.answered) {
        session.watch = start;
        return;
      }
      marks.push({ at: now, sent: session.sent });
      timer = clock.setTimeout(look, period);
    };
    const start = () => {
      session.watch = undefined;
      last = clock.monotonic();
      timer = clock.setTimeout(look, period);
    };
    start();
    void session.over.then(() => {
      session.watch = undefined;
      clock.clearTimeout(timer);
    });
  }
}

function readHello(answer: unknown): ServerHello {
  const { version, mode, role } = answer as Record<string, unknown>;
  return { version: String(version), mode: String(mode), role: String(role) };
}
