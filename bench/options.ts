// What `npm run bench` is asked to do, and its help.
import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { UsageError } from './support/usage-error.ts';

/** The name that adds the peers. On its own, it stands for all benchmarks that have them. */
const PEERS = 'peers';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  minutes: { type: 'string' },
  against: { type: 'string' },
  node: { type: 'string', multiple: true },
  install: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const OPTIONS_HELP = `  --quick             only a few short slices, to check that everything runs
  --against CHECKOUT  measures the relay of another checkout too, which must be built
  --node PATH         measures this relay under another program \`node\` too; may be repeated
  --install           installs the peers that are missing, with apt-get (as root) and cargo
  --minutes N         length of a soak
  --help              shows this`;

/** What to measure. */
export interface Request {
  readonly chosen: readonly Benchmark[];
  readonly withPeers: boolean;
  readonly quick: boolean;
  readonly install: boolean;
  readonly minutes?: number;
  /** The path of another checkout. */
  readonly against?: string;
  /** Paths of other programs `node`. */
  readonly nodes: readonly string[];
}

/** The help. @param compared those that have peers */
export function usage(benchmarks: readonly Benchmark[], compared: readonly Benchmark[]): string {
  const names = (those: readonly Benchmark[]) => those.map(({ name }) => name).join(', ');
  const line = (name: string, title: string) => `  ${name.padEnd(9)}${title}`;
  const lines = benchmarks.map(({ name, title, onlyByName }) => line(name, `${title}${onlyByName ? ' *' : ''}`));
  return `usage: npm run bench [-- NAME… OPTION…]

${lines.join('\n')}
${line(PEERS, 'adds the installed peers to the named benchmarks; on its own, to all that have them:')}
${line('', names(compared))}

${OPTIONS_HELP}

Without a name, all benchmarks run, beside the peers that are installed. One that is marked with * runs only when it is
named. A run of all that have peers, if it is not quick, draws bench/results.svg.
`;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    const known = Object.keys(OPTIONS).map((name) => `--${name}`);
    const [reason] = (error as Error).message.split('. ');
    throw new UsageError(`${reason}. Options: ${known.join(', ')}`, { cause: error });
  }
}

/**
 * Reads the command line.
 * @returns undefined if only help is wanted
 * @throws UsageError for a name or an option that does not exist
 */
export function readRequest(
  args: readonly string[],
  benchmarks: readonly Benchmark[],
  compared: readonly Benchmark[],
): Request | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const known = [...benchmarks.map(({ name }) => name), PEERS];
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`Unknown benchmark '${unknown.join("', '")}'. Names: ${known.join(', ')}`);
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes > 0)) throw new UsageError(`--minutes needs a number above 0`);
  const whole = positionals.length === 0;
  const withPeers = whole || positionals.includes(PEERS);
  const onlyPeers = positionals.every((name) => name === PEERS);
  function isChosen(one: Benchmark): boolean {
    if (whole) return !one.onlyByName;
    return onlyPeers ? compared.includes(one) : positionals.includes(one.name);
  }
  const { quick, install, against, node: nodes = [] } = values;
  return {
    chosen: benchmarks.filter(isChosen),
    withPeers,
    quick,
    install,
    nodes,
    ...(minutes === undefined ? {} : { minutes }),
    ...(against === undefined ? {} : { against }),
  };
}
