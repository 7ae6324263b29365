// A device that is away while messages are sent to it, and then comes back.
import { answerCalls } from '../support/calls.ts';
import { sendPath } from '../support/message.ts';
import { Device } from './device.ts';
import { Sender, sendRequest } from './sender.ts';

/** How many messages to send to one device. */
export interface BacklogCall {
  readonly port: number;
  readonly count: number;
}

const NAME = 'device-0';
/** Senders at once. */
const CONCURRENCY = 64;

answerCalls({
  /** Registers the device, and sends while it is away. */
  async queue({ port, count }: BacklogCall): Promise<void> {
    const device = await Device.open({ port, name: NAME, group: '', delay: 0 });
    await device.end();
    const request = sendRequest(`${sendPath(NAME, 'personal')}&wait=0`);
    let left = count;
    async function run(): Promise<void> {
      const sender = await Sender.open(port);
      for (; left > 0; left -= 1) await sender.send(request);
      sender.close();
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, run));
  },

  /** Connects the device, which acknowledges everything. Counts from before it connects until it has the last message. */
  async drain({ port, count }: BacklogCall) {
    const started = performance.now();
    const device = await Device.open({ port, name: NAME, group: '', delay: 0 });
    await device.has(count);
    const ms = performance.now() - started;
    if (device.disordered > 0) throw new Error(`${device.disordered} messages came after later ones`);
    await device.end();
    return { count, ms };
  },
});
