// Programs of this project under plain node: the floors, and the built relay.
import { built } from '../support/child.ts';
import { freePort, Program, type ProgramOptions } from '../support/program.ts';
import type { Contender, StartOptions } from './contender.ts';

const COLLECTS = ['--expose-gc', '--import', built('bench/support/collect')];

/** Starts a program under node. @param args its file and its arguments */
export function startNode(
  node: string,
  args: readonly string[],
  { collects = false }: StartOptions,
  options: ProgramOptions,
) {
  return Program.start(node, collects ? [...COLLECTS, ...args] : args, { ...options, collects });
}

/** A server that does only the unavoidable work. @param program its file in bench/servers */
function floor(name: string, program: string, does: Pick<Contender, 'sends' | 'channels'>): Contender {
  return {
    name,
    ...does,
    async start(options = {}) {
      const port = await freePort();
      const args = [built(`bench/servers/${program}`), String(port)];
      return startNode(process.execPath, args, options, { port, path: '/' });
    },
  };
}

/** node:http and ws, with the messages of mpush. Keeps nothing on disk. */
export const bare = floor('bare http + ws', 'bare', { sends: true });

/** node:http, and sockets without any library. */
export const raw = floor('raw sockets', 'raw', { sends: false, channels: 'raw' });

/** The same, with answers that go on. */
export const rawLines: Contender = { ...raw, name: 'raw answers', channels: 'raw-lines' };

/** A koa route and ws on one port. */
export const koa = floor('koa + ws', 'koa', { sends: false });

/** The relay with storage switched off. */
export const storageOff = floor('storage off', 'no-storage', { sends: true });

/** koa and ws in the shape of mpush, which the relay replaces. Keeps everything in memory. */
export const mpush = floor('mpush-shaped', 'mpush', { sends: true });
