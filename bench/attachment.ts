// What a large upload adds to the resident memory of the relay.
import { request } from 'node:http';
import { Readable } from 'node:stream';
import type { Benchmark, Goal } from './benchmark.ts';
import { relay } from './contenders/relay.ts';
import { compare, once } from './support/comparison.ts';
import { number } from './support/format.ts';
import { TOKEN } from './support/message.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;
/** The relay has run its code, and has had its first garbage, after an upload of this size. */
const WARM_UP = 64 * MB;
const CHUNK = Buffer.alloc(MB);

/** Uploads a file of this size. @returns the status of the answer */
function upload(port: number, size: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: TOKEN, 'content-length': size };
    const sending = request({ port, method: 'PUT', path: '/x.send?wait=0&filename=file', headers, agent: false });
    sending.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sending.on('error', reject);
    Readable.from(Array.from({ length: size / MB }, () => CHUNK)).pipe(sending);
  });
}

/** If the memory grew with the file, it would grow here by far more than the goal. */
export const attachment: Benchmark = {
  name: 'attachment',
  title: 'what an upload of 1 GiB adds to resident memory',
  async run() {
    const sections = { attachments: { maxSize: 2 * GB, totalSize: 2 * GB } };
    const server = await relay.start({ sections });
    try {
      const fresh = await server.memory();
      if ((await upload(server.port, WARM_UP)) !== 200) throw new Error('the relay refuses the file');
      const before = await server.memory();
      await upload(server.port, GB);
      const after = await server.memory();
      const figure = (label: string, from: number, goal?: Goal) =>
        compare({
          label,
          names: [relay.name],
          measured: once(new Map([[relay.name, (after - from) / MB]])),
          pick: (size) => size,
          unit: 'MB',
          ...(goal === undefined ? {} : { goal }),
          details: () => `${number(from / MB)} MB before, ${number(after / MB)} MB after`,
        });
      return [
        ...figure(`after one of ${number(WARM_UP / MB)} MB`, before, { atMost: 20 }),
        ...figure('after the start, with the first garbage of both', fresh),
      ];
    } finally {
      await server.end();
    }
  },
};
