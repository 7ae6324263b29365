// herald beat: gives a sign of life, or runs a command and tells how it ended.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { errorMessage } from '../base/errors.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';
import { jsonLine, note, visible, write } from './output.ts';
import { request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** The end of the output that is told. */
const TAIL = { lines: 20, characters: 4000 };

/** Gives a sign of a heartbeat. */
export const beat: Command = {
  help: `usage: herald beat NAME KEY [--every TIME] [-- COMMAND ARGUMENT...]

Tells that KEY lives. If no sign comes in time, the relay sends a message to the device or group NAME. With a command:
runs it, and tells when it began, how it ended, and the last ${TAIL.lines} lines of its output.

  --every TIME    how often a sign is expected, such as 24h; needed the first time, unless there is --cron
  --cron FIELDS   when a sign is expected, such as "0 3 * * *"
  --tz ZONE       the time zone of --cron, such as Europe/Berlin
  --grace TIME    how late a sign may be; default an hour, or as long as --every if that is shorter
  --json          print the answer as JSON
${ACCESS_HELP}
Exit code: that of the command, whether the relay can be reached or not; else 0 done, 1 failed, 2 wrong options
`,
  options: {
    ...accessOptions,
    every: { type: 'string' },
    cron: { type: 'string' },
    tz: { type: 'string' },
    grace: { type: 'string' },
  },
  words: ['NAME', 'KEY', 'COMMAND...?'],
  async run(parsed, io) {
    const [name = '', key = '', ...command] = parsed.words;
    if (name === '' || key === '') throw new UsageError(['<NAME> and <KEY> must not be empty']);
    const server = await findServer(parsed, io);
    const times = Object.fromEntries(
      ['every', 'cron', 'tz', 'grace'].flatMap((field) => {
        const value = parsed.value(field);
        return value === undefined ? [] : [[field, value]];
      }),
    );
    const path = `/${encodeURIComponent(name)}.beat`;
    const tell = (more: object) =>
      request(server, { method: 'POST', path, body: { key, ...times, ...more }, signal: new AbortController().signal });
    const show = async (answer: unknown) =>
      void (await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : `${visible(key)} is told\n`));
    const [program, ...args] = command;
    if (program === undefined) {
      await show(await tell({}));
      return 0;
    }
    const failed = (error: unknown) => note(io, errorMessage(error));
    await tell({ start: 1 }).catch(failed);
    const { code, tail } = await runCommand(program, args, io);
    // The command has run: its end counts, and not whether the relay heard of it.
    await tell({ exit: code, text: tail }).catch(failed);
    return code;
  },
};

/** Runs a command, and passes its output on. A signal to this program ends it. */
function runCommand(
  program: string,
  args: readonly string[],
  { env, cwd, stdout, stderr, signal }: CommandIo,
): Promise<{ readonly code: number; readonly tail: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...env }, stdio: ['inherit', 'pipe', 'pipe'] });
    let tail = '';
    const keep = (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-TAIL.characters);
    };
    const stop = () => child.kill('SIGTERM');
    const end = (code: number) => {
      signal.removeEventListener('abort', stop);
      resolve({ code, tail: tail.trimEnd().split('\n').slice(-TAIL.lines).join('\n') });
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', keep).pipe(stdout, { end: false });
    child.stderr.on('data', keep).pipe(stderr, { end: false });
    child.on('error', (error) => {
      keep(Buffer.from(`${program}: ${error.message}`));
      end(127);
    });
    child.on('close', (code, by) => end(code ?? 128 + (by === null ? 0 : constants.signals[by])));
  });
}
