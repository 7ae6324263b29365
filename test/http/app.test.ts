import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Router from '@koa/router';
import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { type AppPorts, belowBase, createApp } from '../../server/http/app.ts';
import { closeServer, createHttpServer, listen } from '../../server/http/listen.ts';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Serves an app with one dialect; gives its address and what it logged. */
async function serve(routes: (router: Router) => void, ports: Partial<AppPorts> = {}) {
  const page = await tempDir();
  await writeFile(join(page, 'index.html'), '<!doctype html><title>page</title>');
  const logged: Record<string, unknown>[] = [];
  const app = createApp({
    dialects: [{ name: 'test', paths: { http: ['*'], socket: [] }, running: { routes } }],
    basePath: '',
    trustProxy: false,
    logger: { ...silentLogger, error: (facts: object) => void logged.push(facts as Record<string, unknown>) },
    page,
    health: () => ({ status: 'ok', version: '1', uptime: 0, queued: 0 }),
    ...ports,
  });
  const server = createHttpServer(app);
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  onCleanup(() => closeServer(server, 100));
  return { url: `http://127.0.0.1:${port}`, logged };
}

describe('belowBase', () => {
  const cases: [string, string, string | undefined][] = [
    ['/a', '', '/a'],
    ['/mpush', '/mpush', '/'],
    ['/mpush/', '/mpush', '/'],
    ['/mpush/a/b', '/mpush', '/a/b'],
    ['/mpush//a', '/mpush', '//a'],
    ['/mpushx', '/mpush', undefined],
    ['/', '/mpush', undefined],
    ['/MPUSH/a', '/mpush', undefined],
    ['/a/mpush/b', '/mpush', undefined],
  ];
  for (const [path, basePath, below] of cases) {
    it(`makes ${below} of ${path} below ${JSON.stringify(basePath)}`, () => {
      expect(belowBase(path, basePath)).to.equal(below);
    });
  }
});

describe('createApp', () => {
  it('cuts off a request whose answer in front of koa cannot be written, and logs why', async () => {
    const running = {
      hotPath: {
        takes: (path: string) => path === '/broken',
        answer: async () => ({ status: 200, headers: { 'x-broken': '\n' }, body: '' }),
      },
    };
    const { url, logged } = await serve(() => {}, {
      dialects: [{ name: 'test', paths: { http: ['*'], socket: [] }, running }],
    });
    const failed = await fetch(`${url}/broken`).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(TypeError);
    expect(logged.map(({ path }) => path)).to.deep.equal(['/broken']);
    expect((await fetch(`${url}/other`)).status).to.equal(404);
  });

  it('asks the dialects in their order, and nobody else', async () => {
    const { url } = await serve((router) => {
      router.get('/a', (context) => {
        context.body = 'dialect';
      });
    });
    expect(await (await fetch(`${url}/a`)).text()).to.equal('dialect');
    const missing = await fetch(`${url}/b`);
    expect([missing.status, await missing.json()]).to.deep.equal([404, { error: 'no such path', code: 'not_found' }]);
  });

  it('serves the page at /, and health', async () => {
    const { url } = await serve(() => {});
    expect(await (await fetch(`${url}/`)).text()).to.include('<title>page</title>');
    expect(await (await fetch(`${url}/health`)).json()).to.include({ status: 'ok' });
  });

  it('takes the prefix off, and knows nothing outside of it', async () => {
    const routes = (router: Router) => {
      router.get(/.*/, (context) => {
        context.body = `${context.path}|${context.querystring}`;
      });
    };
    const { url } = await serve(routes, { basePath: '/mpush' });
    expect(await (await fetch(`${url}/mpush/a.send?x=1&y=%20`)).text()).to.equal('/a.send|x=1&y=%20');
    for (const path of ['/a.send', '/mpushx/a.send', '/health']) {
      expect((await fetch(`${url}${path}`)).status, path).to.equal(404);
    }
    const bare = await fetch(`${url}/mpush`, { redirect: 'manual' });
    expect([bare.status, bare.headers.get('location')]).to.deep.equal([302, '/mpush/']);
  });

  it('tells the address of the peer, or of whom a trusted proxy names', async () => {
    const routes = (router: Router) => {
      router.get('/ip', (context) => {
        context.body = context.ip;
      });
    };
    const headers = { 'x-forwarded-for': '198.51.100.9, 203.0.113.5' };
    const direct = await serve(routes);
    expect(await (await fetch(`${direct.url}/ip`, { headers })).text()).to.match(/^(::ffff:)?127\.0\.0\.1$/);
    const behind = await serve(routes, { trustProxy: true });
    expect(await (await fetch(`${behind.url}/ip`, { headers })).text()).to.equal('203.0.113.5');
  });

  it('answers a refusal with its status and text', async () => {
    const { url, logged } = await serve((router) => {
      router.get('/a', () => {
        throw new RelayError('too_many', 'slow down', { retryAfter: 7 });
      });
    });
    const answer = await fetch(`${url}/a`);
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).to.deep.equal([
      429,
      '7',
      { error: 'slow down', code: 'too_many' },
    ]);
    expect(logged).to.deep.equal([]);
  });

  it('keeps the text of a fault to itself, and logs it', async () => {
    const fault = new Error('connect to db at 10.0.0.1 failed');
    const { url, logged } = await serve((router) => {
      router.get('/a', () => {
        throw fault;
      });
    });
    const answer = await fetch(`${url}/a?token=secret`);
    expect([answer.status, await answer.text()]).to.deep.equal([500, '{"error":"internal error","code":"internal"}']);
    expect(logged).to.deep.equal([{ err: fault, path: '/a' }]);
  });

  it('is not harmed by a fault that is no error', async () => {
    const { url } = await serve((router) => {
      router.get('/a', () => {
        throw undefined;
      });
      router.get('/b', () => Promise.reject({ status: 200, expose: true, message: 'secret' }));
    });
    expect([(await fetch(`${url}/a`)).status, await (await fetch(`${url}/b`)).text()]).to.deep.equal([
      500,
      '{"error":"internal error","code":"internal"}',
    ]);
  });
});
