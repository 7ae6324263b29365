// Publishers of the Pusher dialect, and the sockets that are connected in the meantime.
import { answerCalls } from '../support/calls.ts';
import { triggerRequest } from '../support/pusher.ts';
import { openMany } from './pusher-socket.ts';
import { Sender } from './sender.ts';

/** How many sockets to connect, each in a channel of its own. */
export interface CrowdCall {
  readonly port: number;
  readonly count: number;
}

/** Sends triggers for `ms` to a few channels in turn. */
export interface TriggerCall {
  readonly port: number;
  readonly channels: number;
  readonly bytes: number;
  /** Publishers at once, each with one request under way. */
  readonly concurrency: number;
  readonly ms: number;
}

const channelOf = (index: number) => `channel-${index}`;

answerCalls({
  async connect({ port, count }: CrowdCall): Promise<void> {
    const sockets = await openMany(port, count, (socket, index) => socket.subscribe(channelOf(index)));
    for (const socket of sockets) socket.release().resume();
  },

  /** Counts triggers. */
  async trigger({ port, channels, bytes, concurrency, ms }: TriggerCall) {
    const data = 'x'.repeat(bytes);
    const requests = Array.from({ length: channels }, (_, index) => triggerRequest(channelOf(index), data));
    const senders = await Promise.all(Array.from({ length: concurrency }, () => Sender.open(port)));
    const started = performance.now();
    let count = 0;
    await Promise.all(
      senders.map(async (sender) => {
        while (performance.now() < started + ms) {
          await sender.send(requests[count % requests.length] ?? Buffer.alloc(0));
          count += 1;
        }
      }),
    );
    const elapsed = performance.now() - started;
    for (const sender of senders) sender.close();
    return { count, ms: elapsed };
  },
});
