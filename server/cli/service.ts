// herald service: runs the relay as a service of systemd, from this installation.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { root } from '../base/installation.ts';
import { type Command, CommandError, type CommandIo, UsageError } from './command.ts';
import { loadLocalConfig } from './local-config.ts';
import { jsonLine, write } from './output.ts';
import { request } from './request.ts';
import { localAddress } from './server-address.ts';

const UNIT = '/etc/systemd/system/herald.service';
const CONFIG_DIR = '/etc/herald';
const CONFIG = `${CONFIG_DIR}/config.json`;
const DATA = '/var/lib/herald';
const USER = 'herald';
/** How long in ms the relay may take to answer after its start, and the time between two tries. */
const START_LIMIT = 20_000;
const START_PERIOD = 200;
/** Folders that `ProtectHome=yes` hides from a service. */
const HOMES = ['/home/', '/root/', '/run/user/'];

/** Installs, updates or removes the service. */
export const service: Command = {
  help: `usage: herald service install|uninstall [OPTIONS]

As root: runs the relay of this installation as the systemd service "herald", now and after each start of the machine.
Its data is in ${DATA}, its config in ${CONFIG}, which is made if it does not exist.
Run it again after the program or Node.js was moved.

  --dry-run   install: print the unit, and change nothing
  --purge     uninstall: remove the data, the config and the user too
  --json      print {"unit": ..., "config": ..., "data": ...}
`,
  options: { 'dry-run': { type: 'boolean' }, purge: { type: 'boolean' }, json: { type: 'boolean' } },
  words: ['install|uninstall'],
  async run(parsed, io) {
    const [action] = parsed.words;
    if (action === 'install' && parsed.flag('purge')) throw new UsageError(['--purge belongs to uninstall']);
    if (action === 'uninstall' && parsed.flag('dry-run')) throw new UsageError(['--dry-run belongs to install']);
    const lines = action === 'install' ? await install(parsed.flag('dry-run'), io) : uninstall(parsed.flag('purge'));
    const facts = { unit: UNIT, config: CONFIG, data: DATA };
    await write(io.stdout, parsed.flag('json') ? jsonLine(facts) : `${lines.join('\n')}\n`);
    return 0;
  },
};

async function install(isDryRun: boolean, io: CommandIo): Promise<string[]> {
  const unit = unitFor(process.execPath, realpathSync(process.argv[1] ?? ''));
  if (isDryRun) return [unit.trimEnd()];
  requireSystemd();
  if (spawnSync('id', [USER], { stdio: 'ignore' }).status !== 0) {
    system('useradd', '--system', '--home-dir', DATA, '--no-create-home', '--shell', '/usr/sbin/nologin', USER);
  }
  system('install', '-d', '-m', '0750', '-o', 'root', '-g', USER, CONFIG_DIR);
  if (!existsSync(CONFIG)) {
    writeFileSync(CONFIG, `${JSON.stringify({ storage: { dir: DATA } }, undefined, 2)}\n`, { mode: 0o640, flag: 'wx' });
    system('chgrp', USER, CONFIG);
  }
  const isUpdate = existsSync(UNIT);
  writeFileSync(UNIT, unit, { mode: 0o644 });
  system('systemctl', 'daemon-reload');
  system('systemctl', 'enable', '--quiet', 'herald');
  system('systemctl', 'restart', 'herald');
  await untilReady(io);
  return [
    `the service herald is ${isUpdate ? 'updated' : 'installed'} and runs`,
    `  Config    ${CONFIG}; after a change: systemctl restart herald`,
    `  Data      ${DATA}`,
    '  Log       journalctl -u herald',
    '  Receive   sudo herald pair prints a link that pairs one phone',
    '  Send      sudo herald token prints the token',
  ];
}

/** @throws CommandError if the relay does not answer in time, for example because its config is wrong */
async function untilReady(io: CommandIo): Promise<void> {
  const { config } = await loadLocalConfig({ value: (option) => (option === 'config' ? CONFIG : undefined) }, io);
  const address = localAddress(config);
  const until = performance.now() + START_LIMIT;
  while (address !== undefined) {
    const asked = { method: 'GET', path: '/health', timeout: 1000, signal: io.signal } as const;
    const answer = await request({ ...address, token: undefined }, asked).catch((error: Error) => error);
    if (!(answer instanceof Error)) return;
    if (io.signal.aborted) throw answer;
    if (performance.now() > until) {
      throw new CommandError(`the service was started, but ${answer.message}; see: journalctl -u herald -n 20`);
    }
    await pause(START_PERIOD, undefined, { signal: io.signal });
  }
}

function uninstall(purge: boolean): string[] {
  requireSystemd();
  if (existsSync(UNIT)) system('systemctl', 'disable', '--quiet', '--now', 'herald');
  rmSync(UNIT, { force: true });
  system('systemctl', 'daemon-reload');
  if (!purge) {
    return [
      'the service herald is removed',
      `  the data stays in ${DATA}, the config in ${CONFIG_DIR}; --purge removes both`,
    ];
  }
  for (const dir of [DATA, CONFIG_DIR]) rmSync(dir, { recursive: true, force: true });
  if (spawnSync('id', [USER], { stdio: 'ignore' }).status === 0) system('userdel', USER);
  return ['the service herald, its data and its config are removed'];
}

function requireSystemd(): void {
  if (!existsSync('/run/systemd/system')) {
    throw new CommandError(
      'this machine does not run systemd; docs/install.md shows other ways to keep the relay running',
    );
  }
  if (process.getuid?.() !== 0) throw new CommandError('this needs root: use sudo');
}

/** @throws CommandError with what the program printed, if it fails */
function system(command: string, ...args: string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new CommandError(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}

/**
 * The unit for an installation: deploy/herald.service with its paths.
 * @param node path of Node.js
 * @param script path of the built program
 * @throws CommandError if a user of its own could not run them
 */
export function unitFor(node: string, script: string): string {
  if (!script.endsWith('.js')) throw new CommandError('the service needs the built relay: npm i -g herald-relay');
  for (const path of [node, script]) {
    const closed = closedPart(path);
    if (closed === undefined) continue;
    throw new CommandError(
      `the service could not read ${path}, because others may not enter ${closed}; install Node.js and herald-relay for all users: sudo npm i -g herald-relay`,
    );
  }
  const unit = readFileSync(fileURLToPath(new URL('deploy/herald.service', root)), 'utf8');
  const inHome = [node, script].some((path) => HOMES.some((home) => path.startsWith(home)));
  return unit
    .replace(/^ExecStart=.*$/m, () => `ExecStart=${quoted(node)} ${quoted(script)} serve --config ${CONFIG}`)
    .replace(/^ProtectHome=yes$/m, inHome ? 'ProtectHome=read-only' : 'ProtectHome=yes');
}

/** A word of a command in a unit. A line break in a path would begin another setting. */
function quoted(word: string): string {
  const escaped = word
    .replace(/[\\"]/g, '\\$&')
    .replace(/\p{Cc}/gu, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$');
  return `"${escaped}"`;
}

/** The first folder or file of a path that other users may not enter or read. */
function closedPart(path: string): string | undefined {
  for (let part = path, needed = 0o004; ; part = dirname(part), needed = 0o001) {
    if ((statSync(part).mode & needed) === 0) return part;
    if (part === dirname(part)) return undefined;
  }
}
