// Reads the help text of a command, for the man page, the completions and `herald help --json`. That text is the only place
// that describes an option.
import { type Command, type CommandEntry, choicesOf, type Option } from './command.ts';

/** An option, as the help describes it. */
export interface OptionHelp {
  readonly name: string;
  readonly short?: string;
  /** What its value is called, such as `FILE`; absent for a flag. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly text: string;
}

/** A command, as the help describes it. */
export interface CommandHelp {
  readonly name: string;
  readonly summary: string;
  /** Its forms, without "usage:". */
  readonly usage: readonly string[];
  /** The names of its arguments. */
  readonly words: readonly string[];
  /** The words that its first argument may be; empty if it may be any text. */
  readonly actions: readonly string[];
  readonly options: readonly OptionHelp[];
  /** The paragraphs before and after the options, as lines. */
  readonly before: readonly (readonly string[])[];
  readonly after: readonly (readonly string[])[];
}

/** A line that begins an option: `  --group GROUP   text`. */
const OPTION = /^ {2}--([\w-]+)(?: ([A-Z][^ ]*(?: [A-Z][^ ]*)*|[a-z]+))?(?: {2,}(.*))?$/;
/** A line that goes on with the text of an option. */
const CONTINUED = /^ {8,}(\S.*)$/;

/** Reads the options of a help text. */
function optionsIn(lines: readonly string[], table: Command['options']): OptionHelp[] {
  const found: { name: string; value: string | undefined; texts: string[] }[] = [];
  for (const line of lines) {
    const [, name, value, text] = OPTION.exec(line) ?? [];
    if (name !== undefined) found.push({ name, value, texts: text === undefined ? [] : [text] });
    else found.at(-1)?.texts.push(CONTINUED.exec(line)?.[1] ?? line.trim());
  }
  return found.map(({ name, value, texts }) => {
    const { type, short, choices }: Partial<Option> = table[name] ?? {};
    return {
      name,
      ...(short === undefined ? {} : { short }),
      ...(type === 'string' ? { value: value ?? 'TEXT' } : {}),
      ...(choices === undefined ? {} : { choices }),
      text: texts.join(' '),
    };
  });
}

/** What the help of a command says, in parts. */
export function helpOf({ name, summary }: Pick<CommandEntry, 'name' | 'summary'>, command: Command): CommandHelp {
  const blocks = command.help
    .trimEnd()
    .split('\n\n')
    .map((block) => block.split('\n'));
  const [usage = [], ...rest] = blocks;
  const isOptions = (lines: readonly string[]) => OPTION.test(lines[0] ?? '');
  const first = rest.findIndex(isOptions);
  const last = rest.findLastIndex(isOptions);
  const words = command.words.map((word) => word.replace(/\??$/, ''));
  return {
    name,
    summary,
    usage: usage.map((line) => line.replace(/^(?:usage:)? +/, '')),
    words,
    actions: choicesOf(command.words[0] ?? '') ?? [],
    options: optionsIn(rest.filter(isOptions).flat(), command.options),
    before: first < 0 ? rest : rest.slice(0, first),
    after: first < 0 ? [] : rest.slice(last + 1),
  };
}

/** What the help of every command says. */
export function allHelp(commands: readonly CommandEntry[]): Promise<CommandHelp[]> {
  return Promise.all(commands.map(async (entry) => helpOf(entry, await entry.load())));
}
