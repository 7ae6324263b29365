// Pings all sockets, which also keeps proxies from closing those that say nothing, and finds those whose peers are gone:
// each has to show a sign of life between two pings. Sockets take turns, so that ten thousand of them stop nothing else.
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../base/clock.ts';

/** A socket that is asked. */
export interface BeatingPeer {
  readonly ws: Pick<WebSocket, 'isPaused' | 'ping' | 'terminate'>;
  /** Whether it is cut off without a sign of life; false where the dialect looks for dead peers itself. */
  readonly watched: boolean;
  readonly socket: { readonly isBackedUp: boolean };
  /** Counts the sockets, and so spreads them over the steps of a round. */
  readonly turn: number;
  /** Whether it was heard since the last ping. */
  alive: boolean;
}

/** Least time between two steps of a round, in ms, and how many steps it has at most. */
const STEP = 1000;
const MAX_STEPS = 60;

/** The heartbeat of one layer. */
export interface Heartbeat {
  /** Begins; a second call does nothing. */
  start(): void;
  stop(): void;
}

/** Makes a heartbeat that asks each of the peers, as they are then, every `interval` ms. */
export function createHeartbeat(clock: Clock, interval: number, peers: Iterable<BeatingPeer>): Heartbeat {
  const steps = Math.min(MAX_STEPS, Math.max(1, Math.floor(interval / STEP)));
  let step = 0;
  let timer: Timer;

  function ask(peer: BeatingPeer): void {
    // While a frame is being handled nothing is read, so a pong could not be seen.
    // A ping would wait behind what waits for the peer, whose line may be slow.
    if (peer.ws.isPaused || peer.socket.isBackedUp) peer.alive = true;
    else if (peer.watched && !peer.alive) peer.ws.terminate();
    else {
      peer.alive = false;
      peer.ws.ping();
    }
  }

  function beat(): void {
    step = (step + 1) % steps;
    for (const peer of peers) if ((peer.turn + step) % steps === 0) ask(peer);
    timer = clock.setTimeout(beat, interval / steps);
  }

  return {
    start() {
      timer ??= clock.setTimeout(beat, interval / steps);
    },
    stop: () => clock.clearTimeout(timer),
  };
}
