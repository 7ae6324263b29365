// Shared by backup and restore, which copy everything durable between the data directory and one file.
import { resolve } from 'node:path';
import type { Command, CommandIo, OptionTable, ParsedOptions } from './command.ts';
import { configOption, loadLocalConfig } from './local-config.ts';
import { jsonLine, visible, write } from './output.ts';

/** What differs between the two commands. */
export interface DataFileCommand {
  readonly name: string;
  /** What the command does, for its help text. */
  readonly about: string;
  /** Options of its own, with their lines in the help text. */
  readonly options?: OptionTable;
  readonly optionHelp?: string;
  /** Copies between the file and the directory. Resolves to more fields for --json. */
  move(file: string, dir: string, parsed: ParsedOptions, io: CommandIo): Promise<object>;
  /** The lines to print when the copy is complete. */
  report(file: string, dir: string, facts: object): readonly string[];
}

/** Makes one of the two commands. */
export function dataFileCommand(command: DataFileCommand): Command {
  const { name, about, options = {}, optionHelp = '', move, report } = command;
  return {
    help: `usage: herald ${name} FILE [--config FILE]

${about}

  --config FILE   the config that names storage.dir; default ./config.json, or ./data if there is none
${optionHelp}  --json          print {"file": ..., "dir": ...}
`,
    options: { ...configOption, ...options, json: { type: 'boolean' } },
    words: ['FILE'],
    async run(parsed, io) {
      const { config } = await loadLocalConfig(parsed.value('config'), io);
      const { dir } = config.storage;
      const file = resolve(io.cwd, parsed.words[0] ?? '');
      const facts = await move(file, dir, parsed, io);
      const lines = report(file, dir, facts).map((line) => `${visible(line)}\n`);
      await write(io.stdout, parsed.flag('json') ? jsonLine({ file, dir, ...facts }) : lines.join(''));
      return 0;
    },
  };
}
