// Requests over HTTP/2: many at once on one connection, to targets that offer it. Not here: how a connection is opened
// (http2-connect.ts), HTTP/1.1, and proxies.
import { BoundedMap } from '../base/bounded-map.ts';
import type { Deadline } from '../base/deadline.ts';
import {
  connectionClosed,
  createConnector,
  type Http2Options,
  isOver,
  type OpenSession,
  type TicketHolder,
} from './http2-connect.ts';
import { type Exchange, exchange, type PlainRequest, type ReadBounds } from './http2-exchange.ts';

/** The HTTP/2 connections of one client. */
export interface Http2 {
  /**
   * Sends once, or a second time if the target has certainly not read the request. Resolves to undefined if the target
   * offers only HTTP/1.1. Rejects if no answer came, also when the deadline aborts.
   */
  send(request: PlainRequest, bounds: ReadBounds, deadline: Deadline): Promise<Exchange | undefined>;
  /** Closes every connection. */
  destroy(): void;
}

/** One connection. */
interface Connection extends OpenSession {
  /** Requests under way. */
  streams: number;
  /** Whether it has brought an answer. */
  isProven: boolean;
  /** Whether no further request may use it. */
  isRetired: boolean;
}

/** The connections to one origin. */
interface Origin extends TicketHolder {
  readonly connections: Set<Connection>;
  /** Shared by the requests that wait for it. Resolves to undefined if the target offers only HTTP/1.1. */
  opening: Promise<Connection | undefined> | undefined;
}

/** The most requests on one connection, if the target allows as many. Further ones open another connection. */
const MAX_STREAMS = 100;
/** How long in ms an idle connection stays open, as with HTTP/1.1. */
const IDLE = 4000;
/** The most idle connections, over all targets. */
const MAX_IDLE = 32;
/** Devices choose the targets, so what is remembered about them needs a bound. */
const MAX_ORIGINS = 1000;
/** How long in ms a target is known to offer only HTTP/1.1. */
const HTTP1_TTL = 3_600_000;

/** Makes the connections of one client. It opens none yet. */
export function createHttp2(options: Http2Options): Http2 {
  const { clock } = options;
  const origins = new BoundedMap<string, Origin>(clock, { maxEntries: MAX_ORIGINS });
  const http1 = new BoundedMap<string, true>(clock, { maxEntries: MAX_ORIGINS, ttl: HTTP1_TTL });
  const all = new Set<Connection>();
  const idle = new Set<Connection>();
  const connector = createConnector(options);

  async function connectTo(url: URL, to: Origin): Promise<Connection | undefined> {
    const opened = await connector.open(url, to);
    if (opened !== undefined) return add(opened, to);
    http1.set(url.origin, true);
    return undefined;
  }

  function add({ session, socket }: OpenSession, to: Origin): Connection {
    const connection: Connection = { session, socket, streams: 0, isProven: false, isRetired: false };
    to.connections.add(connection);
    all.add(connection);
    idle.add(connection);
    session.setTimeout(IDLE, () => {
      if (connection.streams === 0) end(connection);
    });
    session.on('goaway', () => retire(connection));
    session.on('close', () => {
      for (const set of [to.connections, all, idle]) set.delete(connection);
    });
    return connection;
  }

  /** Reserves a place on a connection; undefined if the target offers only HTTP/1.1. */
  async function acquire(url: URL, { signal }: Deadline): Promise<Connection | undefined> {
    const { origin } = url;
    let to = origins.get(origin);
    if (to === undefined) {
      to = { connections: new Set(), opening: undefined, ticket: undefined };
      origins.set(origin, to);
    }
    for (;;) {
      for (const connection of to.connections) {
        if (!isFree(connection)) continue;
        connection.streams += 1;
        idle.delete(connection);
        return connection;
      }
      to.opening ??= connectTo(url, to).finally(() => {
        to.opening = undefined;
      });
      const opened = await orAborted(to.opening, signal);
      if (opened === undefined) return undefined;
      // Another connection would end as soon.
      if (isOver(opened.session)) throw connectionClosed();
    }
  }

  function release(connection: Connection): void {
    connection.streams -= 1;
    if (connection.streams > 0) return;
    if (connection.isRetired || isOver(connection.session)) {
      end(connection);
      return;
    }
    idle.add(connection);
    for (const oldest of idle) {
      if (idle.size <= MAX_IDLE) break;
      end(oldest);
    }
  }

  /** Closes a connection without waiting for the target, which may never close its side. */
  function end(connection: Connection): void {
    connection.isRetired = true;
    idle.delete(connection);
    connection.socket.destroy();
  }

  /** Lets no further request use a connection, and closes it when those under way are over. */
  function retire(connection: Connection): void {
    connection.isRetired = true;
    if (connection.streams === 0) end(connection);
  }

  return {
    async send(request, bounds, deadline) {
      for (let isRepeat = false; ; isRepeat = true) {
        if (deadline.signal.aborted) throw new Error('aborted');
        if (http1.has(request.url.origin)) return undefined;
        const connection = await acquire(request.url, deadline);
        if (connection === undefined) return undefined;
        const { session } = connection;
        const answer = await exchange(session, request, bounds, deadline.signal, () => release(connection));
        if (answer.error === undefined) {
          connection.isProven = true;
          return answer;
        }
        // A connection on which nothing comes may be dead without a sign of it.
        if (deadline.timedOut) retire(connection);
        // As with HTTP/1.1, a connection that ends just as it is used again is no failure of the target.
        const isUnread = answer.wasRefused || (session.destroyed && connection.isProven);
        if (isRepeat || !isUnread || deadline.signal.aborted) throw answer.error;
      }
    },
    destroy() {
      connector.abort();
      for (const connection of all) end(connection);
    },
  };
}

function isFree({ session, streams, isRetired }: Connection): boolean {
  if (isRetired || isOver(session)) return false;
  // A target that allows none now may allow some before the deadline.
  const allowed = Math.max(1, session.remoteSettings.maxConcurrentStreams ?? MAX_STREAMS);
  return streams < Math.min(allowed, MAX_STREAMS);
}

/** Rejects as soon as the signal aborts. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error('aborted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
