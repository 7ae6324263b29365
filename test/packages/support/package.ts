// The packed relay on a machine of its own: a registry, installations with an empty HOME, and programs that run as a user
// without rights.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { type Registry, startRegistry } from './registry.ts';
import { packTarball } from './tarball.ts';

/** A user without rights, which every Linux has; undefined where the tests do not run as root. */
const NOBODY = process.getuid?.() === 0 ? 65_534 : undefined;

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, with what it has written so far. */
export interface Running {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

/** Where a program runs. */
export interface Place {
  readonly cwd: string;
  /** More variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The machine. Its folders have spaces in their names. */
export interface PackageMachine {
  readonly registry: Registry;
  readonly tarball: string;
  /** Makes a folder that the user without rights owns. */
  folder(name: string): Promise<string>;
  /** Installs the tarball globally. */
  install(name: string): Promise<{ readonly prefix: string; readonly herald: string }>;
  /** Starts a program as the user without rights. After the test, it is killed with all that it started. */
  start(command: string, args: readonly string[], place: Place): Running;
  remove(): Promise<void>;
}

/** Packs the relay, and makes the machine. @param foreign packages that are only for other platforms */
export async function packageMachine(foreign: readonly string[] = []): Promise<PackageMachine> {
  // Not in TMPDIR, which may be a folder that only root may enter.
  const base = await realpath(await mkdtemp('/tmp/herald package '));
  await chmod(base, 0o755);
  const registry = await startRegistry(foreign);
  const tarball = await packTarball(base);
  registry.publish({ tarball });

  async function folder(name: string): Promise<string> {
    const made = await mkdtemp(join(base, `${name} `));
    if (NOBODY !== undefined) await chown(made, NOBODY, NOBODY);
    return made;
  }

  const env = {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
    LOG_LEVEL: 'warn',
    HOME: await folder('home'),
    npm_config_registry: registry.url,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };

  return {
    registry,
    tarball,
    folder,
    async install(name) {
      const prefix = join(base, name);
      await mkdir(prefix);
      const args = ['install', '--global', '--prefix', prefix, tarball];
      await promisify(execFile)('npm', args, { env: { ...env, HOME: join(base, 'root') } });
      return { prefix, herald: join(prefix, 'bin', 'herald') };
    },
    start(command, args, place) {
      const user = NOBODY === undefined ? {} : { uid: NOBODY, gid: NOBODY };
      const child = spawn(command, args, {
        cwd: place.cwd,
        env: { ...env, ...place.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A group of its own, because npx starts the relay as another process.
        detached: true,
        ...user,
      });
      const output = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output.stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output.stderr += text;
      });
      const ended = once(child, 'close').then(([code]): Ended => ({ code, ...output }));
      onCleanup(async () => {
        killGroup(child);
        await ended;
      });
      return { child, output, ended };
    },
    async remove() {
      registry.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Waits until a relay has said where it is, and with which token. */
export async function greeted({ output }: Running): Promise<{ readonly url: string; readonly token: string }> {
  const text = await eventually('the relay says how to send', () => `${output.stdout}${output.stderr}`, {
    until: () => output.stdout.includes('Data'),
    limit: 90_000,
  });
  const [, token = '', url = ''] = /-H 'Authorization: (\S+)' '(http:\/\/127\.0\.0\.1:\d+)\//.exec(text) ?? [];
  return { url, token };
}
