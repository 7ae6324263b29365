// Asks a port until a server answers there.
import { get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Pause in ms between two attempts: short against every start, and long enough to leave the server its core. */
const PAUSE = 2;
const HOST = '127.0.0.1';

function answersHttp(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ port, path, host: HOST, agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on('error', () => resolve(false));
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/**
 * Resolves with the first answer over HTTP, whatever its status.
 * @param path without it, a connection is enough
 * @throws Error when `signal` aborts
 */
export async function answered(port: number, path: string | undefined, signal: AbortSignal): Promise<void> {
  while (!(await (path === undefined ? accepts(port) : answersHttp(port, path)))) {
    signal.throwIfAborted();
    await sleep(PAUSE);
  }
}
