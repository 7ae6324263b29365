// herald logout: forgets the login of this user.
import type { Command } from './command.ts';
import { loginFile } from './kept-login.ts';
import { jsonLine, visible, write } from './output.ts';
import { removeUserFile } from './user-file.ts';

/** Logs out. */
export const logout: Command = {
  help: `usage: herald logout

Forgets the address and the token that herald login keeps. The token itself stays good: herald keys remove ends a key,
herald token rotate the token of the relay.

  --json    print {"removed": true}, or false if there was no login
`,
  options: { json: { type: 'boolean' } },
  words: [],
  async run(parsed, io) {
    const file = loginFile(io.env);
    const removed = await removeUserFile(file);
    const text = removed ? `${visible(file)} is removed\n` : 'there was no login\n';
    await write(io.stdout, parsed.flag('json') ? jsonLine({ removed }) : text);
    return 0;
  },
};
