// Pings all sockets, which also keeps proxies from closing those that say nothing, and finds those whose peers are gone:
// each has to show a sign of life between two pings.
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../clock.ts';

/** A socket that is asked. */
export interface BeatingPeer {
  readonly ws: Pick<WebSocket, 'isPaused' | 'ping' | 'terminate'>;
  /** Whether it is cut off without a sign of life; false where the dialect looks for dead peers itself. */
  readonly watched: boolean;
  /** Whether it was heard since the last ping. */
  alive: boolean;
}

/** The heartbeat of one layer. */
export interface Heartbeat {
  /** Begins; a second call does nothing. */
  start(): void;
  stop(): void;
}

/** Makes a heartbeat for the peers as they are at each beat, `interval` ms apart. */
export function createHeartbeat(clock: Clock, interval: number, peers: Iterable<BeatingPeer>): Heartbeat {
  let timer: Timer;

  function beat(): void {
    for (const peer of peers) {
      // While a frame is being handled nothing is read, so a pong could not be seen.
      if (peer.ws.isPaused) peer.alive = true;
      else if (peer.watched && !peer.alive) peer.ws.terminate();
      else {
        peer.alive = false;
        peer.ws.ping();
      }
    }
    timer = clock.setTimeout(beat, interval);
  }

  return {
    start() {
      timer ??= clock.setTimeout(beat, interval);
    },
    stop: () => clock.clearTimeout(timer),
  };
}
