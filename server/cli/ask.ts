// herald ask: asks a question, waits for the answer, and prints it.
import { randomUUID } from 'node:crypto';
import { AxiosError } from 'axios';
import { reconnectDelay } from '../../shared/backoff.ts';
import { systemClock } from '../base/clock.ts';
import { type Command, CommandError, type CommandIo, type ParsedOptions, UsageError } from './command.ts';
import { pause } from './listen-device.ts';
import { compose, MESSAGE_HELP, messageOptions } from './message-options.ts';
import { jsonLine, note, visibleLines, write } from './output.ts';
import { request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer, type ServerAccess } from './server-access.ts';

/** Exit code when no one has answered in time. */
const UNANSWERED = 3;
/** Time for the answer in addition to the wait, in ms. */
const ANSWER_TIME = 30_000;
/** How long a question may take to be withdrawn after a signal, in ms. */
const WITHDRAW_TIME = 5000;
const PRESET_WAIT = '60';

/** Asks a question. */
export const ask: Command = {
  help: `usage: herald ask NAME [TEXT] --options A,B [OPTIONS]
       herald ask NAME [TEXT] --reply [OPTIONS]

Sends the question TEXT to the device or group NAME, waits until someone answers, and prints the answer.
  [ "$(herald ask phone "Deploy?" --options yes,no --default no)" = yes ] && ./deploy.sh
Without TEXT, it reads the question from the standard input. The question is withdrawn when the command is interrupted.

  --options A,B   2 to 5 answers to choose from
  --reply         the answer is a text
  --wait SECONDS  how long to wait for an answer; default ${PRESET_WAIT}
  --default TEXT  what to print when no one answers in time
  --callback URL  an https address that is told the answer, too
  --key KEY       messages with the same key are one card
${MESSAGE_HELP}  --json          print the answer as JSON, with who gave it
${ACCESS_HELP}
Exit code: 0 answered, 1 failed, 2 wrong options, 3 nobody answered in time, 4 no device or group has that name
`,
  options: {
    ...accessOptions,
    ...messageOptions,
    options: { type: 'string' },
    reply: { type: 'boolean' },
    wait: {
      type: 'string',
      expectation: (value) => (/^[1-9]\d{0,5}$/.test(value) ? undefined : 'seconds, such as 300'),
    },
    default: { type: 'string' },
    callback: { type: 'string' },
    key: { type: 'string' },
  },
  words: ['NAME', 'TEXT?'],
  async run(parsed, io) {
    const kind = readKind(parsed);
    const [target = ''] = parsed.words;
    const server = await findServer(parsed, io);
    const { text, desp, extra } = await compose(parsed, io);
    const [preset, callback, key, from] = ['default', 'callback', 'key', 'from'].map(parsed.value);
    const question = { text, desp, extra, key, from, ...kind, default: preset, callback, idempotency: randomUUID() };
    const answer = await waitFor(server, `/${encodeURIComponent(target)}.ask`, question, parsed, io);

    const { answer: said, state } = answer;
    if (parsed.flag('json')) await write(io.stdout, jsonLine(answer));
    else if (typeof said === 'string') await write(io.stdout, `${visibleLines(said).join('\n')}\n`);
    if (state === 'answered') return 0;
    await note(io, state === 'expired' ? 'nobody answered in time' : 'the question was withdrawn');
    return state === 'expired' ? UNANSWERED : 1;
  },
};

function readKind(parsed: ParsedOptions): Readonly<Record<string, string>> {
  const options = parsed.value('options');
  if (parsed.flag('reply') === (options !== undefined)) throw new UsageError(['expected --options or --reply']);
  return options === undefined ? { reply: 'text' } : { options };
}

type Answer = Readonly<Record<string, unknown>>;

/** Asks, and holds a request until the question is settled. A lost connection is made again with the same key. */
async function waitFor(
  server: ServerAccess,
  path: string,
  question: object,
  parsed: ParsedOptions,
  io: CommandIo,
): Promise<Answer> {
  const { signal } = io;
  const wait = parsed.value('wait') ?? PRESET_WAIT;
  const asked = { method: 'POST', path, accepts: [408, 410] } as const;
  // Not interrupted: without the id, the question could not be withdrawn.
  const first = { body: { ...question, wait: 0, ttl: wait }, signal: new AbortController().signal };
  const { id } = await request(server, { ...asked, ...first });
  const end = systemClock.monotonic() + Number(wait) * 1000 + ANSWER_TIME;
  for (let failures = 0; ; failures += 1) {
    try {
      const timeout = Math.max(1000, end - systemClock.monotonic());
      return await request(server, { ...asked, body: { ...question, wait }, timeout, signal });
    } catch (error) {
      if (signal.aborted) await withdraw(server, String(id));
      const isLost = error instanceof CommandError && error.cause instanceof AxiosError;
      if (signal.aborted || !isLost || systemClock.monotonic() > end) throw error;
      const delay = reconnectDelay(failures, Math.random());
      await note(io, `${error.message}; trying again in ${(delay / 1000).toFixed(1)} s`);
      await pause(systemClock, delay, signal);
    }
  }
}

async function withdraw(server: ServerAccess, id: string): Promise<void> {
  const signal = AbortSignal.timeout(WITHDRAW_TIME);
  // If that fails, the question is over when its time is.
  await request(server, { method: 'DELETE', path: `/v1/answers/${encodeURIComponent(id)}`, signal }).catch(() => {});
}
