// herald backup: everything durable in one file.
import { resolve } from 'node:path';
import type { Command } from './command.ts';
import { configOption, loadLocalConfig } from './local-config.ts';
import { jsonLine, visible, write } from './output.ts';

/** Writes a backup of the data directory, while the relay runs or not. */
export const backup: Command = {
  help: `usage: herald backup FILE [--config FILE]

Writes devices, keys and messages to a new file, as they are at one moment; the relay may go on running.
The file holds the keys of the relay: keep it as safe as the data directory.

  --config FILE   the config whose storage.dir it is; without it ./config.json, and without that ./data
  --json          print {"file": ..., "dir": ...}
`,
  options: { ...configOption, json: { type: 'boolean' } },
  words: ['FILE'],
  async run(parsed, io) {
    const { config } = await loadLocalConfig(parsed.value('config'), io);
    const { dir } = config.storage;
    const file = resolve(io.cwd, parsed.words[0] ?? '');
    const { backupEmbedded } = await import('../backends/embedded/index.ts');
    await backupEmbedded(dir, file);
    await write(io.stdout, parsed.flag('json') ? jsonLine({ file, dir }) : `${visible(`${file} holds ${dir}`)}\n`);
    return 0;
  },
};
