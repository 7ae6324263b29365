// Whether a socket may stay: it needs a place of its app's quota and, where the app asks for one, a proof in time.

import type { Clock, Timer } from '../../../base/clock.ts';
import type { App } from '../../../channel/app.ts';
import type { Socket } from '../../dialect.ts';
import { NOT_AUTHORIZED, overQuota } from '../refusals.ts';
import type { Admitted } from './admission.ts';
import type { Peer } from './peer.ts';
import type { Peers } from './peers.ts';

interface StandingPorts {
  readonly clock: Clock;
  readonly peers: Pick<Peers, 'takePlace' | 'givePlace'>;
}

/** One socket's place and proof. */
export class Standing {
  readonly #socket: Socket;
  readonly #appId: string;
  readonly #ports: StandingPorts;
  readonly #peer: Peer;
  #placed: boolean;
  #deadline: Timer;

  /** @param authTimeout how long the proof may take, in ms */
  constructor(socket: Socket, { app, placed }: Admitted, ports: StandingPorts, peer: Peer, authTimeout: number) {
    this.#socket = socket;
    this.#appId = app.id;
    this.#ports = ports;
    this.#peer = peer;
    this.#placed = placed;
    if (placed) socket.authenticated();
    else this.#deadline = ports.clock.setTimeout(() => peer.end(NOT_AUTHORIZED), authTimeout);
  }

  /** Whether it holds a place. */
  get placed(): boolean {
    return this.#placed;
  }

  /** Makes the socket one of the app's connections; without a place left it is closed, and this is false. */
  take(app: App): boolean {
    if (this.#placed) return true;
    this.#placed = this.#ports.peers.takePlace(app);
    if (!this.#placed) this.#peer.end(overQuota(app));
    return this.#placed;
  }

  /** Gives the place back. */
  give(): void {
    if (this.#placed) this.#ports.peers.givePlace(this.#appId);
    this.#placed = false;
  }

  /** The peer may stay: it has given a proof. */
  proven(): void {
    this.#ports.clock.clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#socket.authenticated();
  }

  /** The socket is gone. */
  end(): void {
    this.#ports.clock.clearTimeout(this.#deadline);
    this.give();
  }
}
