// herald messages: what was sent to a device, oldest first.
import type { Message } from '../../shared/message.ts';
import { systemClock } from '../base/clock.ts';
import { type Command, CommandError } from './command.ts';
import { jsonLine, type Style, statusText, styleFor, timeText, visible, write } from './output.ts';
import { request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';
import { readSince, SINCE_FORM } from './since.ts';

/** A message and what became of it for the device. */
interface ListedMessage extends Message {
  readonly status: string;
}

/** Messages per request: each of them may be as long as the relay's largest body. */
const PAGE = 100;

/** Lists the messages of a device. */
export const messages: Command = {
  help: `usage: herald messages NAME [--since WHEN] [--limit N]

Lists the messages to a device with their states, oldest first, as far back as the relay keeps them.

  --since WHEN    ${SINCE_FORM};
                  with a mid, the messages after that one
  --limit N       at most so many, the first ones
  --json          print one JSON object a line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such device
`,
  options: {
    ...accessOptions,
    since: {
      type: 'string',
      expectation: (value) => (readSince(value, systemClock.now()) === undefined ? SINCE_FORM : undefined),
    },
    limit: {
      type: 'string',
      expectation: (value) => (/^[1-9]\d{0,14}$/.test(value) ? undefined : 'a whole number above 0'),
    },
  },
  words: ['NAME'],
  async run(parsed, io) {
    const [name = ''] = parsed.words;
    const server = await findServer(parsed, io);
    const style = styleFor(io.stdout, io.env);
    let since = readSince(parsed.value('since') ?? '0', systemClock.now()) ?? '0';
    let left = Number(parsed.value('limit') ?? Number.POSITIVE_INFINITY);
    let last = PAGE;
    while (left > 0 && last === PAGE) {
      const query = new URLSearchParams({ since, limit: String(Math.min(PAGE, left)) });
      const path = `/v1/devices/${encodeURIComponent(name)}/messages?${query}`;
      const { messages: page } = await request(server, { method: 'GET', path, signal: io.signal });
      if (!Array.isArray(page)) throw new CommandError(`${server.http} does not answer as a Herald relay does`);
      const listed = page as ListedMessage[];
      const text = listed.map((message) => (parsed.flag('json') ? jsonLine(message) : line(message, style))).join('');
      if (!(await write(io.stdout, text))) return 0;
      since = listed.at(-1)?.mid ?? since;
      left -= listed.length;
      last = listed.length;
    }
    return 0;
  },
};

const LONGEST_STATUS = 18;

function line({ mid, status, message }: ListedMessage, style: Style): string {
  const [first = ''] = message.desp.split(/\r?\n/, 1);
  const text = message.text === '' ? first : message.text;
  const padding = ' '.repeat(Math.max(0, LONGEST_STATUS - status.length));
  return `${style.dim(mid)}  ${timeText(Number(mid))}  ${statusText(status, style)}${padding}  ${visible(text)}\n`;
}
