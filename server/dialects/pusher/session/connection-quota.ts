// Decides whether a socket may stay. It needs a place in its app's quota and, if the app demands it, a proof in time.

import type { PlaceStore } from '../../../access/guards.ts';
import type { Clock, Timer } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { MaybePromise } from '../../../base/maybe-promise.ts';
import type { App } from '../../../channel/app.ts';
import type { Socket } from '../../dialect.ts';
import { refusalOf } from '../../kit/errors.ts';
import { type ErrorSink, NOT_AUTHORIZED, overQuota, unavailable } from '../refusals.ts';
import type { Admitted } from './admission.ts';

interface QuotaPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly guards: { readonly places: PlaceStore };
}

/** One socket's place in its app's quota, and the deadline for its proof. */
export class ConnectionQuota {
  readonly #socket: Socket;
  readonly #appId: string;
  readonly #ports: QuotaPorts;
  readonly #errors: ErrorSink;
  #reserved = false;
  #isOver = false;
  #deadline: Timer;

  constructor(socket: Socket, { id }: App, ports: QuotaPorts, errors: ErrorSink) {
    this.#socket = socket;
    this.#appId = id;
    this.#ports = ports;
    this.#errors = errors;
  }

  /** Whether the socket counts among the connections of its app. */
  get reserved(): boolean {
    return this.#reserved;
  }

  /**
   * Begins with what the admission found.
   * @param authTimeout how long a proof may take where one is needed, in ms
   * @returns a promise while it is not known whether there is a place; it resolves to false once the socket is closed
   */
  open({ app, reserved }: Admitted, authTimeout: number): undefined | Promise<boolean> {
    if (reserved === false) {
      this.#deadline = this.#ports.clock.setTimeout(() => this.#errors.end(NOT_AUTHORIZED), authTimeout);
      return undefined;
    }
    if (reserved instanceof Promise) {
      return this.#wait(app, reserved).then((isPlaced) => {
        if (isPlaced) this.#socket.authenticated();
        return isPlaced;
      });
    }
    this.#reserved = true;
    this.#socket.authenticated();
    return undefined;
  }

  /** Counts the socket among the connections of its app. Closes it and returns false when the quota is used up. */
  reserve(app: App): MaybePromise<boolean> {
    if (this.#reserved) return true;
    const taken = this.#ports.guards.places.take(this.#appId, app.limits.connections);
    return taken instanceof Promise ? this.#wait(app, taken) : this.#note(app, taken);
  }

  release(): void {
    if (this.#reserved) this.#ports.guards.places.give(this.#appId);
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
    this.#isOver = true;
    this.#ports.clock.clearTimeout(this.#deadline);
    this.release();
  }

  async #wait(app: App, taken: Promise<boolean>): Promise<boolean> {
    try {
      return this.#note(app, await taken);
    } catch (error) {
      this.#errors.end(unavailable(refusalOf(error, this.#ports.logger, { path: 'socket' })));
      return false;
    }
  }

  /** Notes whether there was a place. Gives it back if the socket closed in the meantime. */
  #note(app: App, isTaken: boolean): boolean {
    if (this.#isOver) {
      if (isTaken) this.#ports.guards.places.give(this.#appId);
      return false;
    }
    this.#reserved = isTaken;
    if (!isTaken) this.#errors.end(overQuota(app));
    return isTaken;
  }
}
