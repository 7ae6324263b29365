// Asks a port until a server answers there.
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Pause in ms between two attempts: short against every start, and long enough to leave the server its core. */
const PAUSE = 2;

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'));
  });
}

/**
 * Resolves with the first answer to an HTTP request, whatever its status. A server that closes the connection, as one
 * of another protocol does, has answered too.
 * @throws Error when `signal` aborts
 */
export async function answered(port: number, path: string, signal: AbortSignal): Promise<void> {
  while (!(await answers(port, path))) {
    signal.throwIfAborted();
    await sleep(PAUSE);
  }
}
