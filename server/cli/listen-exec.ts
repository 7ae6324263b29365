// Runs a shell command for a message, with the message in its environment and on its standard input.
import { spawn } from 'node:child_process';
import type { WireMessage } from '../../shared/message.ts';
import type { CommandIo } from './command.ts';
import { configVariables } from './local-config.ts';
import { messageVariables } from './message-variables.ts';

/**
 * Runs the command and resolves when it has ended.
 * @returns undefined if it ended with 0, else how it ended. When the signal aborts, the command gets a SIGTERM and the
 * promise resolves at once.
 */
export function runForMessage(
  commandLine: string,
  message: WireMessage,
  { env, cwd, stdout, stderr }: Pick<CommandIo, 'env' | 'cwd' | 'stdout' | 'stderr'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(commandLine, {
      shell: true,
      cwd,
      env: { ...configVariables(env), ...messageVariables(message) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stop = () => {
      child.kill('SIGTERM');
      end('was stopped');
    };
    const end = (how: string | undefined) => {
      signal.removeEventListener('abort', stop);
      resolve(how);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    child.on('error', (error) => end(`could not be started: ${error.message}`));
    // Not 'close': a background process that the command started may keep its output open forever.
    child.on('exit', (code, by) =>
      end(code === 0 ? undefined : by === null ? `ended with ${code}` : `was ended by ${by}`),
    );
    child.stdout.pipe(stdout, { end: false });
    child.stderr.pipe(stderr, { end: false });
    // Not an error: a command may end without reading its input.
    child.stdin.on('error', () => {});
    child.stdin.end(`${JSON.stringify(message)}\n`);
  });
}
