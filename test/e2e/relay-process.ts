// Whole relays, proven from outside. This file: the built relay in a process of its own, to be killed or measured.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onCleanup } from '../support/cleanup.ts';
import { RelayClient } from '../support/relay-client.ts';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The token of every relay started here. */
export const TOKEN = 'process-token';

/**
 * Answers each message with what the process holds after a collection, and does not keep it alive. The memory of buffers is
 * counted off in the background; the second collection waits for that. With the name of a file, it blocks the event loop
 * while the file exists.
 */
const METER = `import { existsSync } from 'node:fs';
const cell = new Int32Array(new SharedArrayBuffer(4));
process.on('message', (message) => {
  while (message.blocker !== undefined && existsSync(message.blocker)) Atomics.wait(cell, 0, 0, 20);
  if (message !== 'measure') return;
  gc();
  setImmediate(() => {
    gc();
    process.send(process.memoryUsage());
  });
});
process.channel.unref();`;

/** A running relay. */
export class RelayProcess extends RelayClient {
  readonly port: number;
  readonly ports: { readonly http: number; readonly websocket: number };
  /** Every line of its log so far. */
  readonly log: readonly string[];
  /** Resolves to its exit code when it has ended; null if a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, port: number, log: readonly string[]) {
    super(TOKEN);
    this.#child = child;
    this.port = port;
    this.ports = { http: port, websocket: port };
    this.log = log;
    this.exited = once(child, 'exit').then(([code]) => code);
  }

  /** Bytes that the process holds, garbage collected. */
  async memory(): Promise<NodeJS.MemoryUsage> {
    const answer = once(this.#child, 'message');
    this.#child.send('measure');
    return (await answer)[0];
  }

  /** Blocks its event loop from now on. @returns what ends that */
  async block(): Promise<() => Promise<void>> {
    const blocker = join(await tempDir(), 'blocker');
    await writeFile(blocker, '');
    this.#child.send({ blocker });
    return () => rm(blocker);
  }

  /** Moves its clocks and timers ahead; only with `fastClock`. */
  async tick(ms: number): Promise<void> {
    const answer = once(this.#child, 'message');
    this.#child.send({ tick: ms });
    await answer;
  }

  /** SIGTERM ends it in order, SIGSTOP makes it stand still until SIGCONT. */
  signal(name: 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void> {
    return kill(this.#child);
  }
}

/** What may differ from one relay process to the next. */
export interface ProcessOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  /** More than PATH. */
  readonly env?: NodeJS.ProcessEnv;
  /** Most MB of JavaScript objects in the process. */
  readonly heap?: number;
  /** Most files that it may have open. */
  readonly files?: number;
  /** The checkout whose `dist/` runs. */
  readonly root?: string;
  /** Whether its time can be moved ahead. */
  readonly fastClock?: boolean;
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
  const { config = {}, env = {}, heap, root = ROOT, files, fastClock = false } = options;
  const main = join(root, 'dist', 'server', 'main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build`);
  const file = join(dir, 'config.json');
  const http = { host: '127.0.0.1', port: 0, ...(config['http'] as object | undefined) };
  const storage = { dir: './data', ...(config['storage'] as object | undefined) };
  await writeFile(file, JSON.stringify({ token: TOKEN, ...config, http, storage }));
  const meter = `data:text/javascript,${encodeURIComponent(METER)}`;
  const bound = heap === undefined ? [] : [`--max-old-space-size=${heap}`];
  const checked = ['--import', new URL('../support/check-answers.mjs', import.meta.url).href];
  const clock = fastClock ? ['--import', new URL('./fast-clock.mjs', import.meta.url).href] : [];
  const command = [
    process.execPath,
    ...bound,
    '--expose-gc',
    '--import',
    meter,
    ...checked,
    ...clock,
    main,
    'serve',
    '--config',
    file,
  ];
  const [program = '', ...args] =
    files === undefined ? command : ['sh', '-c', `ulimit -n ${files} && exec "$@"`, 'sh', ...command];
  const child = spawn(program, args, {
    cwd: dir,
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const log: string[] = [];
  const port = await readyPort(child, log).catch(async (error) => {
    await kill(child);
    throw error;
  });
  return new RelayProcess(child, port, log);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The port of the log line that says it is ready. The pipe is read to its end, so that it never fills. */
function readyPort(child: ChildProcess, log: string[]): Promise<number> {
  const { stderr } = child;
  if (stderr === null) throw new TypeError('the log is not piped');
  return new Promise((resolve, reject) => {
    createInterface({ input: stderr }).on('line', (line) => {
      log.push(line);
      const facts = line.startsWith('{') ? JSON.parse(line) : {};
      if (facts.msg === 'herald is ready') resolve(facts.http);
    });
    child.once('exit', (code) => reject(new Error(`the relay ended with ${code}: ${log.join('\n')}`)));
  });
}
