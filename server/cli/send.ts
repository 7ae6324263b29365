// herald send: sends one message and prints who has it.
import { seal } from '../../shared/encrypted.ts';
import { type Command, CommandError, type CommandIo, type Option, type ParsedOptions } from './command.ts';
import { keyFor, readKeys } from './e2e-keys.ts';
import { compose, MESSAGE_HELP, messageOptions } from './message-options.ts';
import { jsonLine, note, statusText, styleFor, timeText, visible, write } from './output.ts';
import { NOT_FOUND, request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** Exit code when a recipient does not have the message yet. */
const STILL_WAITING = 3;
/** Time for the answer in addition to the wait, in ms. */
const ANSWER_TIME = 30_000;
/** Without --wait, the relay waits as long as its config says. The command allows for at most this wait, in ms. */
const DEFAULT_WAIT = 300_000;

/** Options of the relay for a send, under the same names. */
const SEND_OPTIONS = [
  ...(['in', 'at', 'cron', 'tz', 'id', 'key', 'state', 'ring', 'quiet', 'ttl', 'idempotency'] as const),
  ...(['retry', 'expire', 'then', 'after'] as const),
];
/** The values of those that take only some. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  state: ['firing', 'ok', 'resolved', 'info'],
  ring: ['auto', 'always', 'never'],
  quiet: ['break'],
};
const sendOptions = Object.fromEntries(
  SEND_OPTIONS.map((name): [string, Option] => {
    const choices = CHOICES[name];
    return [name, { type: 'string', ...(choices === undefined ? {} : { choices }) }];
  }),
);

/** Sends a message. */
export const send: Command = {
  help: `usage: herald send NAME [TEXT] [OPTIONS]

Sends TEXT to the device NAME, and prints the status of each recipient.

Without TEXT, it sends the standard input: the first line is the text, the rest is the description.
  herald send phone < note.txt
With TEXT, it reads the standard input only for --desp -
  df -h | herald send phone "Disks" --desp -

  --group         NAME is a group: send to each of its devices
${MESSAGE_HELP}  --in TIME       send it later: 90s, 30m, 2h or 1d from now
  --at TIME       send it at a time, such as 2030-01-31T08:00 or "tomorrow, 10am"
  --cron FIELDS   send it again and again, such as "0 9 * * 1-5"
  --tz ZONE       time zone of --at and --cron, such as Europe/Berlin
  --id NAME       name of a message that is due later; the same name replaces it
  --key KEY       messages with the same key are one alert
  --state STATE   firing, ok, resolved or info
  --ring WHEN     auto, always or never
  --quiet break   ring in quiet hours too
  --ttl TIME      how long it is worth delivering, in seconds or as 10m
  --retry TIME    with --priority emergency: how often it rings until someone acknowledges it, in seconds or as 2m
  --expire TIME   for how long
  --then A,B      who gets it too if no one answers: devices, groups, group:NAME, hook:NAME
  --after N       after how many rounds the next one gets it
  --idempotency K
                  the same key within 24 hours sends only once
  --wait SECONDS  how long to wait for acknowledgements, such as 0 or 2.5; default: the relay's http.waitTimeout
  --encrypt       encrypt the message with the key for NAME; see herald e2e --help
  --json          print the relay's answer as JSON
${ACCESS_HELP}
Put -- before a text that begins with a dash: herald send phone -- -5

Exit code: 0 every recipient has it, 1 it failed, 2 wrong options, 3 a recipient does not have it yet (the relay keeps
trying), 4 no device or group has that name
`,
  options: {
    ...accessOptions,
    group: { type: 'boolean' },
    encrypt: { type: 'boolean' },
    ...messageOptions,
    ...sendOptions,
    wait: {
      type: 'string',
      expectation: (value) =>
        /^(?:\d{1,7}(?:\.\d{1,9})?|\.\d{1,9})$/.test(value) ? undefined : 'seconds, such as 0 or 2.5',
    },
  },
  words: ['NAME', 'TEXT?'],
  async run(parsed, io) {
    const [target = ''] = parsed.words;
    const server = await findServer(parsed, io);
    const key = parsed.flag('encrypt') ? keyFor(await readKeys(io.env), target).key : undefined;
    const written = await compose(parsed, io);
    const message = key === undefined ? written : await seal(key, written);
    const seconds = parsed.value('wait');
    const wait = seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
    // Without http.strict, because the exit code comes from the statuses, which an error would not contain.
    const query = `strict=0${wait === undefined ? '' : `&wait=${wait}`}`;
    const { data, hint, held } = await request(server, {
      method: 'POST',
      path: `/${encodeURIComponent(target)}.${parsed.flag('group') ? 'group' : 'send'}?${query}`,
      body: { ...message, from: parsed.value('from'), ...readOptions(parsed) },
      timeout: (wait ?? DEFAULT_WAIT) + ANSWER_TIME,
      signal: io.signal,
    });
    const statuses = readStatuses(data);
    const scheduled = scheduledText(data);
    if (statuses === undefined) throw new CommandError(`${server.http} does not answer as a Herald relay does`);

    if (parsed.flag('json')) await write(io.stdout, jsonLine(data));
    else if (scheduled !== undefined) await write(io.stdout, scheduled);
    else await write(io.stdout, report(statuses, io) + receiptText(data));
    if (typeof hint === 'string') await note(io, visible(hint));
    if (Array.isArray(held))
      await note(io, `${visible(held.join(', '))}: no notification now, because of quiet hours or a mute`);
    if (scheduled !== undefined) return 0;
    return exitCode(statuses.map(([, status]) => status));
  },
};

function readOptions(parsed: ParsedOptions): Record<string, string> {
  return Object.fromEntries(
    SEND_OPTIONS.flatMap((name) => {
      const value = parsed.value(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What to print for a message that is due later. */
function scheduledText(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('scheduled' in data) || !('id' in data)) return undefined;
  return `${visible(String(data.id))}  due ${timeText(Number(data.scheduled))}\n`;
}

/** What to print for an emergency, for herald answer. */
function receiptText(data: unknown): string {
  return typeof data === 'object' && data !== null && 'receipt' in data
    ? `receipt  ${visible(String(data.receipt))}\n`
    : '';
}

function readStatuses(data: unknown): [name: string, status: string][] | undefined {
  if (typeof data !== 'object' || data === null || !('status' in data)) return undefined;
  const { status } = data;
  if (typeof status !== 'object' || status === null) return undefined;
  return Object.entries(status).map(([name, value]) => [name, String(value)]);
}

function report(statuses: readonly (readonly [string, string])[], { stdout, env }: CommandIo): string {
  const style = styleFor(stdout, env);
  return statuses.map(([name, status]) => `${visible(name)}  ${statusText(status, style)}\n`).join('');
}

function exitCode(statuses: readonly string[]): number {
  if (statuses.includes('failed')) return 1;
  if (statuses.every((status) => status === 'no')) return NOT_FOUND;
  return statuses.every((status) => status === 'ok') ? 0 : STILL_WAITING;
}
