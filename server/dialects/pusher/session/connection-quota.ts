// Decides whether a socket may stay. It needs a place in its app's quota and, if the app demands it, a proof in time.
import type { Clock, Timer } from '../../../base/clock.ts';
import type { App } from '../../../channel/app.ts';
import type { Socket } from '../../dialect.ts';
import { type ErrorSink, NOT_AUTHORIZED, overQuota } from '../refusals.ts';
import type { Admitted } from './admission.ts';
import type { PusherSessions } from './pusher-sessions.ts';

interface QuotaPorts {
  readonly clock: Clock;
  readonly sessions: Pick<PusherSessions, 'reserve' | 'release'>;
}

/** One socket's place in its app's quota, and the deadline for its proof. */
export class ConnectionQuota {
  readonly #socket: Socket;
  readonly #appId: string;
  readonly #ports: QuotaPorts;
  readonly #errors: ErrorSink;
  #reserved: boolean;
  #deadline: Timer;

  /** @param authTimeout how long the proof may take, in ms */
  constructor(socket: Socket, { app, reserved }: Admitted, ports: QuotaPorts, errors: ErrorSink, authTimeout: number) {
    this.#socket = socket;
    this.#appId = app.id;
    this.#ports = ports;
    this.#errors = errors;
    this.#reserved = reserved;
    if (reserved) socket.authenticated();
    else this.#deadline = ports.clock.setTimeout(() => errors.end(NOT_AUTHORIZED), authTimeout);
  }

  /** Whether the socket counts among the connections of its app. */
  get reserved(): boolean {
    return this.#reserved;
  }

  /** Counts the socket among the connections of its app. Closes it and returns false when the quota is used up. */
  reserve(app: App): boolean {
    if (this.#reserved) return true;
    this.#reserved = this.#ports.sessions.reserve(app);
    if (!this.#reserved) this.#errors.end(overQuota(app));
    return this.#reserved;
  }

  release(): void {
    if (this.#reserved) this.#ports.sessions.release(this.#appId);
    this.#reserved = false;
  }

  /** The client has proven itself, so the deadline ends. */
  proven(): void {
    this.#ports.clock.clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#socket.authenticated();
  }

  /** The socket is gone. */
  end(): void {
    this.#ports.clock.clearTimeout(this.#deadline);
    this.release();
  }
}
