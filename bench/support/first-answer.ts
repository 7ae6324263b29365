// Asks a port until an HTTP server answers there.
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Pause in ms between two attempts: short against every start, and long enough to leave the server its core. */
const PAUSE = 2;

function attempt(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on('error', () => resolve(false));
  });
}

/** Resolves with the first answer, whatever its status. @throws Error when `signal` aborts */
export async function answered(port: number, path: string, signal: AbortSignal): Promise<void> {
  while (!(await attempt(port, path))) {
    signal.throwIfAborted();
    await sleep(PAUSE);
  }
}
