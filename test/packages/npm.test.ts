import { type ChildProcess, execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { greeted, type PackageMachine, packageMachine } from './support/package.ts';
import { productionNames } from './support/registry.ts';

const MIB = 2 ** 20;
/** Options of a relay that only the test reaches. */
const LOCAL = ['--port', '0', '--host', '127.0.0.1'];

/** The size of a folder in bytes, as `du` counts it. */
async function sizeOf(folder: string): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['-sk', folder]);
  return Number(stdout.split('\t')[0]) * 1024;
}

/** Length in ms of a tick, in which Linux counts the time of processes. */
const TICK = 10;

/** The CPU time in ms of a program and all that it started, which is the same on a busy machine. */
async function workOf({ pid }: ChildProcess): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ticks = processes.map(async (name) => {
    // It may have ended.
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    // The group, and the time in the program and in the system, its own and that of children that have ended.
    return fields[2] === pid ? fields.slice(11, 15).reduce((sum, each) => sum + each, 0) : 0;
  });
  return (await Promise.all(ticks)).reduce((sum, each) => sum + each, 0) * TICK;
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
  this.timeout(240_000);

  let machine: PackageMachine;
  let prefix: string;
  let herald: string;
  const run = (args: readonly string[], cwd: string) => machine.start(herald, args, { cwd }).ended;

  before(async () => {
    machine = await packageMachine();
    ({ prefix, herald } = await machine.install('a prefix'));
  });
  after(() => machine?.remove());

  it('holds the built relay and the page, and no sources', async () => {
    const { stdout } = await promisify(execFile)('tar', ['-tzf', machine.tarball]);
    const files = stdout.trim().split('\n');
    expect(files).to.include.members(
      ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'dist/server/main.js', 'dist/pwa/index.html'].map(
        (path) => `package/${path}`,
      ),
    );
    for (const [path, name] of [
      ['dist/server/licenses.md', 'zod'],
      ['dist/pwa/licenses.md', 'preact'],
    ]) {
      const { stdout: licenses } = await promisify(execFile)('tar', ['-xzOf', machine.tarball, `package/${path}`]);
      expect(licenses).to.match(new RegExp(`^## ${name} - .* \\(MIT\\)$`, 'm'));
    }
    const foreign = files.filter((path) => !/^package\/(?:dist\/(?:docs|man|pwa|server)\/|docs\/|[\w.-]+$)/.test(path));
    expect(foreign).to.have.members(['package/deploy/herald.service', 'package/dist/config.schema.json']);
    expect(files.filter((path) => /\.(?:tsx?|map|cache)$/.test(path))).to.deep.equal([]);
    expect((await stat(machine.tarball)).size).to.be.below(8 * MIB);
  });

  it('installs at most 60 MB, and only packages that it needs when it runs', async () => {
    const allowed = productionNames().add('herald-relay');
    const found = await packagesIn(join(prefix, 'lib'));
    expect(found).to.include.members(['herald-relay', 'libsql', 'web-push']);
    expect(found.filter((name) => !allowed.has(name))).to.deep.equal([]);
    expect(found).not.to.include('preact').and.not.to.include('koa');
    expect(machine.registry.missed).to.deep.equal([]);
    expect(await sizeOf(prefix)).to.be.below(60 * MIB);
  });

  it('runs for a user without rights: it pairs a device, sends, and the device receives', async () => {
    const cwd = await machine.folder('a folder');
    const relay = machine.start(herald, LOCAL, { cwd });
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

    const device = machine.start(herald, ['listen', 'laptop', '--server', url], { cwd, env: { HERALD_TOKEN: token } });
    await eventually(
      'the device is connected',
      async () => (await run(['devices', '--server', url, '--token', token], cwd)).stdout,
      {
        until: (text) => text.includes('laptop') && text.includes('phone'),
        limit: 90_000,
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

  it('answers npx after less than ten seconds of work, and keeps to the folder where it was started', async () => {
    const cwd = await machine.folder('npx');
    const args = ['--yes', 'herald-relay', ...LOCAL];
    // The first time, npx installs the package.
    expect((await machine.start('npx', ['--yes', 'herald-relay', '--version'], { cwd }).ended).stdout).to.match(
      /^\d+\.\d+\.\d+\n$/,
    );
    const relay = machine.start('npx', args, { cwd });
    const { url, token } = await greeted(relay);
    const health = await fetch(`${url}/health`, { headers: { authorization: token } });
    expect(health.status).to.equal(200);
    expect(await workOf(relay.child)).to.be.below(10_000);
    expect(await readdir(cwd)).to.deep.equal(['data']);
    expect((await stat(join(cwd, 'data'))).mode & 0o777).to.equal(0o700);
  });

  it('says whether there is a newer version, and changes nothing', async () => {
    const cwd = await machine.folder('update');
    const check = (env = {}) => machine.start(herald, ['update-check'], { cwd, env }).ended;
    const { stdout: version } = await run(['--version'], cwd);
    const current = { code: 0, stdout: `${version.trim()} is the newest version\n`, stderr: '' };
    expect(await check()).to.deep.equal(current);

    const offline = await check({ npm_config_registry: `http://127.0.0.1:${await freePort()}/` });
    expect(offline).to.include({ code: 1, stdout: '' });
    expect(offline.stderr).to.match(
      /npm's registry cannot be reached \(ECONNREFUSED\)\. This is .*; nothing has changed\n$/,
    );

    machine.registry.publish({ tarball: machine.tarball, version: '99.0.0' });
    const newer = await check();
    expect(newer).to.include({ code: 3, stderr: '' });
    expect(newer.stdout).to.contain('99.0.0 is out').and.to.contain('\n  npm install -g herald-relay@latest\n');
    expect((await run(['--version'], cwd)).stdout).to.equal(version);
  });
});
