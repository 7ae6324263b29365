// Lets a floor listen on the port in its arguments.
import type { Server } from 'node:net';

/** Runs a server for as long as the process lives. */
export function serve(server: Server): void {
  server.listen(Number(process.argv[2]), '127.0.0.1');
}
