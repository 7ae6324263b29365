// npm run bench [-- NAME… --quick --minutes N --against CHECKOUT --install]: runs the benchmarks, prints a table and,
// after a whole run or the comparison with peers, draws it.
import { writeFileSync } from 'node:fs';
import { cpus, platform, release } from 'node:os';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { backlog } from './backlog.ts';
import type { Benchmark, Figure, Pace } from './benchmark.ts';
import { connect } from './connect.ts';
import { findPeers, installPeers } from './contenders/peers.ts';
import { relayOf } from './contenders/relay.ts';
import { disk } from './disk.ts';
import { fanout } from './fanout.ts';
import { group } from './group.ts';
import { gusher } from './gusher.ts';
import { idle } from './idle.ts';
import { log } from './log.ts';
import { memory } from './memory.ts';
import { send } from './send.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';
import { build } from './support/build.ts';
import { runRow } from './support/row.ts';
import { disturbance } from './support/slices.ts';
import { svg } from './support/svg.ts';
import { table } from './support/table.ts';
import { trigger } from './trigger.ts';
import { webpush } from './webpush.ts';
import { window } from './window.ts';

/** The costs that users notice, beside what they would pick instead. */
const compared: readonly Benchmark[] = [send, trigger, fanout, group, webpush, start, memory, disk, idle, backlog];
const benchmarks: readonly Benchmark[] = [...compared, window, log, connect, gusher, soak];

/** The name that stands for all of `compared`. */
const PEERS = 'peers';

type Size = Omit<Pace, 'others'>;

const FULL: Size = {
  rounds: 3,
  slice: 800,
  stored: 1_000_000,
  sends: 100_000,
  devices: 10_000,
  queued: 10_000,
  minutes: 10,
};
const QUICK: Size = { rounds: 1, slice: 250, stored: 50_000, sends: 5_000, devices: 500, queued: 1_000, minutes: 0.5 };

const DRAWING = fileURLToPath(new URL('./results.svg', import.meta.url));
/** Figures are doubtful if other processes keep more cores busy than this. */
const NOISY = 0.35;
/** Figures are doubtful if the load itself uses more of a core than this. */
const SATURATED = 0.95;

const USAGE = `usage: npm run bench [-- NAME… --quick --minutes N --against CHECKOUT --install]

${benchmarks.map(({ name, title, onlyByName }) => `  ${name.padEnd(8)}${title}${onlyByName ? ' *' : ''}`).join('\n')}
  ${PEERS.padEnd(8)}${compared.map(({ name }) => name).join(', ')}, beside the peers that are installed

  --quick      only a few short slices, to check that everything runs
  --minutes N  length of a soak
  --against CHECKOUT
               measures the relay of another checkout, which must be built, in the same run
  --install    installs the peers that are missing, with apt-get (as root) and cargo

A run without names has all benchmarks and the installed peers. A benchmark marked with * runs only when it is named.
`;

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  minutes: { type: 'string' },
  against: { type: 'string' },
  install: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const tell = (line: string) => process.stderr.write(`${line}\n`);

function machine(): string {
  const [first] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `Node ${process.version}, ${cpus().length} × ${first?.model.trim()}, ${platform()} ${release()}, ${date}`;
}

function warnings(): string[] {
  const { foreign, load } = disturbance();
  const found: string[] = [];
  if (foreign > NOISY) found.push(`other processes kept ${foreign.toFixed(2)} cores busy: repeat on an idle machine`);
  if (load > SATURATED) found.push(`a load used ${load.toFixed(2)} cores: a rate may be limited by the load itself`);
  return found;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const whole = positionals.length === 0;
  const withPeers = whole || positionals.includes(PEERS);
  const chosen = benchmarks.filter((one) => {
    if (whole) return !one.onlyByName;
    return positionals.includes(one.name) || (withPeers && compared.includes(one));
  });
  const usual = values.quick ? QUICK : FULL;
  const minutes = Number(values.minutes ?? usual.minutes);
  const known = new Set([...benchmarks.map(({ name }) => name), PEERS]);
  if (values.help || positionals.some((name) => !known.has(name)) || !(minutes > 0)) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  build();
  if (values.install) installPeers(tell);
  const checkout = values.against === undefined ? undefined : resolve(values.against);
  const others = [
    ...(checkout === undefined ? [] : [relayOf(checkout, basename(checkout))]),
    ...(withPeers ? findPeers(tell) : []),
  ];
  /** Not of the other checkout, which only this run knows. */
  const isOfEveryone = ({ of }: Figure) => checkout === undefined || of !== basename(checkout);
  const results: (readonly [Benchmark, readonly Figure[]])[] = [];
  for (const benchmark of chosen) {
    tell(`${benchmark.name} …`);
    const started = performance.now();
    try {
      results.push([benchmark, await runRow(benchmark, { ...usual, minutes, others }, tell)]);
    } catch (error) {
      tell(`${benchmark.name} failed: ${(error as Error).stack}`);
      process.exitCode = 1;
    }
    tell(`  ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  process.stdout.write(`${table(results)}\n\n${machine()}\n`);
  for (const warning of warnings()) process.stdout.write(`warning: ${warning}\n`);
  if (!values.quick && withPeers && results.length === chosen.length) {
    const drawn = results.map(([benchmark, figures]) => [benchmark, figures.filter(isOfEveryone)] as const);
    writeFileSync(DRAWING, svg(drawn, machine()));
    process.stdout.write('drawn: bench/results.svg\n');
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    tell(error instanceof Error ? String(error.stack) : String(error));
    process.exit(1);
  },
);
