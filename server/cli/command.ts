// The command line: one file per command; this one has the types that they share. Not here: what the relay does.
import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { nearest } from '../base/nearest.ts';

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean | undefined };

/** The parts of the process that a command may use. */
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
  /** The whole help text of the command. */
  readonly help: string;
  /** Options after the command's name. Every command also knows `--help`. */
  readonly options: OptionTable;
  /** Names that people try as options, and what to do instead, as the end of a sentence. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** What to do in place of any other unknown option, likewise. @param meant the own option that is close to it */
  otherwise?(name: string, meant: string | undefined): string | undefined;
  /** Names of the positional arguments, in order. Those that end in `?` are optional, a last one in `...?` is all that follow. */
  readonly words: readonly string[];
  /** Resolves to the exit code. */
  run(parsed: ParsedOptions, io: CommandIo): Promise<number>;
}

/** An option: a flag, or one that takes a value. */
export interface Option {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** Checks a value: undefined if it is right, else what was expected, for the error message. */
  expectation?(value: string): string | undefined;
}

/** Options by their long names. */
export type OptionTable = Readonly<Record<string, Option>>;

/** Options and positional arguments of one command line. */
export interface ParsedOptions {
  /** True when the flag was given. */
  flag(name: string): boolean;
  /** The last value given, if any. */
  value(name: string): string | undefined;
  /** All values given. */
  values(name: string): string[];
  readonly words: readonly string[];
}

/** The command line is wrong. Exit code 2. */
export class UsageError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'UsageError';
    this.problems = problems;
  }
}

/** The command failed. The message is one line for the person who ran it. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** Problems with positional arguments: missing ones and unexpected ones. */
function wordProblems(words: readonly string[], wanted: readonly string[]): string[] {
  const missing = wanted.filter((name, index) => !name.endsWith('?') && (words[index] ?? '') === '');
  return [
    ...missing.map((name) => `<${name}> is missing`),
    ...(wanted.at(-1)?.endsWith('...?') === true ? [] : words.slice(wanted.length)).map((word) => `unexpected ${word}`),
  ];
}

/** Problem text for an unknown option, with what was probably meant. */
function unknownOption(
  { name, rawName }: { readonly name: string; readonly rawName: string },
  { options: table, elsewhere = {}, otherwise }: Pick<Command, 'options' | 'elsewhere' | 'otherwise'>,
): string {
  const known = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
  if (known !== undefined) return `unknown option ${rawName}; ${known}`;
  const longer = Object.keys(table).filter((known) => known.startsWith(name));
  const meant = longer.length === 1 && rawName.startsWith('--') ? longer[0] : nearest(name, Object.keys(table));
  const instead = otherwise?.(name, meant) ?? (meant === undefined ? undefined : `did you mean --${meant}?`);
  return `unknown option ${rawName}${instead === undefined ? '' : `; ${instead}`}`;
}

/**
 * Reads the arguments that follow a command's name.
 * @throws UsageError that lists every unknown option, every missing, unwanted or wrong value, and every missing or
 * unexpected positional argument
 */
export function parseOptions(
  args: readonly string[],
  command: Pick<Command, 'options' | 'words' | 'elsewhere' | 'otherwise'>,
): ParsedOptions {
  const { options: table, words: wanted } = command;
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type, short }]) => [name, { type, ...(short === undefined ? {} : { short }) }]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, (string | true)[]>();
  const words: string[] = [];
  const problems: string[] = [];
  let afterUnknown = false;
  // A word after an unknown option may be its value, so it is unknown which words are missing or unexpected.
  let unclear = false;
  for (const token of tokens) {
    unclear ||= afterUnknown && token.kind === 'positional';
    afterUnknown = false;
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (option === undefined) {
      afterUnknown = token.value === undefined;
      problems.push(unknownOption(token, command));
    } else if (option.type === 'string' && token.value === undefined) problems.push(`${token.rawName} needs a value`);
    else if (option.type === 'boolean' && token.value !== undefined) problems.push(`${token.rawName} takes no value`);
    else {
      const expected = token.value === undefined ? undefined : option.expectation?.(token.value);
      if (expected !== undefined) problems.push(`${token.rawName}: expected ${expected}`);
      given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? true]);
    }
  }
  const asksForHelp = given.has('help');
  if (!asksForHelp && !unclear) problems.push(...wordProblems(words, wanted));
  if (problems.length > 0) throw new UsageError(problems);
  const values = (name: string) => (given.get(name) ?? []).filter((value) => value !== true);
  return { flag: (name) => given.has(name), value: (name) => values(name).at(-1), values, words };
}
