// herald scheduled: lists the messages that are due later; cancels, skips or sends one.
import type { ScheduledMessage } from '../../shared/api.ts';
import { type Command, UsageError } from './command.ts';
import { jsonLine, styleFor, table, timeText, visible, write } from './output.ts';
import { request, requestList } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** What each action asks for, and what it has done. */
const ACTIONS = {
  cancel: { method: 'DELETE', end: '', done: 'is cancelled' },
  skip: { method: 'POST', end: '/skip', done: 'is left out next time' },
  run: { method: 'POST', end: '/run', done: 'is sent' },
} as const;

function isAction(word: string): word is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, word);
}

/** Lists scheduled messages, or changes one. */
export const scheduled: Command = {
  help: `usage: herald scheduled [list] [--target NAME]
       herald scheduled cancel|skip|run ID

Lists the messages that are due later, the next one first; cancels one, leaves out its next time, or sends it now.

  --target NAME   only messages to this device or group
  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such message
`,
  options: { ...accessOptions, target: { type: 'string' } },
  words: ['list|cancel|skip|run?', 'ID?'],
  async run(parsed, io) {
    const [word = 'list', id] = parsed.words;
    if (word !== 'list' && (id ?? '') === '') throw new UsageError(['<ID> is missing']);
    if (word === 'list' && id !== undefined) throw new UsageError([`unexpected ${id}`]);
    const server = await findServer(parsed, io);
    const { signal } = io;
    if (isAction(word)) {
      const { method, end, done } = ACTIONS[word];
      const answer = await request(server, {
        method,
        path: `/v1/scheduled/${encodeURIComponent(id ?? '')}${end}`,
        signal,
      });
      await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : `${visible(id ?? '')} ${done}\n`);
      return 0;
    }

    const target = parsed.value('target');
    const query = { ...(target === undefined ? {} : { target }) };
    const found = await requestList<ScheduledMessage>(server, '/v1/scheduled', 'scheduled', query, signal);
    if (parsed.flag('json')) await write(io.stdout, found.map(jsonLine).join(''));
    else if (found.length === 0) await write(io.stdout, 'nothing is scheduled\n');
    else await write(io.stdout, table([HEADING, ...found.map(row)], styleFor(io.stdout, io.env)));
    return 0;
  },
};

const HEADING = ['ID', 'DUE', 'AGAIN', 'TARGET', 'TEXT'];

function row({ id, dueAt, cron, tz, target, message }: ScheduledMessage): string[] {
  return [id, timeText(dueAt), cron === undefined ? '' : `${cron} ${tz ?? ''}`, target, message.text || message.desp];
}
