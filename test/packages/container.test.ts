import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { childrenOf, debianRoot } from './support/debian-root.ts';
import { CHECKOUT } from './support/registry.ts';

const run = promisify(execFile);
const DOCKERFILE = join(CHECKOUT, 'deploy/Dockerfile');
const COMPOSE = join(CHECKOUT, 'deploy/compose.yaml');
/** The user "node" of Node's images. */
const USER = 1000;
const NSPAWN = ['--quiet', '--register=no', '--keep-unit', '--as-pid2', '--console=pipe', '--resolv-conf=bind-host'];

/** One stage of a build: its root, and what its instructions have set. */
interface Stage {
  readonly root: string;
  readonly env: Record<string, string>;
  readonly set: Record<string, string>;
  workdir: string;
}

/** The instructions of the Dockerfile, such as `['RUN', 'npm ci']`. Continued lines are joined. */
async function instructions(): Promise<[name: string, value: string][]> {
  const text = (await readFile(DOCKERFILE, 'utf8')).replaceAll('\\\n', '');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', value = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      return [name, value];
    });
}

/** What the top folder of the context has: all but what Dockerfile.dockerignore names. */
async function context(): Promise<string[]> {
  const ignored = new Set((await readFile(`${DOCKERFILE}.dockerignore`, 'utf8')).split('\n'));
  return (await readdir(CHECKOUT)).filter((name) => !ignored.has(name));
}

/** Arguments of systemd-nspawn for a command in a stage. */
function inside({ root, env, workdir }: Stage, ...more: string[]): string[] {
  const set = Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`);
  return [...NSPAWN, `--directory=${root}`, `--chdir=${workdir}`, ...set, ...more];
}

/** What the image would hold, from an empty Debian in place of the base image. The cache is npm's of this machine. */
async function build(): Promise<Stage> {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  const cache = await mkdtemp(join(tmpdir(), 'herald-npm-'));
  onCleanup(() => rm(cache, { recursive: true, force: true }));
  const known = join(homedir(), '.npm/_cacache');
  await cp(known, join(cache, '_cacache'), { recursive: true }).catch(() => {});
  for (const [name, value] of await instructions()) {
    if (name === 'FROM') {
      stage = { root: await debianRoot(), env: {}, set: {}, workdir: '/' };
      await run('useradd', ['--root', stage.root, '--uid', String(USER), '--create-home', 'node']);
      stages.set(/ AS (\w+)$/.exec(value)?.[1] ?? 'last', stage);
      continue;
    }
    if (stage === undefined) throw new Error(`${name} before FROM`);
    const { root } = stage;
    const at = (path: string) => join(root, isAbsolute(path) ? path : join(stage?.workdir ?? '/', path));
    if (name === 'WORKDIR') {
      stage.workdir = value;
      await mkdir(at(value), { recursive: true });
    } else if (name === 'ENV') {
      const [key = '', ...rest] = value.split('=');
      stage.env[key] = rest.join('=');
    } else if (name === 'COPY') {
      const [, from, paths = ''] = /^(?:--from=(\w+) )?(.*)$/.exec(value) ?? [];
      const words = paths.split(/ +/);
      const target = at(words.pop() ?? '');
      const source = from === undefined ? CHECKOUT : (stages.get(from)?.root ?? '');
      const names = words.flatMap((word) => (word === '.' ? ['.'] : [word]));
      for (const word of names) {
        const parts = word === '.' ? await context() : [word];
        // A folder's content goes into the target, a file keeps its name.
        for (const part of parts) {
          const isFolder = from !== undefined && words.length === 1 && !/\.\w+$/.test(part);
          const to = isFolder ? target : join(target, part.split('/').at(-1) ?? '');
          await mkdir(join(to, '..'), { recursive: true });
          await cp(join(source, part), to, { recursive: true, verbatimSymlinks: true });
        }
      }
    } else if (name === 'RUN') {
      const npm = { ...stage, env: { ...stage.env, npm_config_cache: '/npm', npm_config_prefer_offline: 'true' } };
      await mkdir(at('/npm'), { recursive: true });
      const certificates = '--bind-ro=/etc/ssl/certs/ca-certificates.crt';
      await run('systemd-nspawn', inside(npm, `--bind=${cache}:/npm`, certificates, '/bin/sh', '-c', value), {
        maxBuffer: 64 * 2 ** 20,
      });
      await rm(at('/npm'), { recursive: true });
    } else stage.set[name] = value;
  }
  return stages.get('last') as Stage;
}

describe('deploy/Dockerfile', function () {
  // It installs and builds everything.
  this.timeout(600_000);

  it('has nothing that hadolint objects to', async () => {
    await run(join(process.env['PACKAGES_PYTHON'] ?? '', 'bin/hadolint'), [DOCKERFILE]);
  });

  it('makes a relay that runs without rights, on a read-only root', async () => {
    const image = await build();
    expect(image.set).to.include({ USER: '1000:1000', VOLUME: '/data', EXPOSE: '9093' });
    const size = Number((await run('du', ['-sk', join(image.root, 'opt/herald')])).stdout.split('\t')[0]) / 1024;
    expect(size).to.be.below(60);

    const port = await freePort();
    const data = await mkdtemp(join(tmpdir(), 'herald-data-'));
    onCleanup(() => rm(data, { recursive: true, force: true }));
    await chown(data, USER, USER);
    const env = { ...image.env, HERALD_HTTP__PORT: String(port), HERALD_HTTP__HOST: '127.0.0.1' };
    const command = [...JSON.parse(image.set['ENTRYPOINT'] ?? ''), ...JSON.parse(image.set['CMD'] ?? '')];
    const options = ['--read-only', '--user=node', `--bind=${data}:/data`, '--drop-capability=all'];
    const relay = spawn('systemd-nspawn', inside({ ...image, env }, ...options, ...command), {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    for (const stream of [relay.stdout, relay.stderr]) stream.on('data', (bytes) => said.push(String(bytes)));
    const exited = once(relay, 'exit');
    // systemd-nspawn has a small init inside, which has the relay. Only the end of the init ends everything inside.
    const init = async () => (await childrenOf(relay.pid ?? 0))[0];
    onCleanup(async () => {
      const pid = await init();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await exited;
    });
    const health = () => fetch(`http://127.0.0.1:${port}/health`);
    await eventually('the relay in the container answers', async () => (await health()).ok, {
      limit: 60_000,
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${said.join('')}`, { cause: error });
    });
    expect(await readdir(data)).to.include('messages.db');

    // The health check of the image, in its environment.
    const [, words = '[]'] = /CMD (\[.*\])$/.exec(image.set['HEALTHCHECK'] ?? '') ?? [];
    const [program, ...args] = JSON.parse(words) as string[];
    expect(program).to.equal('node');
    await run(process.execPath, args, { env: { ...env, PATH: process.env['PATH'] } });
    const nobody = { ...env, HERALD_HTTP__PORT: String(await freePort()), PATH: process.env['PATH'] };
    const failed = await run(process.execPath, args, { env: nobody }).catch((error: { code: number }) => error);
    expect(failed).to.have.property('code', 1);

    // As `docker stop` ends it.
    const [main = 0] = await childrenOf((await init()) ?? 0);
    process.kill(main, 'SIGTERM');
    expect((await exited)[0], said.join('')).to.equal(0);
  });
});

describe('deploy/compose.yaml', () => {
  const check = async (file: string, domain = 'herald.example.com') =>
    run('docker-compose', ['--file', file, 'config', '--quiet'], {
      env: { PATH: process.env['PATH'], HERALD_DOMAIN: domain },
    });

  it('is a file that compose takes, and asks for the domain', async () => {
    await check(COMPOSE);
    const { stderr } = await check(COMPOSE, '').catch((error: { stderr: string }) => error);
    expect(stderr).to.include('set it in .env');
  });

  it('is one with the parts that are commented out, too', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'herald-compose-'));
    onCleanup(() => rm(dir, { recursive: true, force: true }));
    const text = await readFile(COMPOSE, 'utf8');
    const uncommented = text.replace(/^( +)# ( *(?:[\w-]+:|- ).*)$/gm, '$1$2');
    expect(uncommented).to.match(/^ {2}herald-2:\n {4}extends/m);
    expect(uncommented).to.match(/^ {6}HERALD_REDIS__URL/m);
    await writeFile(join(dir, 'compose.yaml'), uncommented);
    await check(join(dir, 'compose.yaml'));
  });
});
