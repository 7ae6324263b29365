// The system packages that the tests need, and how to install them. The relay itself needs none of them.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** One row per program or library: its Debian package, and the service that this package would start. */
export const systemPackages = [
  { command: 'nginx', package: 'nginx-light', service: 'nginx' },
  { command: 'openssl', package: 'openssl' },
  { command: 'curl', package: 'curl' },
  // Machines on which notify.sh has to work.
  { command: 'wget', package: 'wget' },
  { command: 'dash', package: 'dash' },
  { command: 'busybox', package: 'busybox' },
  { command: 'shellcheck', package: 'shellcheck' },
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

/** The rows whose program is not on the path, or whose library is not installed. */
export function missingPackages(rows = systemPackages, path = systemPath()) {
  return rows.filter(
    ({ command, library }) => !(library === undefined ? isPresent(command, path) : isLibrary(library)),
  );
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
 * @throws Error with the list of what is missing and the command to install it, where it is not installed here
 */
export function ensurePackages(rows = systemPackages, { install = false } = {}) {
  const missing = missingPackages(rows);
  if (missing.length === 0) return;
  const names = missing.map((row) => row.package);
  const advice = `The tests need ${missing.map(({ command, library }) => command ?? library).join(', ')}. Install with:\n  sudo apt-get install ${names.join(' ')}\nor let the tests do it: npm test -- --install`;
  const prefix = privilege(install);
  if (prefix === undefined || !isPresent('apt-get', systemPath())) throw new Error(advice);

  process.stderr.write(`Installing system packages: ${names.join(', ')} …\n`);
  // Runlevel 1 keeps init scripts from starting what was just installed. systemd ignores it, hence the stop below.
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...names]]) {
    const [command, ...rest] = [...prefix, ...environment, 'apt-get', '-qq', ...args];
    const { status, stdout, stderr } = spawnSync(command, rest, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (status !== 0) throw new Error(`${stdout ?? ''}${stderr ?? ''}\n${advice}`.trim());
  }
  for (const { service } of missing) {
    if (service === undefined) continue;
    const [command, ...rest] = [...prefix, 'service', service, 'stop'];
    spawnSync(command, rest, { stdio: 'ignore' });
  }
}
