// Devices that connect, get one message each, and leave.
import { answerCalls } from '../support/calls.ts';
import { sendPath } from '../support/message.ts';
import { Device } from './device.ts';
import { Sender, sendRequest } from './sender.ts';

/** The devices are named `device-0`, `device-1`, … */
export interface RegisterCall {
  readonly port: number;
  readonly count: number;
}

/** Devices at once. */
const CONCURRENCY = 50;

answerCalls({
  async register({ port, count }: RegisterCall): Promise<void> {
    let next = 0;
    async function run(): Promise<void> {
      const sender = await Sender.open(port);
      for (let index = next++; index < count; index = next++) {
        const name = `device-${index}`;
        const device = await Device.open({ port, name, group: '', delay: 0 });
        await sender.send(sendRequest(sendPath(name, 'personal')));
        await device.end();
      }
      sender.close();
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, run));
  },
});
