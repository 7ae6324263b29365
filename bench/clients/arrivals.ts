// Sockets of the Pusher dialect that arrive: they connect and leave, or they subscribe.
import { answerCalls } from '../support/calls.ts';
import { median } from '../support/stats.ts';
import { PusherSocket } from './pusher-socket.ts';

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

/** Does something again and again with some sockets at once, and reports how often and how long it took. */
async function repeat(ms: number, run: (until: number, caller: number, done: () => void) => Promise<void>) {
  const started = performance.now();
  const times: number[] = [];
  const callers = Array.from({ length: CONCURRENCY }, (_, caller) => {
    let last = started;
    return run(started + ms, caller, () => {
      const now = performance.now();
      times.push(now - last);
      last = now;
    });
  });
  await Promise.all(callers);
  return { count: times.length, ms: performance.now() - started, p50: median(times) };
}

answerCalls({
  /** Counts sockets that connect, subscribe to one channel and leave at once. */
  connections: ({ port, greets, ms }: ArrivalsCall) =>
    repeat(ms, async (until, caller, done) => {
      while (performance.now() < until) {
        const socket = await PusherSocket.open(port, { greets });
        await socket.subscribe(`channel-${caller}`);
        // A reset, because a normal close would keep the port in TIME_WAIT.
        socket.socket.resetAndDestroy();
        done();
      }
    }),

  /** Counts subscriptions, many of them on each socket. */
  subscriptions: ({ port, greets, ms }: ArrivalsCall) =>
    repeat(ms, async (until, caller, done) => {
      while (performance.now() < until) {
        const socket = await PusherSocket.open(port, { greets });
        for (let next = 0; next < CHANNELS && performance.now() < until; next += 1) {
          await socket.subscribe(`channel-${caller}-${next}`);
          done();
        }
        socket.socket.resetAndDestroy();
      }
    }),
});
