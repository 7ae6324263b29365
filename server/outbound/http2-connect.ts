// Opens connections for HTTP/2: the handshake, and the start of the session. Not here: which requests use them (http2.ts).
import { type ClientHttp2Session, connect } from 'node:http2';
import { isIP, type LookupFunction } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { type Deadline, startDeadline } from '../base/deadline.ts';
import { hostOf } from './public-address.ts';

/** What {@link createConnector} works with. */
export interface Http2Options {
  readonly clock: Clock;
  /** Longest time in ms that opening a connection may take. */
  readonly timeout: number;
  /** Certificates to trust in place of Node's. */
  readonly ca?: string;
  /** Resolves the host of a target; fails for a host that must not be called. */
  readonly lookup?: LookupFunction;
}

/** A session that has begun, and the socket below it. */
export interface OpenSession {
  readonly session: ClientHttp2Session;
  readonly socket: TLSSocket;
}

/** Keeps what the last handshake with a target gave. */
export interface TicketHolder {
  /** Lets the next handshake be shorter. */
  ticket: Buffer | undefined;
}

/** Opens connections. */
export interface Connector {
  /**
   * Opens a connection to the origin of a URL. Resolves to undefined if the target offers only HTTP/1.1, or offers HTTP/2
   * and does not begin it. Rejects if there is no connection.
   */
  open(url: URL, holder: TicketHolder): Promise<OpenSession | undefined>;
  /** Ends the openings under way. */
  abort(): void;
}

/** Makes a connector. */
export function createConnector({ clock, timeout, ca, lookup }: Http2Options): Connector {
  const openings = new Set<Deadline>();

  function connectSocket(url: URL, holder: TicketHolder): TLSSocket {
    const host = hostOf(url);
    const socket = connectTls({
      host,
      port: url.port === '' ? 443 : Number(url.port),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...(lookup === undefined ? {} : { lookup }),
      ...(holder.ticket === undefined ? {} : { session: holder.ticket }),
    });
    socket.on('session', (ticket) => {
      holder.ticket = ticket;
    });
    return socket;
  }

  return {
    async open(url, holder) {
      const opening = startDeadline({ clock, timeout });
      openings.add(opening);
      const socket = connectSocket(url, holder);
      const end = () => socket.destroy(new Error('no connection in time'));
      opening.signal.addEventListener('abort', end, { once: true });
      let isOpen = false;
      try {
        await secured(socket);
        const session = socket.alpnProtocol === 'h2' ? await startSession(url.origin, socket) : undefined;
        if (session === undefined) return undefined;
        if (isOver(session)) throw connectionClosed();
        isOpen = true;
        return { session, socket };
      } finally {
        if (!isOpen) {
          socket.destroy();
          // The target may be unable to go on with a short handshake.
          holder.ticket = undefined;
        }
        opening.clear();
        openings.delete(opening);
      }
    },
    abort() {
      for (const opening of openings) opening.abort();
    },
  };
}

/** Whether a session takes no further request. */
export function isOver({ closed, destroyed }: ClientHttp2Session): boolean {
  return closed || destroyed;
}

/** The error of a connection that ended. */
export function connectionClosed(): Error {
  return Object.assign(new Error('closed'), { code: 'ECONNRESET' });
}

function secured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(connectionClosed()));
  });
}

/**
 * Starts a session; resolves when the target has said how many requests it allows at once, or to undefined if it ends
 * without that: it, or a device in between, offers HTTP/2 and does not speak it.
 */
function startSession(origin: string, socket: TLSSocket): Promise<ClientHttp2Session | undefined> {
  return new Promise((resolve) => {
    const session = connect(origin, { createConnection: () => socket, settings: { enablePush: false } });
    session.once('remoteSettings', () => resolve(session));
    // The requests under way fail with it. Later errors of a session have no other listener.
    session.on('error', () => resolve(undefined));
    session.once('close', () => resolve(undefined));
  });
}
