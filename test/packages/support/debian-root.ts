// An empty Debian, and containers of systemd in it. Needs root, debootstrap and systemd-nspawn.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';

/** What a command wrote. A code other than 0 is an error, which has both texts in its message. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

const run = promisify(execFile);
/** Longest time in ms that systemd may take to start. */
const START_LIMIT = 120_000;
const MAX_OUTPUT = { maxBuffer: 64 * 2 ** 20 };

/** The folder of the root that the suite has made once (see .scripts/suites.mjs). @throws Error where it has not */
function baseRoot(): string {
  const { PACKAGES_DEBIAN } = process.env;
  if (PACKAGES_DEBIAN === undefined) throw new Error('the suite makes the root: npm run test:packages');
  return join(PACKAGES_DEBIAN, 'root');
}

/** A copy of an empty Debian with Node.js and npm of this machine, which is removed after the test. */
export async function debianRoot(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'herald-root-'));
  onCleanup(() => rm(parent, { recursive: true, force: true, maxRetries: 5 }));
  const root = join(parent, 'root');
  await run('cp', ['-a', '--reflink=auto', baseRoot(), root]);
  await copyFile(process.execPath, join(root, 'usr/bin/node'));
  const { stdout } = await run('npm', ['root', '--global']);
  await mkdir(join(root, 'usr/lib/node_modules'), { recursive: true });
  await run('cp', ['-a', join(stdout.trim(), 'npm'), join(root, 'usr/lib/node_modules/npm')]);
  for (const name of ['npm', 'npx']) {
    const link = ['-sf', `../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/bin', name)];
    await run('ln', link);
  }
  await copyFile('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  return root;
}

/** A program in the background, with what it has written so far. */
export interface RunningProgram {
  readonly written: { readonly text: string };
}

/** A container that runs systemd. It has the network of this machine. */
export class Machine {
  readonly root: string;
  /** More variables for its commands. */
  readonly env: Record<string, string> = {};
  readonly #leader: string;

  constructor(root: string, leader: string) {
    this.root = root;
    this.#leader = leader;
  }

  /** Runs a command as root inside, with an environment of its own. @throws Error with what it wrote, if it fails */
  run(command: string, ...args: string[]): Promise<Output> {
    return run('nsenter', this.#inside(command, ...args), MAX_OUTPUT);
  }

  /** Starts a command that goes on in the background, as in a terminal of its own. It ends with the machine. */
  start(command: string, ...args: string[]): RunningProgram {
    const child = spawn('nsenter', this.#inside(command, ...args), { stdio: ['ignore', 'pipe', 'pipe'] });
    const written = { text: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        written.text += text;
      });
    }
    return { written };
  }

  #inside(command: string, ...args: string[]): string[] {
    const inside = ['-t', this.#leader, '-m', '-u', '-i', '-n', '-p', '-C', '--root', '--wd'];
    const env = ['env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin', 'HOME=/root', 'LANG=C.UTF-8'];
    return [
      ...inside,
      ...env,
      ...Object.entries(this.env).map(([name, value]) => `${name}=${value}`),
      command,
      ...args,
    ];
  }
}

/** Starts systemd in a root, and stops it after the test. */
export async function startMachine(root: string): Promise<Machine> {
  // Not registered: there may be no systemd outside.
  const options = ['--quiet', '--register=no', '--keep-unit', '--console=pipe', '--boot', `--directory=${root}`];
  const container = spawn('systemd-nspawn', options, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [container.stdout, container.stderr]) stream.on('data', (bytes) => said.push(String(bytes)));
  const exited = once(container, 'exit');
  exited.catch(() => {});
  onCleanup(async () => {
    // systemd-nspawn takes it for an order to switch the machine off.
    container.kill('SIGTERM');
    const timer = setTimeout(() => container.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
  });
  const hasStarted = async () => {
    const leader = await leaderOf(container);
    if (leader === undefined) return undefined;
    const machine = new Machine(root, leader);
    const { stdout } = await machine.run('systemctl', 'is-system-running', '--wait').catch((error: Output) => error);
    return /running|degraded/.test(stdout) ? machine : undefined;
  };
  const machine = await eventually('systemd runs in the container', hasStarted, { limit: START_LIMIT }).catch(
    (error: Error) => {
      throw new Error(`${error.message}\n${said.join('')}`, { cause: error });
    },
  );
  if (machine === undefined) throw new Error('the container has not started');
  return machine;
}

/** The processes that a process has started and that still run; none if it has ended itself. */
export async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}

/** The process that is systemd inside: a child of systemd-nspawn, which has another child while it prepares the root. */
async function leaderOf({ pid }: ChildProcess): Promise<string | undefined> {
  for (const child of await childrenOf(Number(pid))) {
    if ((await readFile(`/proc/${child}/comm`, 'utf8')).trim() === 'systemd') return String(child);
  }
  return undefined;
}

/** Writes a file into a root. */
export async function writeInto(root: string, path: string, content: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), content);
}
