// herald listen: a device in the terminal.
import { unseal } from '../../shared/encrypted.ts';
import type { WireMessage } from '../../shared/message.ts';
import { systemClock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import { checkName, readGroups } from '../delivery/device.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';
import { readKeys } from './e2e-keys.ts';
import { runDevice } from './listen-device.ts';
import { runForMessage } from './listen-exec.ts';
import { runStream } from './listen-stream.ts';
import { messageText } from './message-text.ts';
import { jsonLine, note, styleFor, visible, write } from './output.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** Receives messages until a signal comes. */
export const listen: Command = {
  help: `usage: herald listen NAME [--group GROUP]... [--exec COMMAND] [OPTIONS]

Receives the messages to the device NAME, prints them and acknowledges them, until SIGTERM or SIGINT. If the connection
breaks, it connects again by itself, and gets what was sent in the meantime. Encrypted messages are decrypted if
herald e2e list has their key.

  --group GROUP   a group of the device; can be repeated, or several separated by commas
  --stream        read the messages to NAME without being a device: NAME may be several devices and groups, separated by
                  commas. Nothing is acknowledged, and nothing from before the start is printed
  --exec COMMAND  run COMMAND in the shell for each message instead of printing it, one at a time and in order. If it
                  exits with 0, the message is acknowledged. Otherwise it runs again when the relay repeats the message
  --json          print one JSON object per line; with --exec after the command has exited with 0
${ACCESS_HELP}
COMMAND gets the message as JSON on its standard input. Its environment has HERALD_MID, HERALD_TEXT, HERALD_DESP,
HERALD_TARGET, HERALD_SEND_TYPE, HERALD_FROM, and as JSON HERALD_EXTRA and HERALD_MESSAGE. A value above 100,000 bytes
is only on the standard input. Put the variables in double quotes. If the program takes options, put -- before them,
because a text may begin with a dash:
  herald listen phone --exec 'notify-send -- "$HERALD_TEXT" "$HERALD_DESP"'
On Windows the shell is cmd, which would run what is in a variable: read the standard input there.

Exit code: 0 ended by a signal, 1 refused, or another device has taken the name over, 2 wrong options
`,
  options: {
    ...accessOptions,
    group: { type: 'string' },
    stream: { type: 'boolean' },
    exec: { type: 'string', expectation: (value) => (value.trim() === '' ? 'a command' : undefined) },
  },
  words: ['NAME'],
  async run(parsed, io) {
    const [name = ''] = parsed.words;
    const isStream = parsed.flag('stream');
    if (isStream && parsed.values('group').length > 0) {
      throw new UsageError(['--group belongs to a device; with --stream, groups are names like others']);
    }
    const groups = isStream ? [] : readLabels(name, parsed.values('group'));
    const server = await findServer(parsed, io);
    const outputClosed = new AbortController();
    const commandLine = parsed.value('exec');
    const json = parsed.flag('json');
    const style = styleFor(io.stdout, io.env);

    const keys = (await readKeys(io.env)).map(({ key }) => key);

    async function handle(given: WireMessage, signal: AbortSignal): Promise<boolean> {
      const opened = await unseal(keys, given.message);
      const message = opened === undefined ? given : { ...given, message: opened };
      if (commandLine !== undefined && !(await execute(commandLine, message, io, signal))) return false;
      if (commandLine !== undefined && !json) return true;
      const written = await write(io.stdout, json ? jsonLine(message) : messageText(message, style));
      if (!written) outputClosed.abort();
      return written;
    }

    const ports = {
      handle,
      note: (text: string) => void note(io, text),
      clock: systemClock,
      random: Math.random,
      signal: AbortSignal.any([io.signal, outputClosed.signal]),
    };
    if (isStream) await runStream({ url: server.http, token: server.token, targets: name }, ports);
    else await runDevice({ url: server.websocket, token: server.token, name, groups }, ports);
    return 0;
  },
};

/** Refuses names that the relay would refuse, before connecting. */
function readLabels(name: string, given: readonly string[]): string[] {
  try {
    checkName(name);
    return readGroups(given.join(','));
  } catch (error) {
    if (error instanceof RelayError) throw new UsageError([error.message]);
    throw error;
  }
}

async function execute(
  commandLine: string,
  message: WireMessage,
  io: CommandIo,
  signal: AbortSignal,
): Promise<boolean> {
  const problem = await runForMessage(commandLine, message, io, signal);
  if (problem !== undefined)
    await note(io, `the command ${problem}; message ${visible(message.mid)} is not acknowledged`);
  return problem === undefined;
}
