// Pings all sockets, so that proxies do not close silent ones. Cuts off peers that show no sign of life between two pings. A
// round has several steps with a part of the sockets each, so that ten thousand sockets do not block everything else.
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../base/clock.ts';

/** A socket that gets pings. */
export interface BeatingPeer {
  readonly ws: Pick<WebSocket, 'isPaused' | 'ping' | 'terminate'>;
  /** Whether to cut it off when it shows no sign of life. False when the dialect finds dead peers itself. */
  readonly watched: boolean;
  readonly socket: { readonly isBackedUp: boolean };
  /** A running number that spreads the sockets over the steps of a round. */
  readonly turn: number;
  /** Whether it has shown a sign of life since the last ping. */
  alive: boolean;
}

/** Shortest time in ms between two steps of a round. */
const STEP = 1000;
const MAX_STEPS = 60;

/** The heartbeat of one socket layer. */
export interface Heartbeat {
  /** Starts it. A second call does nothing. */
  start(): void;
  stop(): void;
}

/** Creates a heartbeat that pings each peer every `interval` ms. @param peers a live set; each step reads it again */
export function createHeartbeat(clock: Clock, interval: number, peers: Iterable<BeatingPeer>): Heartbeat {
  const steps = Math.min(MAX_STEPS, Math.max(1, Math.floor(interval / STEP)));
  let step = 0;
  let timer: Timer;

  function ask(peer: BeatingPeer): void {
    // A paused socket is not read, so its pong could not arrive. On a backed-up socket, the ping would wait behind other bytes.
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
