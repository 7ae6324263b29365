// herald token: the shared token of the relay on this machine.
import { type Command, CommandError } from './command.ts';
import { configOption, loadLocalConfig } from './local-config.ts';
import { jsonLine, visible, write } from './output.ts';
import { readKeptToken } from './server-access.ts';

/** Prints the token by which senders and devices authenticate. */
export const token: Command = {
  help: `usage: herald token [--config FILE]

Prints the token of the relay on this machine. Senders and devices show it. In a script:
  export HERALD_TOKEN=$(herald token)

  --config FILE   the config of the relay; default ./config.json if it exists
  --json          print {"token": ...}

Exit code: 0 done, 1 there is no token yet or it cannot be read, 2 wrong options or config
`,
  options: { ...configOption, json: { type: 'boolean' } },
  words: [],
  async run(parsed, io) {
    const { config } = await loadLocalConfig(parsed.value('config'), io);
    const found = config.token ?? (await kept(config.storage.dir));
    await write(io.stdout, parsed.flag('json') ? jsonLine({ token: found }) : `${visible(found)}\n`);
    return 0;
  },
};

/** @throws CommandError that says why there is no token to print, and what to do */
async function kept(dir: string): Promise<string> {
  let found: string | undefined;
  try {
    found = await readKeptToken(dir);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new CommandError(`${dir} cannot be read by this user: run it as the user of the relay`, 1, error);
    }
    if (code !== 'ENOENT') throw new CommandError(`the keys in ${dir} are damaged: restore a backup`, 1, error);
  }
  if (found === undefined) {
    throw new CommandError(`there is no token in ${dir} yet: the relay makes one at its first start`);
  }
  return found;
}
