// Pings all sockets, so that proxies do not close silent ones, and cuts off peers that are gone: each must show a sign of
// life between two pings. The sockets take turns, so that ten thousand of them do not block everything else.
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../base/clock.ts';

/** A socket that gets pings. */
export interface BeatingPeer {
  readonly ws: Pick<WebSocket, 'isPaused' | 'ping' | 'terminate'>;
  /** Whether it is cut off without a sign of life. False when the dialect finds dead peers itself. */
  readonly watched: boolean;
  readonly socket: { readonly isBackedUp: boolean };
  /** A running number that spreads the sockets over the steps of a round. */
  readonly turn: number;
  /** Whether it has shown a sign of life since the last ping. */
  alive: boolean;
}

/** Shortest time in ms between two steps of a round, and most steps of a round. */
const STEP = 1000;
const MAX_STEPS = 60;

/** The heartbeat of one layer. */
export interface Heartbeat {
  /** Starts it. A second call does nothing. */
  start(): void;
  stop(): void;
}

/** Creates a heartbeat that pings each of the peers every `interval` ms. @param peers live */
export function createHeartbeat(clock: Clock, interval: number, peers: Iterable<BeatingPeer>): Heartbeat {
  const steps = Math.min(MAX_STEPS, Math.max(1, Math.floor(interval / STEP)));
  let step = 0;
  let timer: Timer;

  function ask(peer: BeatingPeer): void {
    // While a frame is being handled the socket is not read, so a pong could not arrive.
    // A ping would wait behind bytes that are still on their way over a slow line.
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
