// What a relay takes when nothing happens: resident memory at rest, and for each device that is connected.
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
const SETTLE = 2000;
const REST = 20_000;
const MB = 2 ** 20;
const KB = 2 ** 10;

/** The relay as people start it, with the probe loaded before it. */
async function startRelay(): Promise<Running> {
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

async function startBare(): Promise<Running> {
  const server = new Child('bench/servers/bare', { execArgv: ['--expose-gc'] });
  return { server, port: await server.call('start') };
}

type Running = { readonly server: Child; readonly port: number };

/** Memory in bytes: right after the start, and when the engine has cleared away what only the start needed. */
async function atRest({ server }: Running): Promise<{ readonly started: number; readonly rest: number }> {
  await sleep(SETTLE);
  const started = await server.memory(false);
  await sleep(REST - SETTLE);
  const rest = await server.memory(false);
  await server.end();
  return { started, rest };
}

/** Memory in bytes that each of so many connected devices adds. */
async function perDevice({ server, port }: Running, count: number): Promise<number> {
  const load = new Child('bench/clients/load');
  await sleep(SETTLE);
  const before = await server.memory(true);
  await load.call('connect', { port, count, group: '', delay: 0 } satisfies DevicesCall);
  await sleep(SETTLE);
  const after = await server.memory(true);
  await Promise.all([server.end(), load.end()]);
  return (after - before) / count;
}

/** Memory of the shipped program, beside node:http and ws alone. */
export const idle: Benchmark = {
  name: 'idle',
  title: 'resident memory',
  async run(): Promise<Figure[]> {
    const count = openable(DEVICES);
    const [relay, bare] = await Promise.all([atRest(await startRelay()), atRest(await startBare())]);
    const each = await perDevice(await startRelay(), count);
    const bareEach = await perDevice(await startBare(), count);
    return [
      {
        label: `at rest, ${REST / 1000} s after the start`,
        value: spread([relay.rest / MB]),
        unit: 'MB',
        goal: { atMost: 90 },
        details: `${SETTLE / 1000} s after the start ${number(relay.started / MB)} MB · bare http + ws ${number(bare.rest / MB)} MB`,
      },
      {
        label: 'per connected device',
        value: spread([each / KB]),
        unit: 'KB',
        goal: { atMost: 20 },
        details: `bare http + ws ${number(bareEach / KB)} KB · ${number(count)} devices`,
      },
    ];
  },
};
