// Sockets of the Pusher dialect that arrive: they connect and leave, they subscribe, or they stay.
import { answerCalls } from '../support/calls.ts';
import { openMany, PusherSocket } from './pusher-socket.ts';

/** Where to connect, and for how many ms. `greets` is false for the floor, which only answers every frame once. */
export interface ArrivalsCall {
  readonly port: number;
  readonly greets: boolean;
  readonly ms: number;
}

/** Sockets at once. */
const CONCURRENCY = 32;
/** Channels of one socket. The relay refuses more than its limit. */
const CHANNELS = 1_000;

async function repeat(ms: number, run: (until: number, caller: number) => Promise<number>) {
  const started = performance.now();
  const callers = Array.from({ length: CONCURRENCY }, (_, caller) => run(started + ms, caller));
  const counts = await Promise.all(callers);
  return { count: counts.reduce((sum, count) => sum + count, 0), ms: performance.now() - started };
}

answerCalls({
  /** Counts sockets that connect, subscribe to one channel and leave at once. */
  connections: ({ port, greets, ms }: ArrivalsCall) =>
    repeat(ms, async (until, caller) => {
      let count = 0;
      while (performance.now() < until) {
        const socket = await PusherSocket.open(port, { greets });
        await socket.subscribe(`channel-${caller}`);
        // A reset, because a normal close would keep the port in TIME_WAIT.
        socket.socket.resetAndDestroy();
        count += 1;
      }
      return count;
    }),

  /** Counts subscriptions, many of them on each socket. */
  subscriptions: ({ port, greets, ms }: ArrivalsCall) =>
    repeat(ms, async (until, caller) => {
      let count = 0;
      while (performance.now() < until) {
        const socket = await PusherSocket.open(port, { greets });
        for (let next = 0; next < CHANNELS && performance.now() < until; next += 1) {
          await socket.subscribe(`channel-${caller}-${next}`);
          count += 1;
        }
        socket.socket.resetAndDestroy();
      }
      return count;
    }),

  /** Opens sockets with one channel each, which stay open. */
  async stay({ port, greets, count }: { port: number; greets: boolean; count: number }): Promise<void> {
    await openMany(port, count, (socket, index) => socket.subscribe(`channel-${index}`), { greets });
  },
});
