// Messages to browsers over a push service on this machine, next to the library web-push without a relay.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Benchmark, Figure, Goal } from './benchmark.ts';
import type { BrowserSubscription, PushCall, PushResult, RegisterCall, ServiceCall } from './clients/push-service.ts';
import type { Contender } from './contenders/contender.ts';
import { relay } from './contenders/relay.ts';
import type { LibraryCall } from './servers/web-push.ts';
import { Child } from './support/child.ts';
import { compare } from './support/comparison.ts';
import { tempDir } from './support/exit.ts';
import { number } from './support/format.ts';
import { interleave, type Measured, measure, type Work } from './support/slices.ts';
import { spread, typical } from './support/stats.ts';
import { startSystem } from './support/systems.ts';

const DEVICES = 1000;
const SENDERS = 64;
const LIBRARY = 'web-push library';
/** The relay pads a usual message to this many bytes. */
const PAYLOAD = ' '.repeat(512);

type Pushed = Measured<Work & { readonly longest?: number }>;

/** A relay or the library, with a push service of its own. */
interface Pusher {
  /** @param senders as `PushCall` has it */
  push(senders: number, ms: number): Promise<Pushed>;
  end(): Promise<void>;
}

/** Certificate and key of the push services, in a new directory. */
function makeCertificate(): { readonly cert: string; readonly key: string } {
  const dir = tempDir();
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  const options = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1'.split(' ');
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', files.key, '-out', files.cert];
  execFileSync('openssl', ['req', ...options, ...names], { stdio: 'ignore' });
  return files;
}

async function startRelay(contender: Contender, service: ServiceCall, count: number): Promise<Pusher> {
  const sections = { webpush: { allowPrivateEndpoints: true } };
  const system = await startSystem(contender, 'push-service', { sections, env: { NODE_EXTRA_CA_CERTS: service.cert } });
  const { port } = system;
  await system.prepare('start', service);
  await system.prepare('register', { port, count } satisfies RegisterCall);
  return {
    push: (senders, ms) => system.slice<PushResult>('push', { port, ms, senders } satisfies PushCall),
    end: () => system.end(),
  };
}

async function startLibrary(service: ServiceCall): Promise<Pusher> {
  const library = new Child('bench/servers/web-push');
  const load = new Child('bench/clients/push-service');
  await load.call('start', service);
  const subscriptions = await load.call<BrowserSubscription[]>('subscribe', { count: SENDERS });
  return {
    push(concurrency, ms) {
      const call = { cert: service.cert, subscriptions, ms, concurrency, payload: PAYLOAD } satisfies LibraryCall;
      return measure(library, load, () => library.call<Work>('push', call));
    },
    async end() {
      await Promise.all([library.end(), load.end()]);
    },
  };
}

interface Cell {
  readonly label: string;
  readonly http2: boolean;
  /** Senders at once; 0 sends to the group of all devices. */
  readonly senders: number;
  readonly cpu?: Goal;
  readonly rate?: Goal;
}

const CELLS: readonly Cell[] = [
  {
    label: `HTTP/2, ${SENDERS} at once`,
    http2: true,
    senders: SENDERS,
    cpu: { atMost: 600 },
    rate: { atLeast: 2000 },
  },
  { label: `HTTP/2, bursts to ${number(DEVICES)}`, http2: true, senders: 0 },
  { label: `HTTP/1.1, ${SENDERS} at once`, http2: false, senders: SENDERS },
];

/** Pushes to single devices, and to all devices with one message. The library speaks HTTP/1.1 only. */
export const webpush: Benchmark = {
  name: 'webpush',
  title: 'Web Push to a push service on this machine, CPU per push',
  async run({ rounds, slice, others }) {
    const files = makeCertificate();
    const figures: Figure[] = [];
    for (const { label, http2, senders, cpu, rate } of CELLS) {
      const pushers = new Map<string, Pusher>();
      for (const one of [relay, ...others.filter(({ sends }) => sends)]) {
        pushers.set(one.name, await startRelay(one, { ...files, http2 }, senders || DEVICES));
      }
      if (senders > 0) pushers.set(LIBRARY, await startLibrary({ ...files, http2 }));
      const names = [...pushers.keys()];
      const measured = await interleave(names, rounds, async (name) => {
        const one = pushers.get(name);
        if (one === undefined) throw new Error(`${name} is not running`);
        return one.push(senders, slice);
      });
      await Promise.all([...pushers.values()].map((one) => one.end()));
      const of = (name: string, pick: (one: Pushed) => number) => number(typical(measured, name, pick));
      figures.push(
        ...compare({
          label,
          names,
          measured,
          pick: (one) => one.cpu,
          unit: 'µs',
          ...(cpu === undefined ? {} : { goal: cpu }),
          details(name) {
            const others = name === LIBRARY ? '' : ` · longest other send ${of(name, ({ longest = 0 }) => longest)} ms`;
            return `${of(name, (one) => one.rate)}/s${others}`;
          },
        }),
      );
      if (rate === undefined) continue;
      const rates = measured.flatMap((round) => (round.get(relay.name) ?? []).map((one) => one.rate));
      figures.push({ label: `${label}, pushes a second`, value: spread(rates), unit: '/s', goal: rate, details: '' });
    }
    return figures;
  },
};
