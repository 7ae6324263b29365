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
  /**
   * Names of the positional arguments, in order. Those that end in `?` are optional, a last one in `...?` is all that follow.
   * One in small letters is one of these words: `list|remove?`.
   */
  readonly words: readonly string[];
  /** Resolves to the exit code. @param all every command */
  run(parsed: ParsedOptions, io: CommandIo, all: readonly CommandEntry[]): Promise<number>;
}

/** A command in the list of commands. */
export interface CommandEntry {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  load(): Promise<Command>;
}

/** An option: a flag, or one that takes a value. */
export interface Option {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** The values that it takes; absent if it takes any. */
  readonly choices?: readonly string[];
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

/** The words that a positional argument may be; undefined if it may be any text. */
export function choicesOf(name: string): readonly string[] | undefined {
  const [, words] = /^([a-z0-9|]+)\??$/.exec(name) ?? [];
  return words?.split('|');
}

/** What was expected in place of a word: the one that was probably meant, or all. */
function insteadOf(word: string, choices: readonly string[]): string {
  const meant = nearest(word, choices);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return `expected ${[choices.slice(0, -1).join(', '), ...choices.slice(-1)].filter((part) => part !== '').join(' or ')}`;
}

/** Problems with positional arguments: missing, wrong and unexpected ones. */
function wordProblems(words: readonly string[], wanted: readonly string[]): string[] {
  const missing = wanted.filter((name, index) => !name.endsWith('?') && (words[index] ?? '') === '');
  const wrong = wanted.flatMap((name, index) => {
    const [word, choices] = [words[index] ?? '', choicesOf(name)];
    return word === '' || choices === undefined || choices.includes(word)
      ? []
      : [`unexpected ${word}; ${insteadOf(word, choices)}`];
  });
  return [
    ...missing.map((name) => `<${name}> is missing`),
    ...wrong,
    ...(wanted.at(-1)?.endsWith('...?') === true ? [] : words.slice(wanted.length)).map((word) => `unexpected ${word}`),
  ];
}

/** The command of that name. @throws UsageError with what was probably meant */
export function findCommand(name: string, all: readonly CommandEntry[]): CommandEntry {
  const found = all.find((command) => command.name === name);
  if (found !== undefined) return found;
  const meant = nearest(
    name,
    all.map((command) => command.name),
  );
  const advice = meant === undefined ? 'see herald --help' : `did you mean ${meant}?`;
  throw new UsageError([`unknown command ${name}; ${advice}`]);
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

/** What is wrong with the value of an option. */
function valueProblem(value: string, { choices, expectation }: Option): string | undefined {
  if (choices !== undefined && !choices.includes(value)) return insteadOf(value, choices);
  const expected = expectation?.(value);
  return expected === undefined ? undefined : `expected ${expected}`;
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
      const problem = token.value === undefined ? undefined : valueProblem(token.value, option);
      if (problem !== undefined) problems.push(`${token.rawName}: ${problem}`);
      given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? true]);
    }
  }
  const asksForHelp = given.has('help');
  if (!asksForHelp && !unclear) problems.push(...wordProblems(words, wanted));
  if (problems.length > 0) throw new UsageError(problems);
  const values = (name: string) => (given.get(name) ?? []).filter((value) => value !== true);
  return { flag: (name) => given.has(name), value: (name) => values(name).at(-1), values, words };
}
