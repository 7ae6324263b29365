// mosquitto, a broker of MQTT in C, over WebSockets.
import { existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { tempDir } from '../support/exit.ts';
import { freePort, Program } from '../support/program.ts';
import type { Contender } from './contender.ts';

/** Where Debian's package puts it. */
const BROKER = '/usr/sbin/mosquitto';

/** Version 2.0.11 does not start with a listener of WebSockets only. */
const config = (port: number, dir: string) => `
user ${userInfo().username}
listener 0 ${dir}/socket
listener ${port} 127.0.0.1
protocol websockets
allow_anonymous true
persistence false
log_type error
set_tcp_nodelay true
`;

/** mosquitto, if it is installed. */
export function findMosquitto(): Contender | undefined {
  if (!existsSync(BROKER)) return undefined;
  return {
    name: 'mosquitto',
    sends: false,
    channels: 'mqtt',
    async start() {
      const port = await freePort();
      const dir = tempDir();
      const file = join(dir, 'mosquitto.conf');
      writeFileSync(file, config(port, dir));
      // It closes this request. Before its loop runs, it would forget the signal that ends it.
      return Program.start(BROKER, ['-c', file], { port, path: '/' });
    },
  };
}
