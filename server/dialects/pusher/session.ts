// One socket of the dialect: let in or turned away, then frames until it closes. Sections 1.3 to 1.14 of the protocol.
import type { Grant } from '../../channel/admission.ts';
import type { App } from '../../channel/app.ts';
import { type ChannelKind, checkChannelName, kindOfChannel } from '../../channel/channel-name.ts';
import { watchEvent } from '../../channel/users.ts';
import type { Timer } from '../../clock.ts';
import type { Session, Socket } from '../dialect.ts';
import type { Admitted } from './admission.ts';
import { authorize, type Proven, type User } from './authorize.ts';
import { ClientEvents } from './client-events.ts';
import { joined } from './device.ts';
import { FrameBound, type Peer } from './frame-bound.ts';
import {
  type ClientFrame,
  cacheMiss,
  dataOf,
  errorFrame,
  established,
  PING,
  PONG,
  readFrame,
  signinSuccess,
  subscriptionError,
  subscriptionSucceeded,
  unsubscriptionSucceeded,
} from './frames.ts';
import { Liveness } from './liveness.ts';
import type { Peers } from './peers.ts';
import type { PusherConfig, PusherPorts } from './ports.ts';
import {
  type Closing,
  closeReason,
  NO_PONG,
  NOT_AUTHORIZED,
  OVER_QUOTA,
  quote,
  type SubscriptionRefusal,
  subscribeRefusal,
  UNAUTHORIZED,
  WATCHLIST_TOO_LONG,
} from './refusals.ts';
import { reportedSocket } from './reported-socket.ts';
import { readSignin } from './signin.ts';

const BINARY_REFUSED = 1003;

/** Frames that are answered: enough for an SDK that comes back with a thousand channels, and for a busy page after that. */
const FRAMES = { burst: 1_100, perSecond: 50 };

const INVALID = 'Invalid message format';

/** What all sessions of a relay share. */
export interface SessionPorts extends PusherPorts {
  readonly peers: Peers;
}

/** One socket that was let in. */
export class PusherSession implements Session, Peer {
  readonly appId: string;
  /** The key by which the socket came. */
  readonly key: string;
  readonly #socket: Socket;
  readonly #ports: SessionPorts;
  readonly #admitted: App;
  readonly #liveness: Liveness;
  readonly #frames: FrameBound;
  #clientEvents: ClientEvents | undefined;
  #user: User | undefined;
  #deadline: Timer;
  /** Holds a place of the app's quota. */
  #placed: boolean;
  #closed = false;

  constructor(socket: Socket, { app, key, placed }: Admitted, ports: SessionPorts, config: PusherConfig) {
    const { clock } = ports;
    const { activityTimeoutSec, pongTimeoutSec } = app.limits;
    this.#socket = reportedSocket(socket, app, (...heard) => ports.report(this.#app, ...heard));
    this.#ports = ports;
    this.#admitted = app;
    this.appId = app.id;
    this.key = key;
    this.#placed = placed;
    this.#frames = new FrameBound(FRAMES, clock.now(), this);
    this.#liveness = new Liveness(
      { activity: activityTimeoutSec * 1000, pong: pongTimeoutSec * 1000 },
      { clock, ask: () => this.#ask(), giveUp: () => this.end(NO_PONG) },
    );
    ports.peers.add(this.#socket, this);
    if (placed) socket.authenticated();
    else this.#deadline = clock.setTimeout(() => this.end(NOT_AUTHORIZED), config.websocket.authTimeout);
    // Clients take less than a second for no answer at all.
    this.#send(established(socket.id, Math.max(1, Math.floor(activityTimeoutSec))));
  }

  receive(text: string | null): void {
    if (this.#closed) return;
    const now = this.#ports.clock.now();
    this.#liveness.sign(now);
    if (text === null) {
      this.end({ code: BINARY_REFUSED, message: 'Binary frames are not supported' });
      return;
    }
    const frame = readFrame(text);
    if (frame?.event.startsWith('client-')) {
      this.#clientEvents ??= new ClientEvents(this.#socket, this.#ports, this, this.#frames);
      this.#clientEvents.take(this.#app, frame, now);
    } else if (this.#frames.allows(now)) {
      if (frame === undefined) this.error(null, INVALID);
      else this.#handle(frame);
    }
  }

  ponged(): void {
    this.#liveness.sign(this.#ports.clock.now());
  }

  closed(): void {
    this.#leave();
  }

  error(code: number | null, message: string): void {
    this.#send(errorFrame(code, message));
  }

  /** Says why and closes; what still comes until the peer answers is not read. */
  end({ code, message }: Closing): void {
    if (this.#closed) return;
    if (code >= 4000) this.#send(errorFrame(code, message));
    this.#leave();
    this.#socket.close(code, closeReason(message));
  }

  /** The app as it is now; its keys and bounds may have changed since the socket was let in. */
  get #app(): App {
    return this.#ports.apps.byId(this.appId) ?? this.#admitted;
  }

  #leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { channels, users, peers, clock } = this.#ports;
    clock.clearTimeout(this.#deadline);
    this.#liveness.stop();
    peers.remove(this.#socket);
    this.#givePlace();
    users.signOut(this.#socket);
    channels.disconnect(this.#socket);
  }

  #send(frame: string): void {
    this.#socket.send(frame);
  }

  #ask(): void {
    this.#socket.ping();
    this.#socket.send(PING);
  }

  /** Makes this one of the app's connections; without a place left it closes. */
  #takePlace(): boolean {
    if (this.#placed) return true;
    this.#placed = this.#ports.peers.takePlace(this.#app);
    if (!this.#placed) this.end(OVER_QUOTA);
    return this.#placed;
  }

  #givePlace(): void {
    if (this.#placed) this.#ports.peers.givePlace(this.appId);
    this.#placed = false;
  }

  /** The peer may stay: its app asks for no proof, or it has given one. */
  #proven(): void {
    this.#ports.clock.clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#socket.authenticated();
  }

  #handle(frame: ClientFrame): void {
    switch (frame.event) {
      case 'pusher:ping':
        this.#send(PONG);
        break;
      case 'pusher:pong':
        break;
      case 'pusher:subscribe':
        this.#subscribe(dataOf(frame));
        break;
      case 'pusher:unsubscribe':
        this.#unsubscribe(dataOf(frame));
        break;
      case 'pusher:signin':
        this.#signin(dataOf(frame));
        break;
      default:
        this.error(null, `Unsupported event received on socket: ${quote(frame.event)}`);
    }
  }

  #subscribe(data: Readonly<Record<string, unknown>>): void {
    const { channel } = data;
    if (typeof channel !== 'string') {
      this.error(null, INVALID);
      return;
    }
    const refusal = this.#join(channel, data);
    if (refusal === undefined) return;
    this.error(refusal.code, refusal.message);
    if (refusal.error !== undefined) this.#send(subscriptionError(channel, refusal.error));
  }

  #join(channel: string, data: Readonly<Record<string, unknown>>): SubscriptionRefusal | undefined {
    const app = this.#app;
    const kind = kindOfChannel(channel);
    const proof = kind.private || kind.user ? this.#prove(app, channel, kind, data) : undefined;
    if (proof !== undefined && 'message' in proof) return proof;
    const hadPlace = this.#placed;
    if (proof !== undefined && !this.#takePlace()) return undefined;
    const grant = this.#ports.channels.subscribe(app, this.#socket, channel, {
      member: proof?.member,
      greet: (granted) => this.#greet(app, granted),
    });
    if (!grant.ok) {
      // Who is refused has joined nothing, however good its proof.
      if (!hadPlace) this.#givePlace();
      return subscribeRefusal(grant.reason, channel);
    }
    if (proof !== undefined) this.#proven();
    joined(this.#ports, app, grant);
    return undefined;
  }

  #prove(
    app: App,
    channel: string,
    kind: ChannelKind,
    data: Readonly<Record<string, unknown>>,
  ): Proven | SubscriptionRefusal {
    const badName = checkChannelName(channel, app.limits.channelNameLen);
    if (badName !== undefined) return subscribeRefusal(badName, channel);
    if (this.#ports.channels.subscription(app, this.#socket, channel)) return subscribeRefusal('exists', channel);
    return authorize({ app, socketId: this.#socket.id, user: this.#user }, channel, kind, data);
  }

  #greet(app: App, granted: Grant): void {
    const { channel, cached } = granted;
    this.#send(subscriptionSucceeded(granted));
    if (cached === 'miss') {
      this.#send(cacheMiss(channel));
      this.#ports.report(app, { name: 'cache_miss', channel });
    } else if (cached !== undefined) this.#socket.deliver([cached], channel);
  }

  #unsubscribe({ channel }: Readonly<Record<string, unknown>>): void {
    if (typeof channel !== 'string') {
      this.error(null, INVALID);
      return;
    }
    const app = this.#app;
    const left = this.#ports.channels.unsubscribe(app, this.#socket, channel);
    if (!left.ok) {
      this.error(null, `No current subscription to channel ${quote(channel)}, or subscription in progress`);
    } else if (app.webman) this.#send(unsubscriptionSucceeded(channel));
  }

  #signin(data: Readonly<Record<string, unknown>>): void {
    const app = this.#app;
    const read = readSignin(app, this.#socket.id, data);
    if (!read.ok || (this.#user !== undefined && this.#user.id !== read.user.id)) {
      this.error(UNAUTHORIZED, read.ok ? 'The connection is signed in as another user' : read.message);
      return;
    }
    if (!this.#takePlace()) return;
    this.#proven();
    this.#user = read.user;
    const watched = app.watchlistEvents ? read.watchlist.slice(0, app.limits.watchlist) : [];
    this.#send(signinSuccess(read.userData));
    const state = this.#ports.users.signIn(app, this.#socket, read.user.id, watched);
    if (watched.length > 0) this.#socket.deliver([watchEvent(state)], '');
    if (app.watchlistEvents && read.watchlist.length > watched.length) {
      this.error(
        WATCHLIST_TOO_LONG,
        `The watchlist is longer than ${app.limits.watchlist} users; the others are ignored`,
      );
    }
  }
}
