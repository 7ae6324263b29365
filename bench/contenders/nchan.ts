// nchan, a module of nginx: any body over HTTP goes to the WebSockets of a channel.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../support/exit.ts';
import { freePort, Program } from '../support/program.ts';
import type { Contender } from './contender.ts';

/** Where Debian's package puts it. */
const MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** One process, like the relay. Messages are not stored, as events of the relay are not. */
const config = (port: number, dir: string) => `
load_module ${MODULE};
daemon off;
master_process off;
pid ${dir}/pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events { worker_connections 20000; }
http {
  access_log off;
  client_body_temp_path ${dir};
  keepalive_requests 1000000000;
  nchan_shared_memory_size 256m;
  server {
    listen 127.0.0.1:${port};
    location ~ ^/sub/(.+)$ { nchan_subscriber websocket; nchan_channel_id $1; }
    location ~ ^/pub/(.+)$ { nchan_publisher; nchan_channel_id $1; nchan_store_messages off; }
  }
}
`;

/** nchan, if it is installed. */
export function findNchan(): Contender | undefined {
  if (!existsSync(MODULE)) return undefined;
  return {
    name: 'nchan',
    sends: false,
    channels: 'nchan',
    async start() {
      const dir = tempDir();
      const port = await freePort();
      const file = join(dir, 'nginx.conf');
      writeFileSync(file, config(port, dir));
      return Program.start('nginx', ['-c', file], { port, path: '/' });
    },
  };
}
