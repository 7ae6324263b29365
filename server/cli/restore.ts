// herald restore: a data directory out of a backup.
import { resolve } from 'node:path';
import type { Command } from './command.ts';
import { configOption, loadLocalConfig } from './local-config.ts';
import { jsonLine, visible, write } from './output.ts';

/** Fills the data directory, which must be empty and not in use. */
export const restore: Command = {
  help: `usage: herald restore FILE [--config FILE]

Fills the data directory from a file that herald backup wrote. Refused while the relay runs, and where data is already.

  --config FILE   the config whose storage.dir it is; without it ./config.json, and without that ./data
  --json          print {"file": ..., "dir": ...}
`,
  options: { ...configOption, json: { type: 'boolean' } },
  words: ['FILE'],
  async run(parsed, io) {
    const { config } = await loadLocalConfig(parsed.value('config'), io);
    const { dir } = config.storage;
    const file = resolve(io.cwd, parsed.words[0] ?? '');
    const { restoreEmbedded } = await import('../backends/embedded/index.ts');
    await restoreEmbedded(file, dir);
    await write(
      io.stdout,
      parsed.flag('json') ? jsonLine({ file, dir }) : `${visible(`${dir} is restored from ${file}`)}\n`,
    );
    return 0;
  },
};
