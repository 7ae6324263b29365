// herald messages: lists the messages of a device, the newest last.
import type { WireMessage } from '../../shared/message.ts';
import { systemClock } from '../base/clock.ts';
import { type Command, CommandError, type CommandIo } from './command.ts';
import { messageText } from './message-text.ts';
import { jsonLine, statusText, styleFor, write } from './output.ts';
import { request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer, type ServerAccess } from './server-access.ts';
import { readSince, SINCE_FORM } from './since.ts';

/** A message with its status for the device. */
interface ListedMessage extends WireMessage {
  readonly status: string;
  readonly held?: true;
}

/** Messages per request. */
const PAGE = 100;
const DEFAULT_LIMIT = 20;

/** Lists the messages of a device. */
export const messages: Command = {
  help: `usage: herald messages NAME [--since WHEN] [--limit N]

Lists the newest messages of a device with their statuses. The newest one is at the end.

  --limit N       how many; default ${DEFAULT_LIMIT}, or all of them with --since
  --since WHEN    list the first ones since then, or after a mid. WHEN is
                  ${SINCE_FORM}
  --json          print one JSON object per line
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
    const since = parsed.value('since');
    const given = parsed.value('limit');
    const pages =
      since === undefined
        ? newest(server, name, Number(given ?? DEFAULT_LIMIT), io.signal)
        : after(
            server,
            name,
            readSince(since, systemClock.now()) ?? '0',
            Number(given ?? Number.POSITIVE_INFINITY),
            io.signal,
          );
    for await (const page of pages) {
      const text = page.map((message) =>
        parsed.flag('json')
          ? jsonLine(message)
          : messageText(message, style, statusText(message.held === true ? 'held' : message.status, style)),
      );
      if (!(await write(io.stdout, text.join('')))) return 0;
    }
    return 0;
  },
};

/** Fetches one page. A page may be shorter than `limit` although more messages follow. */
async function fetchPage(
  server: ServerAccess,
  name: string,
  query: Readonly<Record<string, string>>,
  signal: CommandIo['signal'],
): Promise<ListedMessage[]> {
  const path = `/v1/devices/${encodeURIComponent(name)}/messages?${new URLSearchParams(query)}`;
  const { messages: page } = await request(server, { method: 'GET', path, signal });
  if (!Array.isArray(page)) throw new CommandError(`${server.http} does not answer as a Herald relay does`);
  return page as ListedMessage[];
}

/** The messages after `since`, in order, page by page. */
async function* after(server: ServerAccess, name: string, since: string, limit: number, signal: CommandIo['signal']) {
  let left = limit;
  let from = since;
  while (left > 0) {
    const page = await fetchPage(server, name, { since: from, limit: String(Math.min(PAGE, left)) }, signal);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    from = last.mid;
    left -= page.length;
  }
}

/** The newest messages as one page, in order. */
async function* newest(server: ServerAccess, name: string, limit: number, signal: CommandIo['signal']) {
  const found: ListedMessage[] = [];
  let before = String(Number.MAX_SAFE_INTEGER);
  while (found.length < limit) {
    const page = await fetchPage(server, name, { before, limit: String(Math.min(PAGE, limit - found.length)) }, signal);
    const last = page.at(-1);
    if (last === undefined) break;
    found.push(...page);
    before = last.mid;
  }
  yield found.reverse();
}
