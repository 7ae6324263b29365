// The system packages that the tests need, and how to install them. The relay itself needs none of them.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** One row per program, library or module: its Debian package, and the service that this package would start. */
export const systemPackages = [
  { command: 'nginx', package: 'nginx-light', service: 'nginx' },
  { command: 'openssl', package: 'openssl' },
  { command: 'curl', package: 'curl' },
  // Machines on which notify.sh has to work.
  { command: 'wget', package: 'wget' },
  { command: 'dash', package: 'dash' },
  { command: 'busybox', package: 'busybox' },
  { command: 'shellcheck', package: 'shellcheck' },
  { command: 'systemd-analyze', package: 'systemd' },
  // Shells for which herald has completions, and the reader of its man page.
  { command: 'zsh', package: 'zsh' },
  { command: 'fish', package: 'fish' },
  { command: 'mandoc', package: 'mandoc' },
  { command: 'redis-server', package: 'redis-server', service: 'redis-server' },
  { command: 'redis-sentinel', package: 'redis-sentinel', service: 'redis-sentinel' },
  { command: 'firefox-esr', package: 'firefox-esr' },
  { command: 'chromium', package: 'chromium' },
  // Firefox loads it with its first notification, and fails without it.
  { library: 'libnotify.so.4', package: 'libnotify4' },
];

/** PATH with the folders of system programs, which the PATH of ordinary users often lacks. */
export function systemPath(path = process.env.PATH ?? '') {
  return [...new Set([...path.split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'])].join(delimiter);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isPresent(command, path) {
  return path.split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, command)));
}

/** Whether the library is in one of the system's library folders, or in one for an architecture inside them. */
function isLibrary(library) {
  return ['/usr/lib', '/usr/lib64', '/lib'].some((folder) => {
    if (!existsSync(folder)) return false;
    const folders = readdirSync(folder).filter((name) => name.includes('linux'));
    return ['.', ...folders].some((inner) => existsSync(join(folder, inner, library)));
  });
}

/** The first Python on the path that can make virtual environments; undefined if there is none. */
export function pythonWithVenv(path = systemPath(), module = 'ensurepip') {
  const code = `import sys, venv, ${module}; sys.exit(sys.version_info < (3, 11))`;
  const found = path.split(delimiter).map((folder) => join(folder, 'python3'));
  return found.find((python) => isExecutable(python) && spawnSync(python, ['-c', code]).status === 0);
}

/** The rows whose program or module is not on the path, or whose library is not installed. */
export function missingPackages(rows = systemPackages, path = systemPath()) {
  return rows.filter(({ command, library, pythonModule }) => {
    if (library !== undefined) return !isLibrary(library);
    return !(pythonModule === undefined ? isPresent(command, path) : pythonWithVenv(path, pythonModule));
  });
}

/** How often an installation is tried in all, and the pause between two tries in ms: registries time out now and then. */
export const TRIES = { count: 3, pause: 5000 };

/** Calls `work` until it does not throw. @throws what the last try has thrown */
export function retried(work, { count, pause } = TRIES) {
  for (let left = count - 1; ; left -= 1) {
    try {
      return work();
    } catch (error) {
      if (left === 0) throw error;
      process.stderr.write(`${error.message}\nTrying again …\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    }
  }
}

/**
 * The prefix for commands that need root: none for root, `sudo` if it is allowed and needs no password, else undefined.
 */
function privilege(install) {
  if (process.getuid?.() === 0) return [];
  if (!install) return undefined;
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

/**
 * Installs what is missing, for root or where `install` asks for it. Otherwise a test run changes nothing on the
 * machine.
 * @param options.suite the npm command that needs them
 * @throws Error with the list of what is missing and the command to install it, where it is not installed here
 */
export function ensurePackages(rows = systemPackages, { install = false, suite = 'npm test', tries = TRIES } = {}) {
  const missing = missingPackages(rows);
  if (missing.length === 0) return;
  const names = missing.map((row) => row.package);
  const advice = `The tests need ${missing.map((row) => row.command ?? row.library ?? `Python 3.11 or later with ${row.pythonModule}`).join(', ')}. Install with:\n  sudo apt-get install ${names.join(' ')}\nor let the tests do it: ${suite} -- --install`;
  const prefix = privilege(install);
  if (prefix === undefined || !isPresent('apt-get', systemPath())) throw new Error(advice);

  process.stderr.write(`Installing system packages: ${names.join(', ')} …\n`);
  // Runlevel 1 keeps init scripts from starting what was just installed. systemd ignores it, hence the stop below.
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  retried(() => {
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...names]]) {
      const [command, ...rest] = [...prefix, ...environment, 'apt-get', '-qq', ...args];
      const { status, stdout, stderr } = spawnSync(command, rest, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      if (status !== 0) throw new Error(`${stdout ?? ''}${stderr ?? ''}\n${advice}`.trim());
    }
  }, tries);
  for (const { service } of missing) {
    if (service === undefined) continue;
    const [command, ...rest] = [...prefix, 'service', service, 'stop'];
    spawnSync(command, rest, { stdio: 'ignore' });
  }
}
