// Whole relays, proven from outside. This file: the built relay in a process of its own, to be killed or measured.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onCleanup } from '../support/cleanup.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The token of every relay started here. */
export const TOKEN = 'process-token';

/**
 * Answers each message with what the process holds after a collection, and does not keep it alive. The memory of buffers is
 * counted off in the background; the second collection waits for that.
 */
const METER = `process.on('message', () => {
  gc();
  setImmediate(() => {
    gc();
    process.send(process.memoryUsage());
  });
});
process.channel.unref();`;

/** A running relay. */
export interface RelayProcess {
  readonly port: number;
  /** The address of a path. */
  url(path: string): string;
  /** Bytes that the process holds, garbage collected. */
  memory(): Promise<NodeJS.MemoryUsage>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** What may differ from one relay process to the next. */
export interface ProcessOptions {
  readonly config?: Record<string, object>;
  /** More than PATH. */
  readonly env?: NodeJS.ProcessEnv;
  /** Most MB of JavaScript objects in the process. */
  readonly heap?: number;
  /** Most files that it may have open. */
  readonly files?: number;
  /** The checkout whose `dist/` runs. */
  readonly root?: string;
}

/** Starts the relay of `dist/` on a data directory, on a free port; it is killed after the test. */
export async function startRelayProcess(
  dir: string,
  config: Record<string, object> = {},
  heap?: number,
): Promise<RelayProcess> {
  const relay = await spawnRelay(dir, { config, ...(heap === undefined ? {} : { heap }) });
  onCleanup(() => relay.kill());
  return relay;
}

/** As {@link startRelayProcess}, for a caller who kills it. */
export async function spawnRelay(dir: string, options: ProcessOptions = {}): Promise<RelayProcess> {
  const { config = {}, env = {}, heap, root = ROOT, files } = options;
  const main = join(root, 'dist', 'server', 'main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build`);
  const file = join(dir, 'config.json');
  const http = { host: '127.0.0.1', port: 0, ...config['http'] };
  const storage = { dir: './data', ...config['storage'] };
  await writeFile(file, JSON.stringify({ token: TOKEN, ...config, http, storage }));
  const meter = `data:text/javascript,${encodeURIComponent(METER)}`;
  const bound = heap === undefined ? [] : [`--max-old-space-size=${heap}`];
  const command = [process.execPath, ...bound, '--expose-gc', '--import', meter, main, 'serve', '--config', file];
  const [program = '', ...args] =
    files === undefined ? command : ['sh', '-c', `ulimit -n ${files} && exec "$@"`, 'sh', ...command];
  const child = spawn(program, args, {
    cwd: dir,
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const port = await readyPort(child).catch(async (error) => {
    await kill(child);
    throw error;
  });
  return {
    port,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    async memory() {
      const answer = once(child, 'message');
      child.send('measure');
      return (await answer)[0];
    },
    kill: () => kill(child),
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The port of the log line that says it is ready. The pipe is read to its end, so that it never fills. */
function readyPort(child: ChildProcess): Promise<number> {
  const { stderr } = child;
  if (stderr === null) throw new TypeError('the log is not piped');
  return new Promise((resolve, reject) => {
    const log: string[] = [];
    createInterface({ input: stderr }).on('line', (line) => {
      log.push(line);
      const facts = line.startsWith('{') ? JSON.parse(line) : {};
      if (facts.msg === 'herald is ready') resolve(facts.http);
    });
    child.once('exit', (code) => reject(new Error(`the relay ended with ${code}: ${log.join('\n')}`)));
  });
}
