// herald login: keeps the address of a relay and the token for it, so that the other commands need neither.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { type Command, CommandError, type CommandIo, type ParsedOptions, UsageError } from './command.ts';
import { type KeptLogin, loginFile } from './kept-login.ts';
import { jsonLine, note, visible, write } from './output.ts';
import { request } from './request.ts';
import { ADDRESS_FORM, parseAddress } from './server-address.ts';
import { readInput } from './stdin.ts';
import { writeUserFile } from './user-file.ts';

/** Logs in. */
export const login: Command = {
  help: `usage: herald login SERVER [--token TOKEN]

Keeps the address of a relay, and its token or a key, for the other commands of this user. Without --token and
HERALD_TOKEN it asks for the token, or reads it from the standard input. --server, --token, HERALD_SERVER and
HERALD_TOKEN go before what is kept.

  --token TOKEN   the token of the relay, or a key (herald keys create)
  --json          print {"server": ..., "file": ...}

It is kept in ~/.config/herald/login.json, or below XDG_CONFIG_HOME, with mode 0600. herald logout forgets it.

Exit code: 0 done, 1 the relay cannot be reached or refuses the token, 2 wrong options
`,
  options: { token: { type: 'string' }, json: { type: 'boolean' } },
  words: ['SERVER'],
  async run(parsed, io) {
    const [given = ''] = parsed.words;
    const address = parseAddress(given);
    if (address === undefined) throw new UsageError([`SERVER: expected ${ADDRESS_FORM}`]);
    const token = await tokenFor(address.http, parsed, io);
    await check(address.http, token, io);
    const kept: KeptLogin = { server: address.http, ...(token === undefined ? {} : { token }) };
    const file = loginFile(io.env);
    await writeUserFile(file, `${JSON.stringify(kept)}\n`);
    const text = `logged in to ${visible(address.http)}\n`;
    await write(io.stdout, parsed.flag('json') ? jsonLine({ server: address.http, file }) : text);
    return 0;
  },
};

/** The token; undefined if there is none, as for a relay that asks for none. */
async function tokenFor(server: string, parsed: ParsedOptions, io: CommandIo): Promise<string | undefined> {
  const given = parsed.value('token') ?? io.env['HERALD_TOKEN'];
  if (given) return given;
  const typed = io.stdin.isTTY === true ? await askFor(`Token of ${visible(server)}: `, io) : await readInput(io);
  return typed.trim() === '' ? undefined : typed.trim();
}

/** Asks at the terminal, and does not show what is typed. */
async function askFor(question: string, { stdin, stderr, signal }: CommandIo): Promise<string> {
  await write(stderr, question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  const stop = () => lines.close();
  signal.addEventListener('abort', stop, { once: true });
  // Ctrl-C reaches this reader and not the process, because the terminal is in raw mode.
  const typed = await new Promise<string | undefined>((resolve) => {
    lines.once('line', resolve);
    lines.once('SIGINT', stop);
    lines.once('close', () => resolve(undefined));
  });
  signal.removeEventListener('abort', stop);
  lines.close();
  await write(stderr, '\n');
  if (typed === undefined) throw new CommandError('interrupted');
  return typed;
}

/** @throws CommandError if the relay cannot be reached, or does not know the token */
async function check(server: string, token: string | undefined, io: CommandIo): Promise<void> {
  const address = parseAddress(server);
  if (address === undefined) return;
  // A key that may only send is refused with 403, but it is known.
  const asked = { method: 'GET', path: '/v1/devices', accepts: [403], signal: io.signal } as const;
  await request({ ...address, token }, asked);
  if (
    address.http.startsWith('http://') &&
    token !== undefined &&
    !/^http:\/\/(?:localhost|127\.|\[::1\])/.test(server)
  ) {
    await note(io, 'the token travels as plain text over http; docs/https.md says how to use https');
  }
}
