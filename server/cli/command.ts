// The command line: one file per command, and the words that they share. Not here: what the relay does once it runs.
import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean | undefined };

/** What a command may touch of the process that it runs in. */
export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts on the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/** One command. */
export interface Command {
  readonly name: string;
  /** One line for the list in `--help`. */
  readonly summary: string;
  /** The whole help text of the command. */
  readonly help: string;
  /** Options after the command's name; `--help` is known to all. */
  readonly options: OptionTable;
  /** Resolves to the exit code. */
  run(parsed: ParsedOptions, io: CommandIo): Promise<number>;
}

/** An option: a flag, or one that takes a value; `multiple` ones may be repeated. */
export type OptionTable = Readonly<
  Record<string, { readonly type: 'boolean' | 'string'; readonly multiple?: boolean; readonly short?: string }>
>;

/** Options and words of one command line. */
export interface ParsedOptions {
  /** True when the flag was given. */
  flag(name: string): boolean;
  /** The last value given, if any. */
  value(name: string): string | undefined;
  /** All values given. */
  values(name: string): string[];
  readonly words: readonly string[];
}

/** A command line that cannot be followed; exit code 2. */
export class UsageError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'UsageError';
    this.problems = problems;
  }
}

/**
 * Reads the arguments that follow a command's name.
 * @throws UsageError with every unknown option, missing value and unwanted value
 */
export function parseOptions(args: readonly string[], table: OptionTable): ParsedOptions {
  const options = Object.fromEntries(Object.entries(table).map(([name, option]) => [name, { ...option }]));
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, (string | true)[]>();
  const words: string[] = [];
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (option === undefined) problems.push(`unknown option ${token.rawName}`);
    else if (option.type === 'string' && token.value === undefined) problems.push(`${token.rawName} needs a value`);
    else if (option.type === 'boolean' && token.value !== undefined) problems.push(`${token.rawName} takes no value`);
    else given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? true]);
  }
  if (problems.length > 0) throw new UsageError(problems);
  const values = (name: string) => (given.get(name) ?? []).filter((value) => value !== true);
  return { flag: (name) => given.has(name), value: (name) => values(name).at(-1), values, words };
}
