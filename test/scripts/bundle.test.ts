import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { tempDir } from '../support/temp-dir.ts';

const CHECKOUT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const MAIN = join(CHECKOUT, 'dist', 'server', 'main.js');

/** Makes every attempt to listen fail as only a bug can. */
const BROKEN = `data:text/javascript,${encodeURIComponent(
  "import { Server } from 'node:net'; Server.prototype.listen = () => { throw new TypeError('broken'); };",
)}`;

/** Says of every file whether V8 takes its bytecode. */
const TELLING = `data:text/javascript,${encodeURIComponent(
  `import vm from 'node:vm';
  vm.Script = class extends vm.Script {
    constructor(source, options) {
      super(source, options);
      if (options.cachedData) console.error(this.cachedDataRejected ? 'refused' : 'taken', options.filename);
    }
  };`,
)}`;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function herald(args: readonly string[], nodeArgs: readonly string[] = [], env = {}): Promise<Ended> {
  const { PATH } = process.env;
  const settings = { HERALD_STORAGE__DIR: await tempDir(), HERALD_HTTP__PORT: '0' };
  const options = { cwd: await tempDir(), env: { PATH, ...settings, ...env }, timeout: 45_000 };
  return promisify(execFile)(process.execPath, [...nodeArgs, MAIN, ...args], options).then(
    (output) => ({ code: 0, ...output }),
    (error: Ended) => error,
  );
}

/** The scripts that a command loads, as paths below the checkout. Node lists them in its coverage. */
async function loadedBy(args: readonly string[]): Promise<string[]> {
  const folder = await tempDir();
  await herald(args, [], { NODE_V8_COVERAGE: folder });
  const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const urls: string[] = reports.flatMap(({ result }) => result.map(({ url }: { url: string }) => url));
  return urls
    .map((url) => (url.startsWith('file:') ? fileURLToPath(url) : url))
    .filter((path) => path.startsWith(CHECKOUT))
    .map((path) => path.slice(CHECKOUT.length + 1));
}

describe('the bundle', () => {
  it('has every package that a command needs for its help', async () => {
    const loaded = await loadedBy(['--help']);
    expect(loaded).to.include('dist/server/main.js');
    expect(loaded.filter((path) => path.startsWith('node_modules/'))).to.deep.equal([]);
  });

  it('loads neither the relay for a command, nor a command for another', async () => {
    const loaded = await loadedBy(['send', '--server', 'http://127.0.0.1:1', 'phone', 'hello']);
    expect(loaded).to.include('dist/server/send.js');
    expect(loaded).not.to.include('dist/server/serve.js');
    expect(loaded).not.to.include('dist/server/listen.js');
  });

  it('has the bytecode of what a start, a send and a device run', () => {
    const files = readdirSync(dirname(MAIN));
    for (const name of ['run', 'serve', 'send', 'listen']) expect(files).to.include(`${name}.js.cache`);
  });

  it('has bytecode that V8 takes', async () => {
    const { stderr } = await herald(['send', '--help'], ['--import', TELLING]);
    expect(stderr)
      .to.match(/^taken .*run\.js$/m)
      .and.not.include('refused');
  });

  it('names functions in stack traces, and with source maps the source files', async () => {
    const { code, stderr } = await herald(['serve'], ['--import', BROKEN]);
    expect({ code, stderr }).to.have.property('code', 1);
    expect(stderr).to.match(/TypeError: broken[\s\S]* at listen \(.*dist\/server\/\w+\.js:\d+:\d+\)/);
    const mapped = await herald(['serve'], ['--enable-source-maps', '--import', BROKEN]);
    expect(mapped.stderr).to.match(/ at listen \(.*\/server\/http\/listen\.ts:\d+:\d+\)/);
  });
});
