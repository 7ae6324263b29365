// The contract of a dialect: one wire protocol as a folder of routes and sockets. No dialect lives here.
import type { IncomingMessage } from 'node:http';
import type Router from '@koa/router';
import type { ChannelEvent, Connection } from '../channel/connection.ts';
import type { HotPath } from './kit/http-message.ts';

/**
 * What a dialect answers, as data, so that two claims on one path stop the start.
 * `http`: `"GET /v1/devices/:name"`; `socket`: `"/app/:key"`, or `"/app/*"` for all that is deeper; `*` claims all that
 * nobody else does.
 */
export interface PathClaims {
  readonly http: readonly string[];
  readonly socket: readonly string[];
  /** What the config can do where another dialect claims one of them as well, as an instruction. */
  readonly remedy?: string;
}

/** A socket as a session sees it: what the channel core needs, and direct answers. */
export interface Socket extends Connection {
  /** Address of the peer, taken from the proxy's header when the config trusts it. */
  readonly remoteAddress: string;
  /** Queues one text frame; frames of one turn leave in one write. */
  send(text: string): void;
  /** Asks the peer for a pong, which its WebSocket implementation gives by itself. */
  ping(): void;
  /** Tells the socket layer that the peer proved who it is, which ends its place among the unauthenticated. */
  authenticated(): void;
}

/** One socket's conversation. The socket layer calls `receive` in order and one at a time. */
export interface Session {
  /**
   * One frame; `null` for a binary one, which no dialect reads. Never throws for what the peer sent.
   * While a returned promise is pending, the socket is paused and no further frame comes.
   */
  receive(text: string | null): void | Promise<void>;
  /** The peer answered a ping, or sent one. */
  ponged?(): void;
  /**
   * The conversation is over: the peer has sent its Close frame, or the connection has ended. Called exactly once, after
   * the frames before it.
   */
  closed(): void;
}

/** A socket that asks to be let in. */
export interface Upgrade {
  /** Path below the configured prefix, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly remoteAddress: string;
  /** Ends when the peer has gone or the relay ends: the decision is of no use any more. */
  readonly signal: AbortSignal;
}

/** An answer over HTTP in place of a socket; the text is shown to the peer. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly text: string;
}

/** How a socket is closed. */
export interface CloseReason {
  readonly code: number;
  /** At most 123 bytes of UTF-8. */
  readonly reason: string;
  /** The only frame for a socket that is turned away. */
  readonly text?: string;
}

/** A dialect made for one relay. */
export interface RunningDialect {
  routes?(router: Router): void;
  readonly hotPath?: HotPath;
  /** Makes the session of a socket, whose upgrade is answered whoever it is, or says how it is turned away. */
  open?(socket: Socket, request: IncomingMessage): Session | CloseReason;
  /** In place of `open`: decides before the upgrade is answered, and gives what makes the session. */
  admit?(upgrade: Upgrade): Promise<UpgradeRefusal | ((socket: Socket) => Session)>;
  /** Longest frame in bytes that its sockets may send, where its protocol has a bound of its own; read for each socket. */
  readonly maxPayload?: number;
  /**
   * The text of an event on this dialect's wire, or undefined where it has none. Called once per published event; where
   * `namesChannel` is set, anew for every subscription to another channel than the event's own.
   */
  encode?(event: ChannelEvent, channel: string): string | undefined;
  /** How many sockets each app has, by its id, for the metrics; apps without any may be left out. */
  connections?(): Iterable<readonly [appId: string, count: number]>;
  /** Whether the texts of this dialect depend on the channel that brings the event. */
  readonly namesChannel?: boolean;
  /** Whether its sessions look for dead peers themselves, with times of their own; the socket layer pings these as well. */
  readonly watchesPeers?: boolean;
  /** How its sockets are closed while the relay closes. Otherwise open ones get 1001, and new ones HTTP 503. */
  readonly shutdownReason?: CloseReason;
  /** How its sockets are turned away when too many are unauthenticated. Otherwise open ones get 1013, and new ones HTTP 503. */
  readonly overloaded?: CloseReason;
}

/** A dialect folder's export. `Ports` are the few functions of the relay that it needs, `Config` what it reads. */
export interface Dialect<Ports, Config> {
  readonly name: string;
  /** What it claims; a function where the config decides. */
  readonly paths: PathClaims | ((config: Config) => PathClaims);
  /** Makes it for one relay; undefined where the config switches it off, and then it claims nothing. */
  create(ports: Ports, config: Config): RunningDialect | undefined | Promise<RunningDialect | undefined>;
}
