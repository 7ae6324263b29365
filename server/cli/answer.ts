// herald answer: answers a question, withdraws one, or lists those that are open.
import type { AnswerInfo } from '../../shared/api.ts';
import { type Command, UsageError } from './command.ts';
import { jsonLine, styleFor, table, timeText, visible, write } from './output.ts';
import { request, requestList } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** Answers a question, or lists questions. */
export const answer: Command = {
  help: `usage: herald answer [--all] [--target NAME]
       herald answer ID ANSWER
       herald answer ID --withdraw

Lists the questions that wait for an answer, the latest first; answers one; or withdraws one.
ID is that of the question, or the mid of its message. An emergency needs no ANSWER.

  --all           also the questions that are over
  --target NAME   only those to this device or group
  --withdraw      take the question back
  --json          print the question as JSON, one object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed or someone else was first, 2 wrong options, 4 no such question
`,
  options: {
    ...accessOptions,
    all: { type: 'boolean' },
    target: { type: 'string' },
    withdraw: { type: 'boolean' },
  },
  words: ['ID?', 'ANSWER?'],
  async run(parsed, io) {
    const [id, text] = parsed.words;
    const isWithdrawn = parsed.flag('withdraw');
    if (isWithdrawn && (id === undefined || text !== undefined)) {
      throw new UsageError(['--withdraw goes with the ID of a question, and without an answer']);
    }
    const server = await findServer(parsed, io);
    const { signal } = io;
    if (id !== undefined) {
      const path = `/v1/answers/${encodeURIComponent(id)}`;
      const asked = isWithdrawn
        ? ({ method: 'DELETE' } as const)
        : ({ method: 'POST', body: { answer: text } } as const);
      const info = await request(server, { ...asked, path, signal });
      const done = isWithdrawn
        ? `${visible(id)} is withdrawn\n`
        : `${visible(id)} is answered: ${visible(String(info['answer']))}\n`;
      await write(io.stdout, parsed.flag('json') ? jsonLine(info) : done);
      return 0;
    }
    const target = parsed.value('target');
    const query = { ...(parsed.flag('all') ? {} : { open: '1' }), ...(target === undefined ? {} : { target }) };
    const found = await requestList<AnswerInfo>(server, '/v1/answers', 'answers', query, signal);
    if (parsed.flag('json')) await write(io.stdout, found.map(jsonLine).join(''));
    else if (found.length === 0) await write(io.stdout, 'no question is open\n');
    else await write(io.stdout, table([HEADING, ...found.map(row)], styleFor(io.stdout, io.env)));
    return 0;
  },
};

const HEADING = ['ID', 'STATE', 'UNTIL', 'TARGET', 'ANSWERS', 'TITLE'];

function row({ mids, id, state, until, target, kind, options, answer: said, by, title }: AnswerInfo): string[] {
  const given = by === undefined ? (options?.join(',') ?? kind) : `${said} by ${by}`;
  return [mids.at(-1) ?? id, state, timeText(until), target, given, title];
}
