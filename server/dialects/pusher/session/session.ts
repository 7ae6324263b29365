// The session of one socket, from its first frame to its end.
import { RelayError } from '../../../base/errors.ts';
import { then } from '../../../base/maybe-promise.ts';
import type { App, AppLimits } from '../../../channel/app.ts';
import { watchEvent } from '../../../channel/users.ts';
import type { Session, Socket } from '../../dialect.ts';
import { type ClientFrame, dataOf, errorFrame, established, PING, PONG, readFrame, signinSuccess } from '../frames.ts';
import type { PusherConfig, PusherPorts } from '../ports.ts';
import {
  type Closing,
  closeReason,
  type ErrorSink,
  INVALID,
  NO_PONG,
  OUTDATED,
  quote,
  RECONNECT,
  UNAUTHORIZED,
  WATCHLIST_TOO_LONG,
} from '../refusals.ts';
import type { Admitted } from './admission.ts';
import type { User } from './authorize.ts';
import { ClientEvents } from './client-events.ts';
import { ConnectionQuota } from './connection-quota.ts';
import type { DeviceSink } from './device.ts';
import { FrameBound } from './frame-bound.ts';
import type { Liveness, WatchedClient } from './liveness.ts';
import type { PusherSessions } from './pusher-sessions.ts';
import { reportedSocket } from './reported-socket.ts';
import { readSignin, type Signin } from './signin.ts';
import { Subscriptions } from './subscriptions.ts';

const BINARY_REFUSED = 1003;

/** Bound on frames: enough for an SDK that reconnects with a thousand channels, and for a busy page after that. */
const FRAMES = { burst: 1_100, perSecond: 50 };

/** What all sessions of a relay share. */
export interface SessionPorts extends PusherPorts {
  readonly sessions: PusherSessions;
  livenessOf(limits: AppLimits): Liveness;
}

/** The session of an admitted socket. */
export class PusherSession implements Session, ErrorSink, DeviceSink, WatchedClient {
  readonly appId: string;
  /** The key with which the client connected. */
  readonly key: string;
  readonly #socket: Socket;
  readonly #ports: SessionPorts;
  readonly #admitted: App;
  readonly #liveness: Liveness;
  readonly #frames: FrameBound;
  readonly #quota: ConnectionQuota;
  /** When the socket connected, as `PusherSessions` counts. */
  readonly #moment: number;
  readonly #subscriptions: Subscriptions;
  /** Pending while it is not known whether the app has a place for the socket. Until then nothing is sent or read. */
  #opening: Promise<void> | undefined;
  #clientEvents: ClientEvents | undefined;
  #user: User | undefined;
  #closed = false;

  constructor(socket: Socket, admitted: Admitted, ports: SessionPorts, config: PusherConfig) {
    const { app, key } = admitted;
    const now = ports.clock.monotonic();
    this.#socket = reportedSocket(socket, app, (...reported) => ports.report(this.#app, ...reported));
    this.#ports = ports;
    this.#admitted = app;
    this.appId = app.id;
    this.key = key;
    this.#frames = new FrameBound(FRAMES, now, this);
    this.#liveness = ports.livenessOf(app.limits);
    this.#liveness.sign(this, now);
    ports.sessions.add(this.#socket, this);
    this.#quota = new ConnectionQuota(this.#socket, app, ports, this);
    this.#subscriptions = new Subscriptions(this.#socket, ports, this, this.#quota);
    this.#moment = ports.sessions.moment;
    const placed = this.#quota.open(admitted, config.websocket.authTimeout);
    if (placed === undefined) this.#greet();
    else {
      this.#opening = placed.then((isPlaced) => {
        this.#opening = undefined;
        if (isPlaced) this.#greet();
      });
    }
  }

  receive(text: string | null): void | Promise<void> {
    if (this.#closed) return undefined;
    if (this.#opening !== undefined) return this.#opening.then(() => this.receive(text));
    const now = this.#ports.clock.monotonic();
    this.#liveness.sign(this, now);
    if (text === null) {
      this.end({ code: BINARY_REFUSED, message: 'Binary frames are not supported' });
      return undefined;
    }
    const frame = readFrame(text);
    if (frame?.event.startsWith('client-')) {
      this.#clientEvents ??= new ClientEvents(this.#socket, this.#ports, this, this.#frames);
      this.#clientEvents.take(this.#app, frame, now);
    } else if (this.#frames.allows(now)) {
      if (frame !== undefined) return this.#handle(frame)?.catch((error: unknown) => this.#lost(error));
      this.error(null, INVALID);
    }
    return undefined;
  }

  /** The nodes that share the backend cannot be reached: the client should connect again. */
  #lost(error: unknown): void {
    if (!(error instanceof RelayError)) this.#ports.logger.error({ err: error }, 'socket fault');
    this.end(RECONNECT);
  }

  ponged(): void {
    if (!this.#closed) this.#liveness.sign(this, this.#ports.clock.monotonic());
  }

  closed(): void {
    this.#leave();
  }

  error(code: number | null, message: string): void {
    this.#send(errorFrame(code, message));
  }

  ask(): void {
    this.#socket.ping();
    this.#socket.send(PING);
  }

  giveUp(): void {
    this.end(NO_PONG);
  }

  /** Sends the reason and closes. Frames that still arrive are ignored. */
  end({ code, message }: Closing): void {
    if (this.#closed) return;
    if (code >= 4000) this.#send(errorFrame(code, message));
    this.#leave();
    this.#socket.close(code, closeReason(message));
  }

  becomesDevice(device: string): boolean {
    const { sessions, isShared } = this.#ports;
    if (isShared && sessions.isOutdated(this.#moment, device)) {
      this.end(OUTDATED);
      return false;
    }
    sessions.admitDevice(this.#socket.id, device);
    return true;
  }

  /** The app as it is now. Its keys and limits may have changed since the socket connected. */
  get #app(): App {
    return this.#ports.apps.byId(this.appId) ?? this.#admitted;
  }

  #leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { channels, users, sessions } = this.#ports;
    this.#liveness.stop(this);
    sessions.remove(this.#socket);
    this.#quota.end();
    users.signOut(this.#socket);
    channels.disconnect(this.#socket);
  }

  #greet(): void {
    // Clients refuse a timeout of 0.
    this.#send(established(this.#socket.id, Math.max(1, Math.floor(this.#admitted.limits.activityTimeoutSec))));
  }

  #send(frame: string): void {
    this.#socket.send(frame);
  }

  #handle(frame: ClientFrame): void | Promise<void> {
    switch (frame.event) {
      case 'pusher:ping':
        this.#send(PONG);
        return undefined;
      case 'pusher:pong':
        return undefined;
      case 'pusher:subscribe':
        return this.#subscriptions.subscribe(this.#app, this.#user, dataOf(frame));
      case 'pusher:unsubscribe':
        this.#subscriptions.unsubscribe(this.#app, dataOf(frame));
        return undefined;
      case 'pusher:signin':
        return this.#signin(dataOf(frame));
      default:
        this.error(null, `Unsupported event received on socket: ${quote(frame.event)}`);
        return undefined;
    }
  }

  #signin(data: Readonly<Record<string, unknown>>): void | Promise<void> {
    const app = this.#app;
    const read = readSignin(app, this.#socket.id, data);
    if (!read.ok || (this.#user !== undefined && this.#user.id !== read.user.id)) {
      this.error(UNAUTHORIZED, read.ok ? 'The connection is signed in as another user' : read.message);
      return undefined;
    }
    return then(this.#quota.reserve(app), (isPlaced) => (isPlaced ? this.#signedIn(this.#app, read) : undefined));
  }

  #signedIn(app: App, read: Signin): void | Promise<void> {
    // A user of the relay's app is a device.
    if (app.id === this.#ports.relayApp.id && !this.becomesDevice(read.user.id)) return undefined;
    this.#quota.proven();
    this.#user = read.user;
    const watched = app.watchlistEvents ? read.watchlist.slice(0, app.limits.watchlist) : [];
    this.#send(signinSuccess(read.userData));
    return then(this.#ports.users.signIn(app, this.#socket, read.user.id, watched), (state) => {
      if (watched.length > 0) this.#socket.deliver([watchEvent(state)], '');
      if (app.watchlistEvents && read.watchlist.length > watched.length) {
        this.error(
          WATCHLIST_TOO_LONG,
          `The watchlist is longer than ${app.limits.watchlist} users; the others are ignored`,
        );
      }
    });
  }
}
