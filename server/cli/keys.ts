// herald keys: makes and ends keys of senders, while the relay runs.
import { readFile } from 'node:fs/promises';
import { isObject } from '../../shared/object.ts';
import { readDuration } from '../base/duration.ts';
import { errorMessage } from '../base/errors.ts';
import {
  type Command,
  CommandError,
  type CommandIo,
  type OptionTable,
  type ParsedOptions,
  UsageError,
} from './command.ts';
import { jsonLine, styleFor, table, timeText, visible, write } from './output.ts';
import { type RelayRequest, request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';
import { readInput } from './stdin.ts';

/** Options that go with only one action. */
const CREATE_OPTIONS = [
  'device',
  'group',
  'groups',
  'send',
  'receive',
  'manage',
  'priority',
  'tags',
  'icon',
  'rate',
  'expires',
  'secret',
  'secret-file',
];
const OWN_OPTIONS: Readonly<Record<string, string>> = {
  keep: 'rotate',
  ...Object.fromEntries(CREATE_OPTIONS.map((option) => [option, 'create'])),
};

const text = { type: 'string' } as const;

/** How long something older stays good, in ms; undefined for any other text. */
export function readKeep(value: string): number | undefined {
  return value === '0' ? 0 : readDuration(value);
}

/** `--keep TIME`, see {@link readKeep}. */
export const keepOption = {
  keep: {
    type: 'string',
    expectation: (value) => (readKeep(value) === undefined ? '0, or a time such as 12h or 30d' : undefined),
  },
} as const satisfies OptionTable;

/** Lists the keys, makes or removes one, or gives one a new text. */
export const keys: Command = {
  help: `usage: herald keys [list]
       herald keys create NAME [--device NAME | --group NAME] [OPTIONS]
       herald keys rotate NAME [--keep TIME]
       herald keys remove|rm NAME

Lists or changes the keys of senders. A key is a password for one program: it sends only where it may, its messages show
its name, and you can end it without touching the others. Its text is printed this one time only. Change keys of
config.json in that file.

  --device NAME   where its messages go if a request names no target; the device is registered
  --group NAME    the same for a group
  --groups NAMES  groups of that device, separated by commas
  --send NAMES    devices and groups that it may send to; * stands for any characters; default: --device or --group
  --receive NAMES
                  devices and groups that it may receive and read; default: none
  --manage        lets it use /v1 as the owner does, except keys and apps
  --priority N    priority of messages that name none, 1 to 5
  --tags NAMES    tags of messages that name none
  --icon URL      icon of messages that name none
  --rate N/m      how many messages a minute it may send, such as 60/m; 60/m,120 allows 120 at once after a pause
  --expires TIME  how long it is good, such as 90d
  --secret TEXT   checks the signatures of webhooks that use it; others can see it in the list of processes
  --secret-file FILE  the same, from the first line of a file; - is the input
  --keep TIME     how long the older text stays good after rotate, such as 12h; 0 ends it at once; default 7d
  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such key
`,
  options: {
    ...accessOptions,
    device: text,
    group: text,
    groups: text,
    send: text,
    receive: text,
    manage: { type: 'boolean' },
    priority: { ...text, expectation: (value) => (/^[1-5]$/.test(value) ? undefined : 'a number from 1 to 5') },
    tags: text,
    icon: text,
    rate: { ...text, expectation: (value) => (readRate(value) === undefined ? 'such as 60/m or 60/m,120' : undefined) },
    expires: {
      ...text,
      expectation: (value) => (readDuration(value) === undefined ? 'a time such as 12h or 90d' : undefined),
    },
    secret: text,
    'secret-file': text,
    ...keepOption,
  },
  words: ['list|create|rotate|remove|rm?', 'NAME?'],
  async run(parsed, io) {
    const [word = 'list', name = ''] = parsed.words;
    const action = word === 'rm' ? 'remove' : word;
    if (action !== 'list' && name === '') throw new UsageError(['<NAME> is missing']);
    if (action === 'list' && name !== '') throw new UsageError([`unexpected ${name}`]);
    for (const [option, owner] of Object.entries(OWN_OPTIONS)) {
      if (parsed.flag(option) && action !== owner) throw new UsageError([`--${option} goes only with ${owner}`]);
    }
    if (action === 'list') await list(parsed, io);
    else await change(action, name, parsed, io);
    return 0;
  },
};

function readRate(value: string): { perMinute: number; burst: number } | undefined {
  const [, count, burst = count] = /^(\d{1,6})\/m(?:in)?(?:,(\d{1,6}))?$/.exec(value) ?? [];
  return Number(count) > 0 && Number(burst) > 0 ? { perMinute: Number(count), burst: Number(burst) } : undefined;
}

/** The settings that the options name. */
function settingsOf(parsed: ParsedOptions, secret: string | undefined): Readonly<Record<string, unknown>> {
  const names = (option: string) => {
    const given = parsed.value(option);
    return given === undefined ? undefined : given.split(',').filter((one) => one !== '');
  };
  const [priority, rate, expires] = ['priority', 'rate', 'expires'].map((option) => parsed.value(option));
  return {
    device: parsed.value('device'),
    group: parsed.value('group'),
    groups: names('groups'),
    send: names('send'),
    receive: names('receive'),
    manage: parsed.flag('manage') || undefined,
    priority: priority === undefined ? undefined : Number(priority),
    tags: names('tags'),
    icon: parsed.value('icon'),
    rate: rate === undefined ? undefined : readRate(rate),
    // By this machine's clock, as people mean it.
    expires: expires === undefined ? undefined : Date.now() + (readDuration(expires) ?? 0),
    secret,
  };
}

/** The secret that the options name. @throws UsageError, CommandError */
async function readSecret(parsed: ParsedOptions, io: CommandIo): Promise<string | undefined> {
  const [given, file] = ['secret', 'secret-file'].map((option) => parsed.value(option));
  if (file === undefined) return given;
  if (given !== undefined) throw new UsageError(['--secret and --secret-file do not go together']);
  let text: string;
  try {
    text = file === '-' ? await readInput(io) : await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot read ${file}: ${errorMessage(error)}`);
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '')
    throw new CommandError(`there is no secret in the first line of ${file === '-' ? 'the input' : file}`);
  return line;
}

async function change(action: string, name: string, parsed: ParsedOptions, io: CommandIo): Promise<void> {
  const path = `/v1/keys/${encodeURIComponent(name)}`;
  const keep = readKeep(parsed.value('keep') ?? '');
  const secret = await readSecret(parsed, io);
  const asked: Readonly<Record<string, Pick<RelayRequest, 'method' | 'path' | 'body'>>> = {
    create: { method: 'POST', path: '/v1/keys', body: { ...settingsOf(parsed, secret), name } },
    remove: { method: 'DELETE', path },
    rotate: { method: 'POST', path: `${path}/rotate`, body: keep === undefined ? {} : { keep } },
  };
  const one = asked[action];
  if (one === undefined) throw new UsageError([`unexpected ${action}`]);
  const answer = await request(await findServer(parsed, io), { ...one, signal: io.signal });
  const lines = action === 'remove' ? `${visible(name)} is removed\n` : madeText(answer);
  await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : lines);
}

/** A new text, and what to paste into each kind of sender. */
function madeText({ key, addresses }: Readonly<Record<string, unknown>>): string {
  const rows = [['key', String(key)]];
  for (const one of Array.isArray(addresses) ? addresses : []) {
    if (isObject(one)) rows.push([String(one['kind']), String(one['text'])]);
  }
  const width = Math.max(...rows.map(([kind = '']) => kind.length));
  return rows.map(([kind = '', line = '']) => `${visible(kind.padEnd(width))}  ${visible(line)}\n`).join('');
}

async function list(parsed: ParsedOptions, io: CommandIo): Promise<void> {
  const server = await findServer(parsed, io);
  const { keys: listed } = await request(server, { method: 'GET', path: '/v1/keys', signal: io.signal });
  if (!Array.isArray(listed)) throw new CommandError(`${server.http} does not answer as a Herald relay does`);
  if (parsed.flag('json')) await write(io.stdout, listed.map(jsonLine).join(''));
  else if (listed.length === 0) await write(io.stdout, 'there is no key yet; herald keys create makes one\n');
  else await write(io.stdout, table([HEADING, ...listed.map(row)], styleFor(io.stdout, io.env)));
}

const HEADING = ['NAME', 'SENDS TO', 'RECEIVES', 'SENT', 'LAST USED', 'SECRET', 'STATE', 'FROM'];

function row(key: Readonly<Record<string, unknown>>): string[] {
  const names = (value: unknown) => (Array.isArray(value) ? value.join(', ') : undefined);
  const { name, device, group, send, receive, sent, lastUse, enabled, expires, configured, signed } = key;
  const target = names(send) ?? device ?? group ?? '';
  const used = isObject(lastUse)
    ? `${timeText(Number(lastUse['at']))} by ${lastUse['template'] ?? lastUse['dialect']}`
    : 'never';
  const until = typeof expires === 'number' ? `until ${timeText(expires)}` : 'on';
  const isOver = typeof expires === 'number' && expires <= Date.now();
  const state = enabled === false ? 'off' : isOver ? 'expired' : until;
  return [
    name,
    target,
    names(receive) ?? '',
    sent,
    used,
    signed === true ? 'set' : '',
    state,
    configured === true ? 'config' : 'registry',
  ].map(String);
}
