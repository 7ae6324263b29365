// The connections of one node to Redis: one for commands and for pushed notices, in the order in which Redis did
// things; one that waits for the control log; and, with durability "replica", one for appends and the WAIT behind them.
import type { Clock } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import { createListeners } from '../../base/listeners.ts';
import type { Logger } from '../../base/logger.ts';
import type { RedisConfig } from './config.ts';
import { createLocator } from './endpoint.ts';
import { isHopeless, isNoScript, RedisError } from './errors.ts';
import { type Arg, type Gate, Link, type LinkOptions, type Send, type ServerHello } from './link.ts';
import { createReplicatedSend } from './replication.ts';
import { type Script, scripts } from './scripts.ts';
import { parseRedisUrl, showAddress } from './url.ts';

/** How long a read of the control log waits for news, in ms. A dead connection is noticed at most that much later. */
export const BLOCK_MS = 1000;

/** What a connection works with. */
export interface ConnectionOptions {
  readonly config: RedisConfig;
  /** Name of this node, which `CLIENT LIST` shows. */
  readonly node: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Everything that a node says to Redis goes through this. */
export interface RedisConnection {
  /** `connected`: commands are sent. `unsure`: they are refused until there is a connection again. */
  readonly state: 'connected' | 'unsure';
  /** Where Redis is, without login. */
  readonly address: string;
  /** What the server said in the last handshake. */
  readonly server: ServerHello;
  /** How many commands are under way. */
  readonly pending: number;
  /** Sends one command. @throws RedisError, at once if there is no connection */
  readonly send: Send;
  /** Runs a script. @throws RedisError, or what Redis answered if the script has a bug */
  runScript(script: Script, keys: readonly Arg[], args: readonly (Arg | number)[], bytes?: 'bytes'): Promise<unknown>;
  /**
   * Runs a script whose writes count only when enough replicas have them, if `redis.durability` is `replica`.
   * @throws RedisError `replicas` if too few have them; `mayHaveRun` says whether they are on the master
   */
  runDurably(script: Script, keys: readonly Arg[], args: readonly (Arg | number)[]): Promise<unknown>;
  /** Resolves when `runDurably` has a connection again, or after `redis.timeout`. */
  reconnected(): Promise<void>;
  /** Reads that may wait up to {@link BLOCK_MS}, on a connection of their own. */
  readonly sendBlocking: Send;
  /** The command that publishes on the channels that `subscribe` listens on. */
  readonly publishCommand: 'PUBLISH' | 'SPUBLISH';
  /** Listens on a channel, also after the connection was made again. One listener per channel. */
  subscribe(channel: string, listener: (message: Buffer) => void): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Tells one observer of each script that Redis answers from now on, with the ms that it took. */
  observe(observer: (script: string, ms: number, answer: unknown) => void): void;
  /** Calls the listener whenever the state changes. After `connected`, all channels are listened to again. */
  onState(listener: (state: 'connected' | 'unsure') => void): void;
  close(): Promise<void>;
}

/** Runs a script with a way to send. Redis forgets scripts when it is started again or told to. */
async function evaluate(
  send: Send,
  script: Script,
  keys: readonly Arg[],
  args: readonly (Arg | number)[],
  bytes?: 'bytes',
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args.map((arg) => (typeof arg === 'number' ? String(arg) : arg))];
  try {
    return await send(['EVALSHA', script.sha, ...rest], bytes);
  } catch (error) {
    if (!isNoScript(error)) throw error;
    return await send(['EVAL', script.text, ...rest], bytes);
  }
}

/**
 * Connects to Redis, and waits for it up to `redis.startTimeout`.
 * @throws RelayError with one line for the operator, if Redis does not come or waiting is of no use
 */
export async function connectRedis({ config, node, logger, clock }: ConnectionOptions): Promise<RedisConnection> {
  const parsed = parseRedisUrl(config.url);
  if ('problem' in parsed) throw new RelayError('invalid', `redis.url: ${parsed.problem}`);
  const address = showAddress(parsed);
  const locator = createLocator(parsed, config);
  const gate: Gate = { pending: 0, max: config.maxPending };
  const states = createListeners<['connected' | 'unsure']>((error) => logger.error({ err: error }, 'listener fault'));
  const starting = createStart(address, config.startTimeout, logger, clock);
  let lostAt: number | undefined;
  /** Who waits for a connection. */
  const waiting = new Set<() => void>();

  const link = (part: string, more: Partial<LinkOptions> = {}) =>
    new Link({
      // Redis refuses blanks and other letters in it.
      name: `herald:${node}:${part}`.replace(/[^!-~]/g, '_'),
      endpoint: locator.endpoint,
      timeout: config.timeout,
      gate,
      clock,
      prepare: () => Promise.resolve(),
      onUp() {
        starting.up();
        for (const look of [...waiting]) look();
      },
      onDown: () => {},
      onFailure: (error) => starting.failed(error),
      ...more,
    });

  const main = link('main', {
    prepare: (send) => Promise.all(Object.values(scripts).map(({ text }) => send(['SCRIPT', 'LOAD', text]))),
    onUp() {
      starting.up();
      for (const look of [...waiting]) look();
      if (lostAt !== undefined) logger.info({ ms: clock.monotonic() - lostAt }, 'Redis is back');
      lostAt = undefined;
      states.tell('connected');
    },
    onDown(reason) {
      lostAt = clock.monotonic();
      logger.warn({ reason: textOf(reason) }, 'the connection to Redis is lost; trying again');
      states.tell('unsure');
    },
  });
  const reader = link('reader', { timeout: config.timeout + BLOCK_MS });
  const appends =
    config.durability === 'replica' ? link('appends', { timeout: config.timeout + config.replicaTimeout }) : undefined;
  const links = [main, reader, ...(appends === undefined ? [] : [appends])];
  const replicated = appends === undefined ? undefined : createReplicatedSend(appends, config, logger, clock);
  const durableSend = replicated?.send ?? main.send;
  const durable = appends ?? main;
  const reconnected = () =>
    new Promise<void>((resolve) => {
      const end = () => {
        clock.clearTimeout(timer);
        waiting.delete(look);
        resolve();
      };
      const look = () => {
        if (durable.isReady || isClosed) end();
      };
      const timer = clock.setTimeout(end, config.timeout);
      waiting.add(look);
      look();
    });

  let observer: Parameters<RedisConnection['observe']>[0] | undefined;
  const observed = ({ name }: Script, answer: Promise<unknown>) => {
    if (observer === undefined) return answer;
    const tell = observer;
    const asked = clock.monotonic();
    return answer.then((value) => {
      tell(name, clock.monotonic() - asked, value);
      return value;
    });
  };

  let isClosed = false;
  const close = async () => {
    isClosed = true;
    for (const look of [...waiting]) look();
    clock.clearTimeout(looking);
    replicated?.close();
    await Promise.all(links.map((each) => each.close()));
  };

  // A cut-off master goes on answering, so the sentinels are asked even while all is well.
  const look = async () => {
    try {
      const at = await locator.locate();
      for (const each of links) each.stayAt(at);
    } catch (error) {
      logger.debug({ reason: textOf(error) }, 'the sentinels or nodes of Redis do not say where it is; asking again');
    }
    if (!isClosed) looking = clock.setTimeout(() => void look(), config.timeout);
  };
  let looking = parsed.mode === 'single' ? undefined : clock.setTimeout(() => void look(), config.timeout);

  try {
    await starting.done(links.length);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    get state() {
      return main.isReady ? 'connected' : 'unsure';
    },
    address,
    get server() {
      const { hello } = main;
      if (hello === undefined) throw new Error('there was no handshake with Redis');
      return hello;
    },
    get pending() {
      return gate.pending;
    },
    send: main.send,
    runScript: (script, keys, args, bytes) => observed(script, evaluate(main.send, script, keys, args, bytes)),
    runDurably: (script, keys, args) => observed(script, evaluate(durableSend, script, keys, args)),
    reconnected,
    sendBlocking: reader.send,
    get publishCommand() {
      return main.isSharded ? 'SPUBLISH' : 'PUBLISH';
    },
    subscribe: (channel, listener) => main.subscribe(channel, listener),
    unsubscribe: (channel) => main.unsubscribe(channel),
    observe(its) {
      observer = its;
    },
    onState: (listener) => states.add(listener),
    close,
  };
}

/** An error in a few words for the log. Neither the client nor Redis puts a password there. */
function textOf(error: unknown): string {
  if (error instanceof RedisError) return error.cause instanceof Error ? textOf(error.cause) : error.reason;
  if (!(error instanceof Error)) return String(error);
  // The error of a host name with several addresses has no message.
  return error.message || ('code' in error ? String(error.code) : error.name);
}

/** Waits until all connections are there for the first time. */
function createStart(address: string, timeout: number, logger: Logger, clock: Clock) {
  let missing = 0;
  let last = 'no answer';
  let isOver = false;
  const { promise, resolve, reject } = deferred();
  const refuse = (text: string) => reject(new RelayError('unavailable', `Redis at ${address}: ${text}`));
  const end =
    <T>(settle: (value: T) => void) =>
    (value: T) => {
      isOver = true;
      settle(value);
    };
  return {
    up() {
      missing -= 1;
      if (missing === 0 && !isOver) end(resolve)(undefined);
    },
    failed(error: unknown) {
      if (isOver) return;
      const text = textOf(error);
      if (isHopeless(error)) return end(refuse)(text);
      if (text !== last) logger.warn({ redis: address, reason: text }, 'Redis is not ready; waiting');
      last = text;
    },
    async done(links: number) {
      missing += links;
      if (missing === 0) resolve(undefined);
      const timer = clock.setTimeout(() => end(refuse)(`not ready within ${timeout} ms: ${last}`), timeout);
      await promise.finally(() => clock.clearTimeout(timer));
    },
  };
}

function deferred() {
  let resolve: (value: undefined) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<undefined>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // It may fail before someone waits for it.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
