import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { silentLogger } from '../../server/base/logger.ts';
import type { Answer, HttpRequest } from '../../server/dialects/kit/http-message.ts';
import { json } from '../../server/dialects/kit/http-message.ts';
import type { Route } from '../../server/dialects/kit/route.ts';
import { type AppPorts, belowBase, createApp, ownerOf, ownRoutes } from '../../server/http/app.ts';
import { closeServer, createHttpServer, listen } from '../../server/http/listen.ts';
import { rawClient } from '../socket/raw-client.ts';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';

/** A route, by its method and path. */
function route(where: string, answer: Route['answer'], more: Partial<Route> = {}): Route {
  const [method, pattern = ''] = where.split(' ');
  return { method: method as Route['method'], pattern, limit: 100, answer, ...more };
}

const said = (body: string): Answer => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });

/** Serves an app with these routes beside the relay's own; gives its address and what it logged. */
async function serve(routes: readonly Route[], ports: Partial<AppPorts> = {}) {
  const page = await tempDir();
  await writeFile(join(page, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(page, 'a b.txt'), 'file');
  const logged: Record<string, unknown>[] = [];
  const health = () =>
    ({
      status: 'ok',
      version: '1',
      uptime: 0,
      queued: 0,
      nodes: 1,
      storage: { status: 'whole', unreadable: 0 },
    }) as const;
  const app = createApp({
    owners: [ownRoutes(health, page), ownerOf('test', routes)],
    basePath: '',
    trustProxy: false,
    logger: { ...silentLogger, error: (facts: object) => void logged.push(facts as Record<string, unknown>) },
    ...ports,
  });
  const server = createHttpServer(app);
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  onCleanup(() => closeServer(server, 100));
  return { url: `http://127.0.0.1:${port}`, port, logged };
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
  it('asks all routes in their order, whether they are in front of koa or not', async () => {
    const asked: string[] = [];
    const named = (name: string, answer: Answer | undefined): Route['answer'] => {
      return () => {
        asked.push(name);
        return answer;
      };
    };
    const { url } = await serve([
      route('GET /a', named('first', undefined), { rank: 3 }),
      route('GET /:x', named('fast', undefined), { rank: 2, fast: true }),
      route('GET /b', named('slow', said('slow')), { rank: 1 }),
    ]);
    expect(await (await fetch(`${url}/b`)).text()).to.equal('slow');
    expect(asked.splice(0)).to.deep.equal(['fast', 'slow']);
    expect(await (await fetch(`${url}/c`)).json()).to.deep.equal({ error: 'no such path', code: 'not_found' });
    expect(asked.splice(0)).to.deep.equal(['fast']);
    expect((await fetch(`${url}/a`)).status).to.equal(404);
    expect(asked.splice(0)).to.deep.equal(['first', 'fast']);
  });

  for (const fast of [true, false]) {
    const where = fast ? 'in front of koa' : 'by koa';

    it(`asks the next route ${where} if one leaves a request to others`, async () => {
      const left = route('POST /:name.send', () => undefined, { fast, rank: 1 });
      const later = route(
        'POST /:target.send',
        async (request, [target]) => said(`${target} ${await request.read()}`),
        {
          fast,
        },
      );
      const { url } = await serve([left, route('POST /other', () => said('other'), { fast }), later]);
      const answer = await fetch(`${url}/a.send`, { method: 'POST', body: 'b' });
      expect([answer.status, await answer.text()]).to.deep.equal([200, 'a b']);
    });

    it(`answers a route ${where}, with the values of its path and its query`, async () => {
      const answer = (request: HttpRequest, params: readonly string[]) =>
        json({ params, query: request.query, method: request.method, ip: request.ip });
      const { url } = await serve([route('GET /a/:x', answer, { fast })]);
      const given = await fetch(`${url}/a/%E4%BD%A0?b=1&b=%20`);
      expect(await given.json()).to.deep.equal({
        params: ['你'],
        query: [
          ['b', '1'],
          ['b', ' '],
        ],
        method: 'GET',
        ip: '127.0.0.1',
      });
      expect(given.headers.get('content-type')).to.equal('application/json; charset=utf-8');
      expect((await fetch(`${url}/a/b`, { method: 'POST' })).status).to.equal(404);
    });

    it(`reads a body ${where}, within the bound of the route`, async () => {
      const { url } = await serve([route('POST /a', async (request) => said(String(await request.read())), { fast })]);
      const post = (body: string) => fetch(`${url}/a`, { method: 'POST', body });
      expect(await (await post('x'.repeat(100))).text()).to.equal('x'.repeat(100));
      const refused = await post('x'.repeat(101));
      expect([refused.status, await refused.json()]).to.deep.equal([
        413,
        { error: 'the body is larger than 100 bytes', code: 'too_large' },
      ]);
    });

    it(`streams a body ${where}, within the bound of the route`, async () => {
      const answer = async (request: HttpRequest) => said(await text(request.stream()));
      const { url } = await serve([route('POST /a', answer, { fast })]);
      const post = (body: string) => fetch(`${url}/a`, { method: 'POST', body });
      expect(await (await post('x'.repeat(100))).text()).to.equal('x'.repeat(100));
      expect((await post('x'.repeat(100_000))).status).to.equal(413);
    });

    it(`streams an answer ${where}`, async () => {
      const body = () => Readable.from(['one\n', 'two\n']);
      const { url } = await serve([
        route('GET /a', () => ({ status: 201, headers: { x: 'y' }, body: body() }), { fast }),
      ]);
      const answer = await fetch(`${url}/a`);
      expect([answer.status, answer.headers.get('x'), await answer.text()]).to.deep.equal([201, 'y', 'one\ntwo\n']);
      expect(await (await fetch(`${url}/a`, { method: 'HEAD' })).text()).to.equal('');
    });

    it(`ends a stream ${where} when its peer leaves`, async () => {
      const body = new Readable({ read() {} });
      body.push('begun');
      const { port } = await serve([route('GET /a', () => ({ status: 200, headers: {}, body }), { fast })]);
      const client = await rawClient(port, 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n');
      await client.until(/begun/);
      const ended = new Promise((resolve) => body.once('close', resolve));
      client.socket.destroy();
      await ended;
    });

    it(`cuts off an answer ${where} whose stream fails, so that nobody takes a part for the whole`, async () => {
      const failing = async function* () {
        yield 'begun';
        throw new Error('disk');
      };
      const body = () => Readable.from(failing());
      const { url } = await serve([route('GET /a', () => ({ status: 200, headers: {}, body: body() }), { fast })]);
      const answer = await fetch(`${url}/a`);
      expect(await answer.text().catch(() => 'cut off')).to.equal('cut off');
    });

    it(`answers an error ${where} in the form of its owner, with the headers of the request`, async () => {
      const routes = [
        route(
          'GET /a',
          (request) => {
            request.answerHeaders['x-any'] = '1';
            throw new RelayError('too_many', 'slow down', { retryAfter: 7 });
          },
          { fast },
        ),
      ];
      const fail = ({ message }: RelayError) => ({ status: 418, headers: {}, body: `own ${message}` });
      const { url } = await serve([], { owners: [{ name: 'own', routes, fail }] });
      const answer = await fetch(`${url}/a`);
      expect([answer.status, answer.headers.get('x-any'), await answer.text()]).to.deep.equal([
        418,
        '1',
        'own slow down',
      ]);
    });

    it(`keeps the text of a fault ${where} to itself, and logs it without what the path may have of credentials`, async () => {
      const fault = new Error('connect to db at 10.0.0.1 failed');
      const reject = () => Promise.reject(fault);
      const nothing = () => Promise.reject(undefined);
      const { url, logged } = await serve([
        route('GET /a/:token', reject, { fast }),
        route('GET /b', nothing, { fast }),
      ]);
      for (const path of ['/a/secret?token=secret', '/b']) {
        const answer = await fetch(`${url}${path}`);
        expect([answer.status, await answer.text()]).to.deep.equal([
          500,
          '{"error":"internal error","code":"internal"}',
        ]);
      }
      expect(logged).to.deep.equal([
        { err: fault, path: '/a/:token' },
        { err: undefined, path: '/b' },
      ]);
    });
  }

  it('cuts off a request whose answer in front of koa cannot be written, and logs why', async () => {
    const broken = () => ({ status: 200, headers: { 'x-broken': '\n' }, body: '' });
    const { url, logged } = await serve([route('GET /broken', broken, { fast: true })]);
    const failed = await fetch(`${url}/broken`).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(TypeError);
    expect(logged.map(({ path }) => path)).to.deep.equal(['/broken']);
    expect((await fetch(`${url}/other`)).status).to.equal(404);
  });

  it('tries the routes of a room in order, and continues if one passes on a request', async () => {
    const { url } = await serve([
      route('GET /a', () => undefined),
      route('GET /a', () => said('second')),
      route('* *', () => said('rest'), { rank: -1 }),
    ]);
    expect(await (await fetch(`${url}/a`)).text()).to.equal('second');
    expect(await (await fetch(`${url}/b/c`)).text()).to.equal('rest');
  });

  it('answers 404 for an unknown path', async () => {
    const { url } = await serve([]);
    const missing = await fetch(`${url}/b`);
    const refusal = { error: 'no such path', code: 'not_found' };
    expect([missing.status, await missing.json()]).to.deep.equal([404, refusal]);
  });

  it('serves the page at /, its files, and health', async () => {
    const { url } = await serve([]);
    expect(await (await fetch(`${url}/`)).text()).to.include('<title>page</title>');
    expect(await (await fetch(`${url}/index.html`)).text()).to.include('<title>page</title>');
    expect(await (await fetch(`${url}/health`)).json()).to.include({ status: 'ok' });
    expect((await fetch(`${url}/health`, { method: 'HEAD' })).status).to.equal(200);
  });

  it('removes the prefix, and serves nothing outside of it', async () => {
    const routes = [route('GET *', ({ path, querystring }) => said(`${path}|${querystring}`), { rank: -1 })];
    const { url } = await serve([], {
      owners: [ownerOf('all', routes)],
      basePath: '/mpush',
    });
    expect(await (await fetch(`${url}/mpush/a.send?x=1&y=%20`)).text()).to.equal('/a.send|x=1&y=%20');
    for (const path of ['/a.send', '/mpushx/a.send', '/health']) {
      expect((await fetch(`${url}${path}`)).status, path).to.equal(404);
    }
    const bare = await fetch(`${url}/mpush`, { redirect: 'manual' });
    expect([bare.status, bare.headers.get('location')]).to.deep.equal([302, '/mpush/']);
  });

  it('passes on the address of the peer, or the one that a trusted proxy names', async () => {
    const routes = [route('GET /ip', ({ ip }) => said(ip)), route('GET /fast', ({ ip }) => said(ip), { fast: true })];
    const headers = { 'x-forwarded-for': '198.51.100.9, 203.0.113.5' };
    const direct = await serve(routes);
    const behind = await serve(routes, { trustProxy: true });
    for (const path of ['/ip', '/fast']) {
      expect(await (await fetch(`${direct.url}${path}`, { headers })).text()).to.equal('127.0.0.1');
      expect(await (await fetch(`${behind.url}${path}`, { headers })).text()).to.equal('203.0.113.5');
    }
  });

  it('does not start if two rooms have the same path', () => {
    const owners = ['one', 'two'].map((name) => ownerOf(name, [route('GET /a', () => said(name))]));
    expect(() => createApp({ owners, basePath: '', trustProxy: false, logger: silentLogger })).to.throw(
      RelayError,
      'one and two both claim http path GET /a',
    );
  });
});
