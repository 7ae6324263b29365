// sockudo, a server of the Pusher protocol in Rust. Version 5.2 closes the connection after each answer of its API, so a
// trigger pays for a connection too.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../support/exit.ts';
import { freePort, Program } from '../support/program.ts';
import { APP } from '../support/pusher.ts';
import type { Contender } from './contender.ts';

/** Higher than any benchmark needs: a limit of the app would be measured instead of the server. */
const UNLIMITED = '1000000000';

/** A ping among the events would spoil the count of bytes; in seconds, the default is 120. */
const NO_PINGS = '86400';

/** The environment of a server with the app of the benchmarks and nothing that the others do not have. */
const environment = (port: number) => ({
  HOST: '127.0.0.1',
  PORT: String(port),
  ACTIVITY_TIMEOUT: NO_PINGS,
  METRICS_ENABLED: 'false',
  RATE_LIMITER_ENABLED: 'false',
  SOCKUDO_DEFAULT_APP_ID: APP.id,
  SOCKUDO_DEFAULT_APP_KEY: APP.key,
  SOCKUDO_DEFAULT_APP_SECRET: APP.secret,
  SOCKUDO_DEFAULT_APP_MAX_CONNECTIONS: UNLIMITED,
  SOCKUDO_DEFAULT_APP_MAX_BACKEND_EVENTS_PER_SECOND: UNLIMITED,
});

/** sockudo, if it is installed. @param prefix where cargo puts programs */
export function findSockudo(prefix: string): Contender | undefined {
  const program = join(prefix, 'bin', 'sockudo');
  if (!existsSync(program)) return undefined;
  return {
    name: 'sockudo',
    sends: false,
    channels: 'pusher',
    async start() {
      const port = await freePort();
      return Program.start(program, [], { port, path: '/up', cwd: tempDir(), env: environment(port) });
    },
  };
}
