// Shared by backup and restore, which copy everything durable between the data directory and one file.
import { resolve } from 'node:path';
import type { Command } from './command.ts';
import { configOption, loadLocalConfig } from './local-config.ts';
import { jsonLine, visible, write } from './output.ts';

/** What is different between the two commands. */
export interface DataFileCommand {
  readonly name: string;
  /** What the command does, for its help text. */
  readonly about: string;
  /** Copies one to the other. */
  move(file: string, dir: string): Promise<void>;
  /** The text printed when the copy is complete. */
  told(file: string, dir: string): string;
}

/** Makes the command. */
export function dataFileCommand({ name, about, move, told }: DataFileCommand): Command {
  return {
    help: `usage: herald ${name} FILE [--config FILE]

${about}

  --config FILE   the config whose storage.dir it is; without it ./config.json, and without that ./data
  --json          print {"file": ..., "dir": ...}
`,
    options: { ...configOption, json: { type: 'boolean' } },
    words: ['FILE'],
    async run(parsed, io) {
      const { config } = await loadLocalConfig(parsed.value('config'), io);
      const { dir } = config.storage;
      const file = resolve(io.cwd, parsed.words[0] ?? '');
      await move(file, dir);
      await write(io.stdout, parsed.flag('json') ? jsonLine({ file, dir }) : `${visible(told(file, dir))}\n`);
      return 0;
    },
  };
}
