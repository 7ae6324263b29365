import { expect } from 'chai';
import { silentLogger } from '../../../server/base/logger.ts';
import { mpush } from '../../../server/dialects/mpush/index.ts';
import type { MpushPorts } from '../../../server/dialects/mpush/ports.ts';
import { createApp, ownerOfDialect } from '../../../server/http/app.ts';
import { closeServer, createHttpServer, listen } from '../../../server/http/listen.ts';
import { EMERGENCY_BOUNDS } from '../../../server/messages/emergency-options.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { TOKEN, world } from '../../world.ts';
import { info, ONLY_MPUSH, raw, stored } from './requests.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const text = (body: string, init: RequestInit = {}) => ({
  method: 'POST',
  body: new TextEncoder().encode(body),
  ...init,
});

describe('any request', () => {
  const shared = sharedWorld();

  it('is answered as JSON, whatever the answer is, and never kept by a cache', async () => {
    const relay = await world({ config: ONLY_MPUSH });
    const answers = [
      await relay.request('/a.send?text=x'),
      await relay.fetch('/a.send?text=x'),
      await relay.request('/nothing'),
      await relay.request('/', { method: 'DELETE' }),
      await relay.request('/', { method: 'OPTIONS' }),
      await relay.request('/a.send', { method: 'HEAD' }),
      await relay.post({ cmd: 'TEST_HTTP' }),
      await relay.post('{'),
      await relay.request('/', text('x')),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 401, 404, 405, 403, 405, 200, 400, 415]);
    for (const { headers } of answers) {
      expect(headers.get('content-type')).to.equal(JSON_TYPE);
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('access-control-allow-origin')).to.equal(null);
    }
  });

  it("names the code of a refusal in a header, since the body is mpush's", async () => {
    const relay = await world({ config: { http: { cors: true } } });
    const code = async (path: string, init: RequestInit = {}) =>
      (await relay.request(path, init)).headers.get('x-error-code');
    expect(await code('/nothing')).to.equal('not_found');
    expect(await code('/a.send?wait=soon')).to.equal('invalid');
    expect(await code('/', { method: 'DELETE' })).to.equal('method_not_allowed');
    expect(await code('/a.send?text=hi')).to.equal(null);
    const wrong = await relay.fetch('/a.send', { headers: { authorization: 'wrong' } });
    expect(wrong.headers.get('x-error-code')).to.equal('unauthorized');
    expect(wrong.headers.get('access-control-expose-headers')).to.equal('x-error-code, retry-after');
  });

  it('is refused without the token before its method is looked at', async () => {
    const relay = await world();
    const refused = info('Authorization verify error: no token');
    for (const [method, path] of [
      ['GET', '/a.send'],
      ['DELETE', '/'],
      ['PATCH', '/a.send'],
    ] as const) {
      const answer = await relay.fetch(path, { method });
      expect([answer.status, answer.text], `${method} ${path}`).to.deep.equal([401, refused]);
    }
    for (const [method, path] of [
      ['POST', '/'],
      ['PUT', '/a.send'],
    ] as const) {
      const answer = await relay.fetch(
        path,
        text('{"cmd":"TEST_HTTP"}', { method, headers: { 'content-type': 'application/json' } }),
      );
      expect([answer.status, answer.text], `${method} ${path}`).to.deep.equal([401, refused]);
    }
  });

  it('is not found on a path where nothing could be, with the token or without', async () => {
    const relay = await world();
    for (const answer of [await relay.fetch('/nothing'), await relay.request('/nothing')]) {
      expect([answer.status, answer.text]).to.deep.equal([404, info('pathname verify error: /nothing')]);
    }
    expect((await relay.fetch('/nothing', { method: 'HEAD' })).status).to.equal(404);
  });

  it('is told that the token was wrong, and never which one was shown', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 1 } } });
    const shown = 's3cret';
    const json = { 'content-type': 'application/json' };
    const packet = (more: object) => JSON.stringify({ cmd: 'AUTH', data: { name: 'a', token: shown }, ...more });
    const requests: [string, RequestInit][] = [
      ['/a.send', { headers: { authorization: shown } }],
      ['/a.send', { headers: { authorization: `Basic ${btoa(`x:${shown}`)}` } }],
      [`/a.send?token=${shown}`, {}],
      ['/a.send', { method: 'POST', body: new URLSearchParams({ token: shown }) }],
      ['/', { method: 'POST', headers: json, body: packet({}) }],
      ['/', { method: 'POST', headers: json, body: packet({ auth: shown }) }],
      ['/v1/devices', { headers: { authorization: shown } }],
      [`/v1/pairings/${shown}`, {}],
      ['/pusher/auth', { method: 'POST', body: new URLSearchParams({ token: shown, socket_id: '1.2' }) }],
    ];
    for (const [path, init] of requests) {
      const { status, text: said } = await relay.fetch(path, init);
      expect(status, path).to.be.oneOf([401, 403, 404, 429]);
      expect(said, path)
        .not.to.include(shown)
        .and.not.include(btoa(`x:${shown}`));
    }
    const { text: said } = await relay.fetch('/a.send', { headers: { authorization: shown } });
    expect(said).to.equal(info('Authorization verify error: wrong token'));
  });

  it('needs no token where http.verifyToken is off', async () => {
    const relay = await world({ config: { http: { verifyToken: false } } });
    const answer = await relay.fetch('/a.send?text=x', { headers: { authorization: 'anything' } });
    expect([answer.status, answer.json.data.status]).to.deep.equal([200, { a: 'no' }]);
  });

  for (const path of ['/a', '/a.sendx', '/a.b.SEND', '/a.send/', '/mpush/a.send', '/%ZZ.send', '/a%2Fb.send']) {
    it(`is not found on ${path}`, async () => {
      const answer = await raw(shared(), { path });
      expect([answer.status, answer.text]).to.deep.equal([404, info(`pathname verify error: ${path}`)]);
    });
  }

  it('reads the path alone: the query belongs to the message', async () => {
    const answer = await raw(await world(), { path: '/a?x=/b.send' });
    expect([answer.status, answer.text]).to.deep.equal([404, info('pathname verify error: /a')]);
  });

  for (const path of [
    '/.send',
    '/.group',
    '/mid.send',
    '/status.send',
    `/${'x'.repeat(65)}.send`,
    '/a,b.send',
    '/%00.send',
  ]) {
    it(`is invalid for a name that nobody may have: ${path}`, async () => {
      const answer = await raw(shared(), { path });
      expect(answer.status).to.equal(400);
      expect(JSON.parse(answer.text)).to.have.property('cmd', 'INFO');
    });
  }

  for (const method of ['DELETE', 'PATCH', 'HEAD', 'PROPFIND']) {
    it(`may not be ${method}`, async () => {
      const answer = await raw(shared(), { method, path: '/a.send' });
      expect(answer.status).to.equal(405);
      expect(answer.headers.allow).to.equal('GET, POST, PUT, OPTIONS');
      if (method !== 'HEAD') expect(answer.text).to.equal(info('expected GET, POST, PUT, OPTIONS'));
    });
  }

  it('may not PUT a packet', async () => {
    const relay = await world({ config: ONLY_MPUSH });
    const answer = await relay.post({ cmd: 'TEST_HTTP' }, { method: 'PUT' });
    expect([answer.status, answer.json.cmd]).to.deep.equal([405, 'INFO']);
  });

  it('is too large from maxBody + 1 bytes on, and takes maxBody', async () => {
    const relay = await world({ config: { http: { maxBody: 1024 } } });
    const at = (size: number) => relay.request('/a.send', text('x'.repeat(size)));
    expect((await at(1024)).status).to.equal(200);
    const answer = await at(1025);
    expect([answer.status, answer.text]).to.deep.equal([413, info('the body is larger than 1024 bytes')]);
  });

  it('learns nothing of a fault of the server', async () => {
    const logged: unknown[] = [];
    const logger = { ...silentLogger, error: (facts: object) => void logged.push(facts) };
    const send = () => Promise.reject(new Error('disk at /secret/path is broken'));
    const config = {
      http: { verifyToken: false, waitTimeout: 0, maxWaitTimeout: 0, strict: false, cors: false, maxBody: 1024 },
      websocket: { verifyToken: false, authTimeout: 0, waitTimeout: 0 },
      schedule: { maxDelay: 0 },
      answers: { maxWait: 0, allowPrivateCallbacks: false },
      emergencies: EMERGENCY_BOUNDS,
      statusNames: '2.1',
    } as const;
    const running = mpush.create(
      { send, logger, onStatus() {}, onRemoved() {}, onKeyEnded() {}, onTokensEnded() {} } as unknown as MpushPorts,
      config,
    );
    const owners = [ownerOfDialect({ ...mpush, running })];
    const server = createHttpServer(createApp({ owners, basePath: '', trustProxy: false, logger }));
    const port = await listen(server, { host: '127.0.0.1', port: 0 });
    onCleanup(() => closeServer(server, 100));
    const answer = await fetch(`http://127.0.0.1:${port}/a.send`);
    expect([answer.status, await answer.text()]).to.deep.equal([500, info('internal error')]);
    expect(logged).to.have.length(1);
  });
});

describe('CORS', () => {
  it('reflects the origin on every answer when it is on', async () => {
    const relay = await world({ config: { http: { cors: true } } });
    const headers = { origin: 'https://page.example', authorization: TOKEN };
    for (const path of ['/a.send', '/nothing', '/.send']) {
      const answer = await raw(relay, { path, headers });
      expect(answer.headers['access-control-allow-origin'], path).to.equal('https://page.example');
    }
    const refused = await raw(relay, { path: '/a.send', headers: { ...headers, authorization: 'wrong' } });
    expect([refused.status, refused.headers['access-control-allow-origin']]).to.deep.equal([
      401,
      'https://page.example',
    ]);
    expect((await raw(relay, { path: '/a.send' })).headers['access-control-allow-origin']).to.equal('');
  });

  it('answers a preflight without a token', async () => {
    const relay = await world({ config: { http: { cors: true } } });
    const answer = await raw(relay, {
      method: 'OPTIONS',
      path: '/a.send',
      headers: {
        authorization: '',
        origin: 'https://page.example',
        'access-control-request-headers': 'authorization,x-y',
        'access-control-request-method': 'PUT',
      },
    });
    expect([answer.status, answer.text]).to.deep.equal([200, '']);
    expect(answer.headers).to.include({
      'content-type': JSON_TYPE,
      'access-control-allow-origin': 'https://page.example',
      'access-control-allow-headers': 'authorization,x-y',
      'access-control-allow-methods': 'PUT',
    });
  });

  it('gives empty permissions to a preflight that asks for none', async () => {
    const relay = await world({ config: { ...ONLY_MPUSH, http: { cors: true } } });
    const { headers } = await raw(relay, { method: 'OPTIONS', path: '/' });
    expect([headers['access-control-allow-headers'], headers['access-control-allow-methods']]).to.deep.equal(['', '']);
  });

  it('refuses a preflight when it is off', async () => {
    const answer = await raw(await world(), {
      method: 'OPTIONS',
      path: '/a.send',
      headers: { origin: 'https://page.example' },
    });
    expect([answer.status, answer.text]).to.deep.equal([403, '']);
    expect(answer.headers).not.to.have.any.keys('access-control-allow-origin', 'access-control-allow-methods');
  });

  it('never sends with OPTIONS', async () => {
    const relay = await world({ config: { http: { cors: true } } });
    await relay.device('a');
    await raw(relay, { method: 'OPTIONS', path: '/a.send?text=x' });
    expect(await stored(relay, 'a')).to.deep.equal([]);
  });
});
