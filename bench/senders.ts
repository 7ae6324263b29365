// A message by the ways of ntfy, Gotify and Bark, beside the same one by a send of the relay's own form. All are durable, for a
// device that is not connected, and by the same key.
import type { Benchmark } from './benchmark.ts';
import { postRequest, Sender, sendRequest } from './clients/sender.ts';
import { relay } from './contenders/relay.ts';
import { number } from './support/format.ts';
import { TOKEN } from './support/message.ts';
import { interleave, measure } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';

const AT_ONCE = 64;
const DEVICE = 'bench';
const TEXT = 'The backup is done';
const QUERY = 'The+backup+is+done';
const SEND = '/<name>.send';
/** Nothing is refused because it waits for the device. */
const MAX_QUEUED = 10_000_000;
const GOAL = { atMost: 1.3 };

/** The same message by each way. */
function requestsOf(key: string): ReadonlyMap<string, Buffer> {
  const json = (value: object) => ({ type: 'application/json', body: JSON.stringify(value) });
  return new Map([
    [SEND, sendRequest(`/${DEVICE}.send?wait=0&text=${QUERY}`, key)],
    [
      'ntfy',
      postRequest(`/${DEVICE}`, { type: 'text/plain', body: TEXT, headers: { Authorization: `Bearer ${key}` } }),
    ],
    ['Gotify', postRequest('/message', { ...json({ title: TEXT, message: TEXT }), headers: { 'X-Gotify-Key': key } })],
    ['Bark', postRequest('/push', json({ device_key: key, body: TEXT }))],
  ]);
}

/** Makes the key, and with it its device. @returns its text */
async function makeKey(sender: Sender): Promise<string> {
  const body = JSON.stringify({ name: 'sender', device: DEVICE, send: [DEVICE] });
  const headers = { Authorization: TOKEN };
  return JSON.parse(await sender.send(postRequest('/v1/keys', { type: 'application/json', body, headers }))).key;
}

/** CPU of a message by each way, as a multiple of the relay's own. */
export const senders: Benchmark = {
  name: 'senders',
  title: 'a message by ntfy, Gotify and Bark, CPU of that by /<name>.send',
  async run({ rounds, slice }) {
    const server = await relay.start({ sections: { storage: { maxQueued: MAX_QUEUED } } });
    try {
      const all = await Promise.all(Array.from({ length: AT_ONCE }, () => Sender.open(server.port)));
      const [first] = all;
      const requests = requestsOf(first === undefined ? '' : await makeKey(first));
      const run = (name: string) =>
        measure(server, undefined, async () => {
          const request = requests.get(name) ?? Buffer.alloc(0);
          const began = performance.now();
          let count = 0;
          const work = async (sender: Sender) => {
            for (; performance.now() - began < slice; count += 1) await sender.send(request);
          };
          await Promise.all(all.map(work));
          return { count, ms: performance.now() - began };
        });
      const measured = await interleave([...requests.keys()], rounds, run);
      for (const sender of all) sender.close();
      const shown = (name: string) =>
        `${name} ${number(typical(measured, name, (one) => one.cpu))} µs ${number(typical(measured, name, (one) => one.rate))}/s`;
      return [...requests.keys()]
        .filter((name) => name !== SEND)
        .map((name) => ({
          label: `${name}, ${AT_ONCE} at once`,
          value: ratio(measured, name, SEND, (one) => one.cpu),
          unit: '×' as const,
          goal: GOAL,
          details: [name, SEND].map(shown).join(' · '),
        }));
    } finally {
      await server.end();
    }
  },
};
