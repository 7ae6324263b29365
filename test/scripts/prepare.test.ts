import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const prepareScript = join(checkout, '.scripts', 'prepare.mjs');
const compiler = join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');

/** What a whole build says. */
const BUILD = 'Checking the relay …\nBuilding the relay …\nBuilding the page …\nStarting the relay once …\n';

interface Clone {
  readonly root: string;
  write(path: string, content: unknown): void;
  remove(path: string): void;
}

function openClone(root: string): Clone {
  return {
    root,
    write(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
    },
    remove: (path) => rmSync(join(root, path), { recursive: true }),
  };
}

/** A small clone: the script itself, npm's files, two sources, a package that passes on to the real compiler, and one in place of vite. */
function fillClone({ root, write }: Clone): void {
  write('package.json', {
    name: 'sample',
    type: 'module',
    engines: { node: '>=20.19' },
    dependencies: { typescript: 'file:vendor/typescript', vite: 'file:vendor/vite' },
  });
  write('package-lock.json', {
    name: 'sample',
    lockfileVersion: 3,
    packages: {
      '': { name: 'sample', dependencies: { typescript: 'file:vendor/typescript', vite: 'file:vendor/vite' } },
      'node_modules/typescript': { resolved: 'vendor/typescript', link: true },
      'node_modules/vite': { resolved: 'vendor/vite', link: true },
      'vendor/typescript': { name: 'typescript', version: '1.0.0' },
      'vendor/vite': { name: 'vite', version: '1.0.0' },
    },
  });
  write('vendor/typescript/package.json', { name: 'typescript', version: '1.0.0', type: 'module' });
  write(
    'vendor/typescript/bin/tsc',
    `import { existsSync } from 'node:fs';
    if (existsSync('hang')) setInterval(() => {}, 1000);
    else await import(${JSON.stringify(compiler)});`,
  );
  write('vendor/vite/package.json', { name: 'vite', version: '1.0.0', type: 'module' });
  write(
    'vendor/vite/bin/vite.js',
    `import { copyFileSync, mkdirSync } from 'node:fs';
    const [folder, source, file] = process.argv.includes('server/vite.config.ts')
      ? ['dist/server', 'server/main.ts', 'main.js']
      : ['dist/pwa', 'package.json', 'index.html'];
    mkdirSync(folder, { recursive: true });
    copyFileSync(source, folder + '/' + file);`,
  );
  write('tsconfig.json', { files: [], references: [{ path: 'server' }] });
  write('server/tsconfig.json', {
    compilerOptions: {
      module: 'NodeNext',
      target: 'ES2023',
      types: [],
      composite: true,
      rootDir: '.',
      outDir: '../dist/modules/server',
    },
    include: ['**/*.ts'],
  });
  write('server/main.ts', '#!/usr/bin/env node\nexport const answer = 1;\n');
  write('server/config/json-schema.ts', "export const configJsonSchema = () => ({ title: 'sample' });\n");
  write('.scripts/code-cache.mjs', '');
  cpSync(prepareScript, join(root, '.scripts', 'prepare.mjs'));
}

interface Prepared {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start({ root }: Clone, detached = false) {
  const args = [join(root, '.scripts', 'prepare.mjs')];
  return spawn(process.execPath, args, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'], detached });
}

async function prepare(clone: Clone): Promise<Prepared> {
  const child = start(clone);
  const outputs = [text(child.stdout), text(child.stderr)];
  const [[status], stdout = '', stderr = ''] = await Promise.all([once(child, 'close'), ...outputs]);
  return { status, stdout, stderr };
}

/** Prepares a clone whose packages have to come from a registry that is away. @returns how long it took, too, in ms */
async function prepareOffline(clone: Clone): Promise<Prepared & { readonly took: number }> {
  clone.write('package.json', {
    name: 'sample',
    type: 'module',
    engines: { node: '>=20.19' },
    dependencies: { a: '1.0.0' },
  });
  const packages = {
    '': { name: 'sample', dependencies: { a: '1.0.0' } },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-AAAA' },
  };
  clone.write('package-lock.json', { name: 'sample', lockfileVersion: 3, packages });
  // The port was just free, and nothing listens on it.
  clone.write('.npmrc', `registry=http://127.0.0.1:${await freePort()}/\ncache=${join(clone.root, 'cache')}\n`);
  const started = performance.now();
  const prepared = await prepare(clone);
  return { ...prepared, took: performance.now() - started };
}

describe('prepare', function () {
  // Each step starts npm or a compiler, which a busy machine takes seconds for.
  this.timeout(180_000);

  let folder: string;
  let prepared: Clone;
  let first: Prepared;
  let clone: Clone;
  /** It waits for the registry for most of its time, beside the other tests. */
  let offline: ReturnType<typeof prepareOffline>;
  const copy = () => {
    const made = openClone(mkdtempSync(join(folder, 'clone-')));
    cpSync(prepared.root, made.root, { recursive: true, verbatimSymlinks: true });
    return made;
  };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'herald-prepare-'));
    prepared = openClone(join(folder, 'prepared'));
    fillClone(prepared);
    first = await prepare(prepared);
    offline = prepareOffline(copy());
  });
  beforeEach(() => {
    clone = copy();
  });
  after(async () => {
    await offline;
    rmSync(folder, { recursive: true, force: true });
  });

  it('installs and builds a fresh clone', () => {
    expect(first.stderr).to.equal(`Installing packages …\n${BUILD}`);
    expect(first).to.include({ status: 0, stdout: '' });
    accessSync(join(prepared.root, 'dist/server/main.js'), constants.X_OK);
    accessSync(join(prepared.root, 'dist/pwa/index.html'));
    expect(existsSync(join(prepared.root, 'dist/config.schema.json'))).to.equal(true);
  });

  it('has nothing to do the second time', async () => {
    const before = statSync(join(clone.root, 'dist/server/main.js')).mtimeMs;
    expect(await prepare(clone)).to.include({ status: 0, stdout: '', stderr: '' });
    expect(statSync(join(clone.root, 'dist/server/main.js')).mtimeMs).to.equal(before);
  });

  it('does only the step that became stale', async () => {
    clone.write('server/extra.ts', 'export const extra = 1;\n');
    expect((await prepare(clone)).stderr).to.equal(BUILD);
    clone.remove('server/extra.ts');
    expect((await prepare(clone)).stderr).to.equal(BUILD);
    clone.remove('dist/server/main.js');
    expect((await prepare(clone)).stderr).to.equal(BUILD);
    clone.write('node_modules/.package-lock.json', { packages: {} });
    expect((await prepare(clone)).stderr).to.equal('Installing packages …\n');
  });

  it('shows what the compiler says when a build fails, and builds again afterwards', async () => {
    clone.write('server/main.ts', "export const answer: number = 'one';\n");
    const failed = await prepare(clone);
    expect(failed.status).to.equal(1);
    expect(failed.stderr).to.match(/Checking the relay failed\.\nserver\/main\.ts\(1,14\): error TS2322/);
    expect((await prepare(clone)).status).to.equal(1);
    clone.write('server/main.ts', 'export const answer = 1;\n');
    expect(await prepare(clone)).to.include({ status: 0, stderr: BUILD });
  });

  it('only says so when it cannot make bytecode', async () => {
    clone.write('.scripts/code-cache.mjs', "throw new Error('no port to be had');");
    const made = await prepare(clone);
    expect(made.status).to.equal(0);
    expect(made.stderr)
      .to.contain('no port to be had')
      .and.match(/Without bytecode, the relay starts slower\.\n$/);
    expect(await prepare(clone)).to.include({ status: 0, stderr: '' });
  });

  it('shows what npm says when an install fails', async () => {
    clone.remove('package-lock.json');
    const failed = await prepare(clone);
    expect(failed.status).to.equal(1);
    expect(failed.stderr).to.match(/Installing packages failed\.\nnpm error/);
  });

  it('names the reason within a minute when the registry cannot be reached', async () => {
    const { status, stderr, took } = await offline;
    expect(took).to.be.below(60_000);
    expect(status).to.equal(1);
    expect(stderr).to.include('the package registry cannot be reached (ECONNREFUSED)');
    expect(stderr).to.include('npm config get registry');
  });

  it('does not take an interrupted build for a finished one', async () => {
    clone.write('hang', '');
    clone.write('server/main.ts', 'export const answer = 2;\n');
    const child = start(clone, true);
    await once(child.stderr, 'data');
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await once(child, 'exit');
    clone.write('server/main.ts', '#!/usr/bin/env node\nexport const answer = 1;\n');
    clone.remove('hang');
    expect(await prepare(clone)).to.include({ status: 0, stderr: BUILD });
  });
});

describe('followNpm', () => {
  interface Follower {
    readonly seen: { readonly answered: boolean; readonly failure: string | undefined };
    read(chunk: string): void;
    rest(): string;
  }
  let followNpm: (total: number, tell: (done: number, total: number) => void) => Follower;
  before(async () => {
    ({ followNpm } = (await import(prepareScript)) as { followNpm: typeof followNpm });
  });

  it('counts each package once, however its lines are cut', () => {
    const told: string[] = [];
    const { read, seen, rest } = followNpm(2, (done, total) => told.push(`${done}/${total}`));
    read('npm http fetch GET 200 https://registry.test/a 12ms (cache miss)\nnpm http fetch GET 200 https://regi');
    expect([told, seen.answered]).to.deep.equal([[], true]);
    read(
      'stry.test/a/-/a-1.0.0.tgz 5ms (cache miss)\nnpm http cache a@https://registry.test/b/-/b-1.0.0.tgz 0ms (cache hit)\n',
    );
    read('npm http cache a@https://registry.test/b/-/b-1.0.0.tgz 0ms (cache hit)\n');
    expect(told).to.deep.equal(['2/2', '2/2']);
    expect(rest()).to.equal('');
  });

  it('keeps the reason of a failure and npm’s own words apart from its requests', () => {
    const { read, seen, rest } = followNpm(1, () => {});
    read('npm http fetch GET https://registry.test/a attempt 1 failed with ENOTFOUND\nnpm error code ENOTFOUND\n');
    expect(seen).to.include({ answered: false, failure: 'ENOTFOUND' });
    expect(rest()).to.equal('npm error code ENOTFOUND\n');
  });
});

describe('checkNode', () => {
  let checkNode: (version: string, range: string) => void;
  before(async () => {
    ({ checkNode } = (await import(prepareScript)) as { checkNode: typeof checkNode });
  });

  for (const version of ['18.20.4', '20.18.3', '8.0.0']) {
    it(`refuses ${version} in one line`, () => {
      expect(() => checkNode(version, '>=20.19')).to.throw(`Herald needs Node.js >=20.19; this is ${version}.`);
    });
  }

  for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0']) {
    it(`takes ${version}`, () => {
      expect(() => checkNode(version, '>=20.19')).not.to.throw();
    });
  }
});
