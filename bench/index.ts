// npm run bench [-- NAME… --quick --minutes N --against CHECKOUT]: runs the benchmarks, prints a table and, after a whole run, draws it.
import { writeFileSync } from 'node:fs';
import { cpus, platform, release } from 'node:os';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { backlog } from './backlog.ts';
import type { Benchmark, Figure, Pace } from './benchmark.ts';
import { connect } from './connect.ts';
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
import { disturbance } from './support/slices.ts';
import { svg } from './support/svg.ts';
import { table } from './support/table.ts';
import { trigger } from './trigger.ts';
import { window } from './window.ts';

const benchmarks: readonly Benchmark[] = [
  send,
  window,
  log,
  group,
  fanout,
  connect,
  trigger,
  gusher,
  idle,
  start,
  memory,
  disk,
  backlog,
  soak,
];

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

const USAGE = `usage: npm run bench [-- NAME… --quick --minutes N --against CHECKOUT]

${benchmarks.map(({ name, title, onlyByName }) => `  ${name.padEnd(8)}${title}${onlyByName ? ' *' : ''}`).join('\n')}

  --quick      only a few short slices, to check that everything runs
  --minutes N  length of a soak
  --against CHECKOUT
               measures the relay of another checkout, which must be built, in the same run

A benchmark marked with * runs only when it is named.
`;

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
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      against: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = positionals.length === 0;
  const chosen = benchmarks.filter(({ name, onlyByName }) => (whole ? !onlyByName : positionals.includes(name)));
  const usual = values.quick ? QUICK : FULL;
  const { against } = values;
  const others = against === undefined ? [] : [relayOf(resolve(against), basename(resolve(against)))];
  const pace = { ...usual, minutes: Number(values.minutes ?? usual.minutes), others };
  if (values.help || chosen.length < positionals.length || !(pace.minutes > 0)) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  build();
  const results: (readonly [Benchmark, readonly Figure[]])[] = [];
  for (const benchmark of chosen) {
    process.stderr.write(`${benchmark.name} …\n`);
    results.push([benchmark, await benchmark.run(pace)]);
  }
  process.stdout.write(`${table(results)}\n\n${machine()}\n`);
  for (const warning of warnings()) process.stdout.write(`warning: ${warning}\n`);
  if (!values.quick && whole) {
    writeFileSync(DRAWING, svg(results, machine()));
    process.stdout.write('drawn: bench/results.svg\n');
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
