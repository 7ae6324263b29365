import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { CHECKOUT, productionNames, type Registry, startRegistry } from './registry.ts';

const MIB = 2 ** 20;
/** A user without rights, which every Linux has; undefined where the tests do not run as root. */
const NOBODY = process.getuid?.() === 0 ? 65_534 : undefined;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, with what it has written so far. */
interface Running {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

/** The size of a folder in bytes, as `du` counts it. */
async function sizeOf(folder: string): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['-sk', folder]);
  return Number(stdout.split('\t')[0]) * 1024;
}

/** The names of all packages below a folder. */
async function packagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.name === 'package.json')
    .flatMap(({ parentPath }) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(parentPath)?.[1] ?? []);
}

describe('the npm package', function () {
  // npm packs and installs.
  this.timeout(120_000);

  let base: string;
  let home: string;
  let prefix: string;
  let registry: Registry;
  let tarball: string;
  let env: NodeJS.ProcessEnv;

  /** A folder that the user without rights owns. */
  async function ownFolder(name: string): Promise<string> {
    const folder = await mkdtemp(join(base, `${name} `));
    if (NOBODY !== undefined) await chown(folder, NOBODY, NOBODY);
    return folder;
  }

  function start(command: string, args: readonly string[], cwd: string, more: NodeJS.ProcessEnv = {}): Running {
    const user = NOBODY === undefined ? {} : { uid: NOBODY, gid: NOBODY };
    // A group of its own, because npx starts the relay as another process.
    const child = spawn(command, args, {
      cwd,
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
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
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        // It has ended.
      }
      await ended;
    });
    return { child, output, ended };
  }

  const herald = () => join(prefix, 'bin', 'herald');
  const run = (args: readonly string[], cwd: string, more = {}) => start(herald(), args, cwd, more).ended;

  /** Waits until a relay has said where it is. */
  async function greeted({ output }: Running): Promise<{ url: string; token: string }> {
    const text = await eventually('the relay says how to send', () => `${output.stdout}${output.stderr}`, {
      until: () => output.stdout.includes('Data'),
      limit: 30_000,
    });
    const [, token = '', url = ''] = /-H 'Authorization: (\S+)' '(http:\/\/127\.0\.0\.1:\d+)\//.exec(text) ?? [];
    return { url, token };
  }

  before(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'herald package ')));
    await chmod(base, 0o755);
    home = await ownFolder('home');
    prefix = join(base, 'a prefix');
    await mkdir(prefix);
    registry = await startRegistry();
    env = {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      HOME: home,
      LOG_LEVEL: 'warn',
      npm_config_registry: registry.url,
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    };
    const { HOME = '', PATH = '' } = process.env;
    const pack = ['pack', '--json', '--pack-destination', base];
    const { stdout } = await promisify(execFile)('npm', pack, { cwd: CHECKOUT, env: { HOME, PATH } });
    const [, filename = ''] = /"filename": "([^"]+)"/.exec(stdout) ?? [];
    tarball = join(base, filename);
    registry.publish({ tarball });
    await promisify(execFile)('npm', ['install', '--global', '--prefix', prefix, tarball], {
      env: { ...env, HOME: join(base, 'root') },
    });
  });
  after(async () => {
    registry?.close();
    await rm(base, { recursive: true, force: true });
  });

  it('holds the built relay and the page, and no sources', async () => {
    const { stdout } = await promisify(execFile)('tar', ['-tzf', tarball]);
    const files = stdout.trim().split('\n');
    expect(files).to.include.members(
      ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'dist/server/main.js', 'dist/pwa/index.html'].map(
        (path) => `package/${path}`,
      ),
    );
    const foreign = files.filter((path) => /\.(?:tsx?|map|cache)$|^package\/(?!dist\/|[\w.-]+$)/.test(path));
    expect(foreign).to.deep.equal([]);
    expect((await stat(tarball)).size).to.be.below(4 * MIB);
  });

  it('installs at most 60 MB, and only packages that it needs when it runs', async () => {
    const allowed = productionNames().add('herald-relay');
    const found = await packagesIn(join(prefix, 'lib'));
    expect(found).to.include.members(['herald-relay', 'libsql', 'web-push']);
    expect(found.filter((name) => !allowed.has(name))).to.deep.equal([]);
    expect(found).not.to.include('preact').and.not.to.include('koa');
    expect(registry.missed).to.deep.equal([]);
    expect(await sizeOf(prefix)).to.be.below(60 * MIB);
  });

  it('runs for a user without rights: it pairs a device, sends, and the device receives', async () => {
    const cwd = await ownFolder('a folder');
    const relay = start(herald(), ['--port', '0', '--host', '127.0.0.1'], cwd);
    const { url, token } = await greeted(relay);
    expect(relay.output.stdout).to.contain(`  Data      ${join(cwd, 'data')}\n`);

    const page = await fetch(`${url}/`);
    expect(page.status).to.equal(200);
    const link = (await run(['pair', '--server', url, '--token', token], cwd)).stdout;
    const [, code = ''] = /#pair=(\w+)/.exec(link) ?? [];
    const paired = await fetch(`${url}/v1/pairings/${code}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'phone' }),
    });
    expect({ status: paired.status, text: await paired.text() }).to.have.property('status', 201);

    const device = start(herald(), ['listen', 'laptop', '--server', url], cwd, { HERALD_TOKEN: token });
    await eventually(
      'the device is connected',
      async () => (await run(['devices', '--server', url, '--token', token], cwd)).stdout,
      {
        until: (text) => text.includes('laptop') && text.includes('phone'),
        limit: 20_000,
      },
    );
    const sent = await run(['send', 'laptop', 'hello from a package', '--server', url, '--token', token], cwd);
    expect(sent).to.deep.include({ code: 0, stdout: 'laptop  ok\n' });
    await eventually('the device has the message', () => device.output.stdout, {
      until: (text) => text.includes('hello from a package'),
    });

    relay.child.kill('SIGTERM');
    expect((await relay.ended).code).to.equal(0);
  });

  it('answers within ten seconds of npx, and keeps to the folder where it was started', async () => {
    const cwd = await ownFolder('npx');
    const args = ['--yes', 'herald-relay', '--port', '0', '--host', '127.0.0.1'];
    // The first time, npx installs the package.
    expect((await start('npx', ['--yes', 'herald-relay', '--version'], cwd).ended).stdout).to.match(
      /^\d+\.\d+\.\d+\n$/,
    );
    const started = performance.now();
    const relay = start('npx', args, cwd);
    const { url, token } = await greeted(relay);
    const health = await fetch(`${url}/health`, { headers: { authorization: token } });
    expect(health.status).to.equal(200);
    expect(performance.now() - started).to.be.below(10_000);
    expect(await readdir(cwd)).to.deep.equal(['data']);
    expect((await stat(join(cwd, 'data'))).mode & 0o777).to.equal(0o700);
  });
});
