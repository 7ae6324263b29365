// The relay as it is shipped: the built program of this checkout or of another one.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { OWN } from '../support/child.ts';
import { tempDir } from '../support/exit.ts';
import { TOKEN } from '../support/message.ts';
import { freePort } from '../support/program.ts';
import { UsageError } from '../support/usage-error.ts';
import type { Build, Contender } from './contender.ts';
import { startNode } from './node.ts';

const mainOf = (checkout: string) => join(checkout, 'dist/server/main.js');

function relayOf(name: string, build: Build): Contender {
  const main = mainOf(build.checkout);
  return {
    name,
    sends: true,
    channels: 'pusher',
    build,
    async start(options = {}) {
      const { dir = tempDir(), sections = {}, env = {} } = options;
      const port = await freePort();
      const config = join(tempDir(), 'config.json');
      const http = { host: '127.0.0.1', port };
      const storage = { ...sections['storage'], dir };
      writeFileSync(config, JSON.stringify({ ...sections, token: TOKEN, http, storage }));
      return startNode(build.node, [main, 'serve', '--config', config], options, {
        port,
        path: '/health',
        cwd: dir,
        env,
      });
    },
  };
}

/** The relay of this checkout. */
export const relay = relayOf('relay', OWN);

/** The relay of another checkout, by the name of its folder. @throws UsageError if it is not built */
export function relayAt(path: string): Contender {
  const checkout = resolve(path);
  if (!existsSync(mainOf(checkout))) throw new UsageError(`no build in ${checkout}: run \`npm run build\` there first`);
  return relayOf(basename(checkout), { ...OWN, checkout });
}

/** The relay of this checkout under another version of Node. @throws UsageError if the program is not node */
export function relayUnder(node: string): Contender {
  const [, version] = /^(v\d+\.\d+)\.\d+\s*$/.exec(versionOf(node)) ?? [];
  if (version === undefined) throw new UsageError(`${node} is not a program \`node\``);
  return relayOf(`node ${version}`, { ...OWN, node: resolve(node) });
}

function versionOf(program: string): string {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
