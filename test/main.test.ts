import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { onCleanup } from './support/cleanup.ts';
import { soon } from './support/eventually.ts';
import { connect } from './support/socket.ts';
import { tempDir } from './support/temp-dir.ts';
import { TOKEN, world } from './world.ts';

// As it is built, for it starts many times faster than from its sources.
const PROGRAM = fileURLToPath(new URL('../dist/server/main.js', import.meta.url));

/** A process and what it wrote so far. */
class Program {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;

  constructor(command: string, args: readonly string[], cwd: string) {
    const { PATH = '' } = process.env;
    this.child = spawn(command, args, { cwd, env: { PATH }, stdio: 'pipe' });
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stdout += chunk;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    this.ended = once(this.child, 'close').then(([code]) => code);
    onCleanup(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
    });
  }

  /** Resolves once the output matches; rejects when the process ends without. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found !== null) return found;
      const output = once(this.child.stdout ?? this.child, 'data');
      const event = await soon(`${pattern} in the output`, Promise.race([output, this.ended.then(() => 'ended')]), {
        last: () => this.stdout + this.stderr,
        limit: 60_000,
      });
      if (event === 'ended') throw new Error(`the process ended: ${this.stderr}`);
    }
  }
}

async function herald(args: readonly string[], config?: unknown): Promise<Program> {
  const cwd = await tempDir();
  if (config !== undefined) await writeFile(join(cwd, 'config.json'), JSON.stringify(config));
  return new Program(process.execPath, [PROGRAM, ...args], cwd);
}

describe('main', function () {
  // Each test starts whole programs, which a busy machine takes seconds for.
  this.timeout(120_000);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`greets with a curl line that works when it is pasted, and ends politely on ${signal}`, async () => {
      const token = `it's a "$HOME" \`id\` \\ !! %s {a,b} 张é ${signal}`;
      const relay = await herald(['serve'], { token, http: { port: 0, host: '127.0.0.1' } });
      const [, line = '', port] = await relay.until(/^ +Send +(curl .*?:(\d+)\/.*)\n/m);
      const { stdout } = await promisify(execFile)('sh', ['-c', `${line} --silent`], {
        env: { ...process.env, HERALD_TOKEN: token },
      });
      expect(JSON.parse(stdout).data).to.include({ phone: 'no' });

      const socket = await connect(`ws://127.0.0.1:${port}/`);
      relay.child.kill(signal);
      expect((await socket.closed).code).to.equal(1001);
      expect(await relay.ended).to.equal(0);
      expect(relay.stderr).not.to.contain(token.slice(0, 10));
    });
  }

  it('refuses a data directory that another process has', async () => {
    const dir = await tempDir();
    const config = { http: { port: 0, host: '127.0.0.1' }, storage: { dir } };
    const first = await herald([], config);
    await first.until(/Receive/);
    const second = await herald([], config);
    expect(await second.ended).to.equal(1);
    expect(second.stderr).to.equal(`herald: data directory ${dir} is in use by another Herald process\n`);
  });

  it('ends quietly when nobody reads its output', async () => {
    const program = await herald(['config', '--schema']);
    program.child.stdout?.destroy();
    expect(await program.ended).to.equal(0);
    expect(program.stderr).to.equal('');
  });

  it('sends without an input, with a closed one, and with one that it need not read', async () => {
    const relay = await world();
    const args = [PROGRAM, 'send', 'x', 'hi', '--server', relay.url(), '--token', TOKEN];
    const cwd = await tempDir();
    const programs = [
      new Program('sh', ['-c', 'exec "$@" < /dev/null', 'sh', process.execPath, ...args], cwd),
      new Program('sh', ['-c', 'exec "$@" <&-', 'sh', process.execPath, ...args], cwd),
      new Program(process.execPath, [...args, '--desp', ''], cwd),
    ];
    for (const program of programs) {
      expect(await program.ended).to.equal(4);
      expect(program.stdout).to.equal('x  no\n');
      expect(program.stderr).to.match(/^herald: no device is known yet; .*\n$/);
    }
  });
});
