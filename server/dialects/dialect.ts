// The contract of a dialect: one wire protocol as a folder of routes and sockets. No dialect lives here.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { RelayError } from '../base/errors.ts';
import type { ChannelEvent, Connection } from '../channel/connection.ts';
import type { HttpAnswer, HttpRequest } from './kit/http-message.ts';
import type { Route } from './kit/route.ts';

/**
 * The paths of a dialect's sockets, as data, so that the relay does not start when two dialects claim the same path:
 * `"/app/:key"`, or `"/app/*"` for `/app` and everything below it. `*` claims every path that no other dialect claims.
 */
export interface PathClaims {
  readonly socket: readonly string[];
  /** Decides between dialects that claim the same path: the higher rank gets it. The default is 0. */
  readonly rank?: number;
  /** What to change in the config when another dialect claims one of the paths too. The error text ends with it. */
  readonly remedy?: string;
}

/** A socket as a session sees it: a connection of the channel core that the session can also answer directly. */
export interface Socket extends Connection {
  /** Address of the peer. It comes from the proxy's header if the config trusts the proxy. */
  readonly remoteAddress: string;
  /** Queues one text frame. All frames of one turn of the event loop leave in one write. */
  send(text: string): void;
  /**
   * Sends a ping. The peer's WebSocket implementation answers it by itself.
   * @param payload at most 125 bytes, which come back with the answer. Such a ping follows everything that was sent before.
   */
  ping(payload?: string): void;
  /** Tells the socket layer that the peer has proven who it is, so that it no longer counts as unauthenticated. */
  authenticated(): void;
}

/** One socket's conversation. The socket layer calls `receive` in order and one at a time. */
export interface Session {
  /**
   * Handles one frame. `null` stands for a binary frame, which no dialect reads. Never throws because of what the peer sent.
   * While a returned promise is pending, the socket layer pauses the socket and hands over no other frame.
   */
  receive(text: string | null): void | Promise<void>;
  /** The peer answered a ping, or sent one. @param payload of the answer; undefined for a ping */
  ponged?(payload?: string): void;
  /**
   * The conversation is over: the peer has sent its Close frame, or the connection has ended. Called exactly once, after
   * the frames before it.
   */
  closed(): void;
}

/** A request for a socket. */
export interface Upgrade {
  /** Path below the configured prefix, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The peer's address, from the proxy's header if the config trusts it. */
  readonly ip: string;
  /** Aborted when the peer is gone or the relay closes. Then no one needs the decision. */
  readonly signal: AbortSignal;
}

/** An answer over HTTP instead of a socket. The text is shown to the peer; without one, the answer has no body. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly text: string;
  /** Further headers. By default the text is plain. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a socket is closed. */
export interface CloseReason {
  readonly code: number;
  /** At most 123 bytes of UTF-8. */
  readonly reason: string;
  /** The only frame that a rejected socket gets. */
  readonly text?: string;
}

/** A dialect made for one relay. */
export interface RunningDialect {
  /** What it answers over HTTP. */
  readonly routes?: readonly Route[];
  /** Formats the answer to an error of one of its routes. Without it, the answer is `{"error", "code"}`. */
  fail?(error: RelayError, request: HttpRequest): HttpAnswer;
  /** Opens the session of a socket, or returns why to close it. In both cases the upgrade has already succeeded. */
  open?(socket: Socket, request: IncomingMessage): Session | CloseReason;
  /** Instead of `open`: decides before the upgrade is answered. Returns a refusal, or a function that opens the session. */
  admit?(upgrade: Upgrade): Promise<UpgradeRefusal | ((socket: Socket) => Session)>;
  /** Longest frame that its sockets may send, in bytes. Without it, the relay's own bound applies. Read for each new socket. */
  readonly maxPayload?: number;
  /**
   * The text of an event on this dialect's wire; undefined when the dialect does not send such events. Called once per
   * published event. With `namesChannel`, also called for every subscription to a channel other than the event's own.
   */
  encode?(event: ChannelEvent, channel: string): string | undefined;
  /** The number of sockets per app id, for the metrics. Apps without sockets may be left out. */
  connections?(): Iterable<readonly [appId: string, count: number]>;
  /** Whether the text of an event depends on the channel through which it arrives. */
  readonly namesChannel?: boolean;
  /** Whether its sessions find dead peers themselves. Then the socket layer still pings the sockets but cuts none off. */
  readonly watchesPeers?: boolean;
  /** Whether its sockets end with their TCP connection and never with a Close frame, because its programs come back only then. */
  readonly endsAbruptly?: boolean;
  /** How to close its sockets when the relay shuts down. Without it, open sockets get 1001 and new ones HTTP 503. */
  readonly shutdownReason?: CloseReason;
  /** How to reject sockets when too many are unauthenticated. Without it, open sockets get 1013 and new ones HTTP 503. */
  readonly overloaded?: CloseReason;
}

/** The export of a dialect's folder. `Ports` is what it needs from the relay, `Config` the part of the config that it reads. */
export interface Dialect<Ports, Config> {
  readonly name: string;
  /** The paths that it claims; a function if they depend on the config. */
  readonly paths: PathClaims | ((config: Config) => PathClaims);
  /** Creates it for one relay; undefined when the config switches it off. Then it claims no paths. */
  create(ports: Ports, config: Config): RunningDialect | undefined | Promise<RunningDialect | undefined>;
}
