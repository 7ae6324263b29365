// herald apps: creates and removes the apps that Pusher SDKs use, while the relay runs.
import { parseObject } from '../../shared/object.ts';
import { readDuration } from '../base/duration.ts';
import { type Command, CommandError, type CommandIo, type ParsedOptions, UsageError } from './command.ts';
import { jsonLine, styleFor, table, timeText, visible, write } from './output.ts';
import { type RelayRequest, request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** An app as the relay lists it. */
interface ListedApp {
  readonly id: string;
  readonly enabled: boolean;
  readonly keys: readonly { readonly key: string; readonly active: boolean; readonly until?: number }[];
  readonly registered: boolean;
}

/** Options that go with only one action. */
const OWN_OPTIONS: Readonly<Record<string, string>> = { settings: 'create', keep: 'rotate' };

/** Lists the apps, creates or removes one, or gives one a new key. */
export const apps: Command = {
  help: `usage: herald apps [list]
       herald apps create ID [--settings JSON]
       herald apps remove ID
       herald apps rotate ID [--keep TIME]

Lists or changes the apps that Pusher SDKs connect to. Changes work at once and survive a restart. Change apps of
config.json in that file. A new key is printed with its secret, this one time only. The older keys stay valid for a
while. When a key ends, the relay refuses what it signs, and closes the connections that used it.

  --settings JSON
                  keys of the app as in config.json, such as '{"clientEvents": true}'
  --keep TIME     how long the older keys stay valid, such as 12h or 30d; 0 ends them at once; default 7d
  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such app
`,
  options: {
    ...accessOptions,
    settings: {
      type: 'string',
      expectation: (text) => (parseObject(text) === undefined ? 'a JSON object' : undefined),
    },
    keep: {
      type: 'string',
      expectation: (text) => (readKeep(text) === undefined ? '0, or a time such as 12h or 30d' : undefined),
    },
  },
  words: ['list|create|remove|rotate?', 'ID?'],
  async run(parsed, io) {
    const [action = 'list', id = ''] = parsed.words;
    if (action !== 'list' && id === '') throw new UsageError(['<ID> is missing']);
    if (action === 'list' && id !== '') throw new UsageError([`unexpected ${id}`]);
    for (const [option, owner] of Object.entries(OWN_OPTIONS)) {
      if (parsed.flag(option) && action !== owner) throw new UsageError([`--${option} goes only with ${owner}`]);
    }
    if (action === 'list') await list(parsed, io);
    else await change(action, id, parsed, io);
    return 0;
  },
};

function readKeep(text: string): number | undefined {
  return text === '0' ? 0 : readDuration(text);
}

async function change(action: string, id: string, parsed: ParsedOptions, io: CommandIo): Promise<void> {
  const path = `/v1/apps/${encodeURIComponent(id)}`;
  const keep = readKeep(parsed.value('keep') ?? '');
  const asked: Readonly<Record<string, Pick<RelayRequest, 'method' | 'path' | 'body'>>> = {
    create: { method: 'POST', path: '/v1/apps', body: { ...parseObject(parsed.value('settings') ?? '{}'), id } },
    remove: { method: 'DELETE', path },
    rotate: { method: 'POST', path: `${path}/keys`, body: keep === undefined ? {} : { keep } },
  };
  const one = asked[action];
  if (one === undefined) throw new UsageError([`unexpected ${action}`]);
  const answer = await request(await findServer(parsed, io), { ...one, signal: io.signal });
  const text = action === 'remove' ? `${visible(id)} is removed\n` : keyText(answer);
  await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : text);
}

/** A new key as lines of text. */
function keyText({ id, key, secret, olderUntil }: Readonly<Record<string, unknown>>): string {
  const lines = [`id      ${id}`, `key     ${key}`, `secret  ${secret}`];
  if (typeof olderUntil === 'number') lines.push(`older   good until ${timeText(olderUntil)}`);
  return lines.map((line) => `${visible(line)}\n`).join('');
}

async function list(parsed: ParsedOptions, io: CommandIo): Promise<void> {
  const server = await findServer(parsed, io);
  const { apps: listed } = await request(server, { method: 'GET', path: '/v1/apps', signal: io.signal });
  if (!Array.isArray(listed)) throw new CommandError(`${server.http} does not answer as a Herald relay does`);
  if (parsed.flag('json')) await write(io.stdout, listed.map(jsonLine).join(''));
  else await write(io.stdout, table([HEADING, ...listed.flatMap(rows)], styleFor(io.stdout, io.env)));
}

const HEADING = ['ID', 'KEYS', 'ENABLED', 'FROM'];

/** One row per key, the app itself in the first. */
function rows({ id, enabled, keys, registered }: ListedApp): string[][] {
  const from = id === 'relay' ? 'built in' : registered ? 'registry' : 'config';
  const [first = '–', ...others] = keys.map(({ key, active, until }) => {
    if (!active) return `${key} (retired)`;
    return until === undefined ? key : `${key} (until ${timeText(until)})`;
  });
  return [[id, first, enabled ? 'yes' : 'no', from], ...others.map((key) => ['', key, '', ''])];
}
