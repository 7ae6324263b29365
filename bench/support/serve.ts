// Lets a floor listen: on the port in its arguments, or, as the child of a benchmark, on a free one.
import type { AddressInfo, Server } from 'node:net';
import { answerCalls } from './calls.ts';

const HOST = '127.0.0.1';

/** Runs a server for as long as the process lives. */
export function serve(server: Server): void {
  const port = process.argv[2];
  if (port !== undefined) {
    server.listen(Number(port), HOST);
    return;
  }
  answerCalls({
    start: () =>
      new Promise((resolve) => {
        server.listen(0, HOST, () => resolve((server.address() as AddressInfo).port));
      }),
  });
}
