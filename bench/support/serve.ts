// Lets a floor listen on the port in its arguments.
import type { Server } from 'node:http';

/** Runs a server for as long as the process lives. */
export function serve(server: Server): void {
  // A load waits longer than the usual 5 s while other systems have their turn.
  server.keepAliveTimeout = 0;
  server.listen(Number(process.argv[2]), '127.0.0.1');
}
