// npm run bench: runs the benchmarks, prints a table and, after a run with peers, draws it. See options.ts.
import { writeFileSync } from 'node:fs';
import { cpus, platform, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { attachment } from './attachment.ts';
import { backlog } from './backlog.ts';
import type { Benchmark, Figure, Pace } from './benchmark.ts';
import { cluster } from './cluster.ts';
import { connect } from './connect.ts';
import type { Contender } from './contenders/contender.ts';
import { findPeers, installPeers } from './contenders/peers.ts';
import { relayAt, relayUnder } from './contenders/relay.ts';
import { disk } from './disk.ts';
import { fanout } from './fanout.ts';
import { fold } from './fold.ts';
import { group } from './group.ts';
import { gusher } from './gusher.ts';
import { idle } from './idle.ts';
import { listeners } from './listeners.ts';
import { log } from './log.ts';
import { memory } from './memory.ts';
import { type Request, readRequest, usage } from './options.ts';
import { schedule } from './schedule.ts';
import { send } from './send.ts';
import { senders } from './senders.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';
import { streams } from './streams.ts';
import { build } from './support/build.ts';
import { runRow } from './support/row.ts';
import { disturbance } from './support/slices.ts';
import { svg } from './support/svg.ts';
import { table } from './support/table.ts';
import { UsageError } from './support/usage-error.ts';
import { takeover } from './takeover.ts';
import { trigger } from './trigger.ts';
import { webpush } from './webpush.ts';
import { window } from './window.ts';

/** The costs that users notice, beside what they would pick instead. */
const compared: readonly Benchmark[] = [send, trigger, fanout, group, webpush, start, memory, disk, idle, backlog];
const benchmarks: readonly Benchmark[] = [
  ...compared,
  window,
  log,
  schedule,
  fold,
  attachment,
  connect,
  gusher,
  senders,
  listeners,
  cluster,
  takeover,
  streams,
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

/** The systems to compare with that are not part of every run. @throws Error if one cannot be measured */
function othersOf({ against, nodes, withPeers }: Request): { readonly own: Contender[]; readonly peers: Contender[] } {
  return {
    own: [...(against === undefined ? [] : [relayAt(against)]), ...nodes.map(relayUnder)],
    peers: withPeers ? findPeers(tell) : [],
  };
}

async function main(): Promise<void> {
  const request = readRequest(process.argv.slice(2), benchmarks, compared);
  if (request === undefined) {
    process.stdout.write(usage(benchmarks, compared));
    return;
  }
  const { chosen, quick, withPeers, install, minutes } = request;
  if (install) installPeers(tell);
  const { own, peers } = othersOf(request);
  build();
  const usual = quick ? QUICK : FULL;
  const pace = { ...usual, minutes: minutes ?? usual.minutes, others: [...own, ...peers] };
  const results: (readonly [Benchmark, readonly Figure[]])[] = [];
  for (const benchmark of chosen) {
    tell(`${benchmark.name} …`);
    const started = performance.now();
    try {
      results.push([benchmark, await runRow(benchmark, pace, tell)]);
    } catch (error) {
      tell(`${benchmark.name} failed: ${(error as Error).stack}`);
      process.exitCode = 1;
    }
    tell(`  ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  process.stdout.write(`${table(results)}\n\n${machine()}\n`);
  for (const warning of warnings()) process.stdout.write(`warning: ${warning}\n`);
  const isComplete = compared.every((one) => results.some(([benchmark]) => benchmark === one));
  if (quick || !withPeers || !isComplete) return;
  /** Without the systems that only this run knows. */
  const drawn = results.map(([benchmark, figures]) => {
    return [benchmark, figures.filter(({ of }) => own.every(({ name }) => name !== of))] as const;
  });
  writeFileSync(DRAWING, svg(drawn, machine()));
  process.stdout.write('drawn: bench/results.svg\n');
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    if (error instanceof UsageError) tell(error.message);
    else tell(error instanceof Error ? String(error.stack) : String(error));
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
