// The resident memory of a relay when nothing happens: at rest, and per connected device.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Figure } from './benchmark.ts';
import type { DevicesCall } from './clients/load.ts';
import { built, Child } from './support/child.ts';
import { openable } from './support/descriptors.ts';
import { tempDir } from './support/exit.ts';
import { number } from './support/format.ts';
import { TOKEN } from './support/message.ts';
import { spread } from './support/stats.ts';

const DEVICES = 2000;
/** How many devices connect before the measurement, because the first ones cause one-time costs, such as compiling. */
const FIRST = 500;
/** Wait in ms before each reading. */
const SETTLE = 2000;
const MB = 2 ** 20;
const KB = 2 ** 10;

/** The relay as people start it, with the probe loaded before it. */
async function startRelay(): Promise<{ server: Child; port: number }> {
  const dir = tempDir();
  let server: Child | undefined;
  const port = await new Promise<number>((resolve, reject) => {
    let text = '';
    const limit = setTimeout(() => reject(new Error(`the relay did not start: ${text}`)), 10_000);
    server = new Child('server/main', {
      execArgv: ['--expose-gc', '--import', built('bench/support/probe')],
      args: ['serve'],
      cwd: dir,
      env: { HERALD_TOKEN: TOKEN, HERALD_HTTP__HOST: '127.0.0.1', HERALD_HTTP__PORT: '0', LOG_LEVEL: 'info' },
      onErrorOutput(chunk) {
        text += chunk;
        const found = /"http":(\d+)/.exec(text)?.[1];
        if (found === undefined) return;
        clearTimeout(limit);
        resolve(Number(found));
      },
    });
  });
  if (server === undefined) throw new Error('the relay did not start');
  return { server, port };
}

async function startBare(): Promise<{ server: Child; port: number }> {
  const server = new Child('bench/servers/bare', { execArgv: ['--expose-gc'] });
  return { server, port: await server.call('start') };
}

interface Idle {
  readonly rest: number;
  readonly each: number;
}

async function observe({ server, port }: { server: Child; port: number }, count: number): Promise<Idle> {
  const load = new Child('bench/clients/load');
  await sleep(SETTLE);
  const rest = await server.memory(false);
  const connect = (upto: number) =>
    load.call('connect', { port, count: upto, group: '', delay: 0 } satisfies DevicesCall);
  await connect(FIRST);
  await sleep(SETTLE);
  const before = await server.memory(true);
  await connect(count);
  await sleep(SETTLE);
  const after = await server.memory(true);
  await Promise.all([server.end(), load.end()]);
  return { rest, each: (after - before) / (count - FIRST) };
}

/** Memory of the shipped program, compared with only node:http and ws. */
export const idle: Benchmark = {
  name: 'idle',
  title: 'resident memory',
  async run(): Promise<Figure[]> {
    const count = openable(DEVICES);
    const relay = await observe(await startRelay(), count);
    const bare = await observe(await startBare(), count);
    return [
      {
        label: 'at rest',
        value: spread([relay.rest / MB]),
        unit: 'MB',
        goal: { atMost: 90 },
        details: `bare http + ws ${number(bare.rest / MB)} MB`,
      },
      {
        label: 'per connected device',
        value: spread([relay.each / KB]),
        unit: 'KB',
        goal: { atMost: 20 },
        details: `bare http + ws ${number(bare.each / KB)} KB · from ${number(FIRST)} to ${number(count)} devices`,
      },
    ];
  },
};
