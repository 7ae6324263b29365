// herald apps: the apps that Pusher SDKs use, made and ended while the relay runs.
import { type Command, CommandError, type CommandIo, type ParsedOptions, UsageError } from './command.ts';
import { jsonLine, styleFor, table, visible, write } from './output.ts';
import { type RelayRequest, request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** An app as the relay lists it. */
interface ListedApp {
  readonly id: string;
  readonly enabled: boolean;
  readonly keys: readonly { readonly key: string; readonly active: boolean }[];
  readonly registered: boolean;
}

const ACTIONS = ['list', 'create', 'remove', 'rotate'];

/** Lists the apps, makes or removes one, or gives one a new key. */
export const apps: Command = {
  help: `usage: herald apps [list]
       herald apps create ID [--settings JSON]
       herald apps remove ID
       herald apps rotate ID [--retire]

The apps that Pusher SDKs connect to. Changes hold at once and outlive a restart; apps of config.json are changed there.
A new key is printed with its secret, which is told this one time. After rotate the key before it stays good until the
next rotate.

  --settings JSON keys of the app as in config.json, such as '{"clientEvents": true}'
  --retire        retire all older keys at once
  --json          print one JSON object a line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such app
`,
  options: { ...accessOptions, settings: { type: 'string', expectation: expectObject }, retire: { type: 'boolean' } },
  words: [`${ACTIONS.join('|')}?`, 'ID?'],
  async run(parsed, io) {
    const [action = 'list', id = ''] = parsed.words;
    if (!ACTIONS.includes(action)) throw new UsageError([`unexpected ${action}; see herald apps --help`]);
    if (action !== 'list' && id === '') throw new UsageError(['<ID> is missing']);
    if (action === 'list' && id !== '') throw new UsageError([`unexpected ${id}`]);
    if (action === 'list') await list(parsed, io);
    else await change(action, id, parsed, io);
    return 0;
  },
};

function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function expectObject(text: string): string | undefined {
  return readObject(text) === undefined ? 'a JSON object' : undefined;
}

async function change(action: string, id: string, parsed: ParsedOptions, io: CommandIo): Promise<void> {
  const path = `/v1/apps/${encodeURIComponent(id)}`;
  const asked: Readonly<Record<string, Pick<RelayRequest, 'method' | 'path' | 'body'>>> = {
    create: { method: 'POST', path: '/v1/apps', body: { ...readObject(parsed.value('settings') ?? '{}'), id } },
    remove: { method: 'DELETE', path },
    rotate: { method: 'POST', path: `${path}/keys`, body: { retire: parsed.flag('retire') } },
  };
  const one = asked[action];
  if (one === undefined) throw new UsageError([`unexpected ${action}`]);
  const answer = await request(await findServer(parsed, io), { ...one, signal: io.signal });
  const { key, secret } = answer;
  const text =
    action === 'remove'
      ? `${visible(id)} is removed\n`
      : `id      ${visible(id)}\nkey     ${visible(String(key))}\nsecret  ${visible(String(secret))}\n`;
  await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : text);
}

async function list(parsed: ParsedOptions, io: CommandIo): Promise<void> {
  const server = await findServer(parsed, io);
  const { apps: listed } = await request(server, { method: 'GET', path: '/v1/apps', signal: io.signal });
  if (!Array.isArray(listed)) throw new CommandError(`${server.http} does not answer as a Herald relay does`);
  if (parsed.flag('json')) await write(io.stdout, listed.map(jsonLine).join(''));
  else
    await write(io.stdout, table([['ID', 'KEYS', 'ENABLED', 'FROM'], ...listed.map(row)], styleFor(io.stdout, io.env)));
}

function row({ id, enabled, keys, registered }: ListedApp): string[] {
  const shown = keys.map(({ key, active }) => (active ? key : `${key} (retired)`));
  const from = id === 'relay' ? 'built in' : registered ? 'registry' : 'config';
  return [id, shown.join(', '), enabled ? 'yes' : 'no', from];
}
