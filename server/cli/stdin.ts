// Reads standard input as text.
import { addAbortSignal } from 'node:stream';
import { CommandError, type CommandIo } from './command.ts';

/** The largest value that `http.maxBody` can have. */
const MAX_BYTES = 256 * 2 ** 20;

/**
 * Reads everything that is piped in, as UTF-8. The text is empty on a terminal, and if there is no input to read, as
 * with cron and nohup.
 *
 * @throws CommandError if the input is longer than any relay accepts, or the signal aborts
 */
export async function readInput({ stdin, signal }: Pick<CommandIo, 'stdin' | 'signal'>): Promise<string> {
  if (stdin.isTTY === true) return '';
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of addAbortSignal(signal, stdin)) {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      if (length > MAX_BYTES) throw new CommandError(`the input is longer than ${MAX_BYTES} bytes`);
      chunks.push(bytes);
    }
  } catch (error) {
    if (signal.aborted) throw new CommandError('interrupted', 1, error);
    if (error instanceof CommandError) throw error;
    // nohup leaves an input that is open only for writing, and a shell can pass a directory. Neither has text.
    return '';
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
