// The relay as it is shipped: the built program of this checkout or of another one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../support/exit.ts';
import { TOKEN } from '../support/message.ts';
import { freePort } from '../support/program.ts';
import type { Contender } from './contender.ts';
import { startNode } from './node.ts';

/** The relay of a checkout that is built. */
export function relayOf(checkout: string, name: string): Contender {
  const main = join(checkout, 'dist/server/main.js');
  return {
    name,
    sends: true,
    channels: 'pusher',
    async start(options = {}) {
      const { dir = tempDir(), sections = {}, env = {} } = options;
      const port = await freePort();
      const config = join(tempDir(), 'config.json');
      const http = { host: '127.0.0.1', port };
      writeFileSync(config, JSON.stringify({ ...sections, token: TOKEN, http, storage: { dir } }));
      return startNode([main, 'serve', '--config', config], options, { port, path: '/health', cwd: dir, env });
    },
  };
}

/** The relay of this checkout. */
export const relay = relayOf(fileURLToPath(new URL('../..', import.meta.url)), 'relay');
