// A publisher that sends prepared HTTP requests: making them must not count as work of the load.
import { Sender } from '../sender.ts';
import type { Publisher } from './wire.ts';

/** @param request makes the request for so many events of so many bytes to a channel; called once for each combination */
export async function publishRequests(
  port: number,
  request: (channel: string, bytes: number, events: number) => Buffer,
): Promise<Publisher> {
  const sender = await Sender.open(port);
  const requests = new Map<string, Buffer>();
  return {
    async publish(channel, bytes, events) {
      const key = `${channel} ${bytes} ${events}`;
      const known = requests.get(key) ?? request(channel, bytes, events);
      requests.set(key, known);
      await sender.send(known);
    },
    close: () => sender.close(),
  };
}
