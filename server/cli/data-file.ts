// What the commands share that move everything durable between the data directory and one file.
import { resolve } from 'node:path';
import type { Command } from './command.ts';
import { configOption, loadLocalConfig } from './local-config.ts';
import { jsonLine, visible, write } from './output.ts';

/** How one of them differs. */
export interface DataFileCommand {
  readonly name: string;
  /** What it does, as its help tells it. */
  readonly about: string;
  /** Copies one to the other. */
  move(file: string, dir: string): Promise<void>;
  /** Says that it is done. */
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
