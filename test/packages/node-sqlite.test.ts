import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { greeted, type PackageMachine, packageMachine } from './support/package.ts';
import { CHECKOUT } from './support/registry.ts';

/** A Node.js that has SQLite. */
const NODE = join(
  process.env['PACKAGES_NODE'] ?? 'run these tests by npm run test:packages',
  `node_modules/node-${process.platform}-${process.arch}/bin/node`,
);
const WITHOUT_LIBSQL = fileURLToPath(new URL('support/without-libsql.cjs', import.meta.url));
/** Options of a relay that only the test reaches. */
const LOCAL = ['--port', '0', '--host', '127.0.0.1'];

/** The tests of the embedded backend that do not open its files with libsql themselves. */
function backendTests(): string[] {
  const folder = 'test/backends/embedded';
  const own = readdirSync(join(CHECKOUT, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`)
    .filter((file) => !readFileSync(join(CHECKOUT, file), 'utf8').includes("import Database from 'libsql'"));
  return ['test/backends/embedded.test.ts', ...own];
}

describe("the embedded backend on Node's own SQLite", function () {
  this.timeout(300_000);

  it('passes the tests of the backend, those of its contract and of crashes too', async () => {
    const args = ['node_modules/mocha/bin/mocha.js', '--reporter', 'dot', ...backendTests()];
    // mocha starts another process, which has the variable too.
    const env = { ...process.env, NODE_OPTIONS: `--require ${JSON.stringify(WITHOUT_LIBSQL)}` };
    const { code, stdout, stderr } = await promisify(execFile)(NODE, args, { cwd: CHECKOUT, env }).then(
      (output) => ({ code: 0, ...output }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    expect(code, stdout + stderr).to.equal(0);
    expect(Number(/(\d+) passing/.exec(stdout)?.[1])).to.be.above(300);
  });
});

describe('the npm package on a platform without libsql', function () {
  this.timeout(240_000);

  let machine: PackageMachine;
  let herald: string;
  let node: string;
  before(async () => {
    machine = await packageMachine(['libsql']);
    ({ herald } = await machine.install('a prefix'));
    // The user without rights may not enter every checkout.
    node = join(await machine.folder('node'), 'node');
    await copyFile(NODE, node);
  });
  after(() => machine?.remove());

  it("keeps messages in Node's own SQLite, and says so", async () => {
    const cwd = await machine.folder('newer');
    const relay = machine.start(node, [herald, ...LOCAL], { cwd, env: { LOG_LEVEL: 'info' } });
    const { url, token } = await greeted(relay);
    const run = (...args: string[]) => machine.start(node, [herald, ...args], { cwd }).ended;
    const access = ['--server', url, '--token', token];
    expect(await run('send', 'phone', 'hello', ...access)).to.deep.include({ code: 4, stdout: 'phone  no\n' });
    expect(await run('backup', 'all.backup')).to.deep.include({ code: 0, stderr: '' });

    // Killed, so that the next start reads the journal.
    relay.child.kill('SIGKILL');
    await relay.ended;
    expect(relay.output.stderr).to.contain("Node's own SQLite").and.not.contain('Warning');
    expect(await run('doctor')).to.deep.include({ code: 0, stderr: '' });
    const later = machine.start(node, [herald, ...LOCAL], { cwd });
    await greeted(later);
  });

  it('says what to install where Node has no SQLite either, and makes no data directory', async () => {
    const cwd = await machine.folder('older');
    const { code, stdout, stderr } = await machine.start(herald, LOCAL, { cwd }).ended;
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n')).to.have.lengthOf(1);
    expect(stderr).to.match(
      /^herald: SQLite is missing: libsql cannot be loaded on \w+-\w+ \(.*\), and Node\.js 2\d\.\S+ has none that Herald can use; install Node\.js 24, or 22\.16 or later, and start again$/m,
    );
    expect(readdirSync(cwd)).to.deep.equal([]);
  });
});

describe('the bytecode of a build', () => {
  it('does not disturb another version of Node', async () => {
    const main = join(CHECKOUT, 'dist', 'server', 'main.js');
    expect(readdirSync(join(CHECKOUT, 'dist', 'server'))).to.include('run.js.cache');
    const { stdout, stderr } = await promisify(execFile)(NODE, [main, 'send', '--help']);
    expect(stdout).to.contain('usage: herald send');
    expect(stderr).to.equal('');
  });
});
