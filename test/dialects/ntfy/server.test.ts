import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { openStream } from '../../support/stream-reader.ts';
import { TOKEN, type World, world } from '../../world.ts';

const AS_OWNER = { authorization: `Bearer ${TOKEN}` };
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

async function keyFor(relay: World, name: string, rights: object): Promise<string> {
  const body = JSON.stringify({ name, ...rights });
  const headers = { 'content-type': 'application/json' };
  return (await relay.request('/v1/keys', { method: 'POST', body, headers })).json.key;
}

const publish = (relay: World, path: string, body: BodyInit, headers: Record<string, string> = {}) =>
  relay.fetch(path, { method: 'POST', body, headers });

describe('ntfy: paths', () => {
  const relay = sharedWorld({ config: { http: { basePath: '/sub' } } });

  it('with double slashes lead to those without', async () => {
    for (const [path, to] of [
      ['//phone?x=1&y=%20', '/phone?x=1&y=%20'],
      ['///phone//json?poll=1', '/phone/json?poll=1'],
      ['/ntfy//phone', '/ntfy/phone'],
      ['/ntfy//a,b///sse', '/ntfy/a,b/sse'],
    ] as const) {
      const { status, headers } = await relay().request(`/sub${path}`, { method: 'PUT', body: 'x' });
      expect([status, headers.get('location')], path).to.deep.equal([307, `/sub${to}`]);
    }
    const sent = await relay().request('/sub//phone', { method: 'POST', body: 'x', redirect: 'follow' });
    expect([sent.status, sent.json.message]).to.deep.equal([200, 'x']);
  });

  it('of others, and those that lead elsewhere, are not redirected', async () => {
    for (const path of [
      '//docs',
      '//\\evil.example',
      '//evil.example/a',
      '//phone.send',
      '//message',
      '//a//b.c',
      '//',
    ]) {
      expect((await relay().request(`/sub${path}`)).status, path).to.not.equal(307);
    }
  });

  it('that nobody knows are refused in its words below its prefix', async () => {
    for (const path of ['/ntfy/docs/x/y/z', '/ntfy/static/app.js', '/ntfy/phone/nothing', '/ntfy/a.b']) {
      const { status, json } = await relay().request(`/sub${path}`);
      expect([status, json], path).to.deep.equal([404, { code: 40401, http: 404, error: 'page not found' }]);
    }
  });
});

describe('ntfy: credentials', () => {
  const relay = sharedWorld({ config: { http: { maxAuthFailures: 100 } } });

  it('are keys in every place where its programs show them', async () => {
    const key = await keyFor(relay(), 'all', { send: ['cred*'], receive: ['cred*'] });
    const ways: readonly [what: string, path: string, headers: Record<string, string>][] = [
      ['any user', '/cred/auth', { authorization: basic(`phil:${key}`) }],
      ['no user', '/cred/auth', { authorization: basic(`:${key}`) }],
      ['bearer', '/cred/auth', { authorization: `bearer ${key}` }],
      ['the raw key', '/cred/auth', { authorization: key }],
      ['auth', `/cred/auth?auth=${base64url(basic(`:${key}`))}`, {}],
      ['authorization', `/cred/auth?authorization=${base64url(`Bearer ${key}`)}`, {}],
      ['padding', `/cred/auth?auth=${encodeURIComponent(Buffer.from(`Bearer  ${key}`).toString('base64'))}`, {}],
    ];
    for (const [what, path, headers] of ways) {
      expect((await relay().fetch(path, { headers })).json, what).to.deep.equal({ success: true });
      expect((await relay().fetch(path.replace('cred', 'other'), { headers })).json.code, what).to.equal(40301);
    }
    const sent = await publish(relay(), '/cred1', 'x', { authorization: `Bearer ${key}` });
    expect(sent.status).to.equal(200);
    expect((await publish(relay(), '/other', 'x', { authorization: `Bearer ${key}` })).json.code).to.equal(40301);
    await eventually('the use is counted', async () => (await relay().request('/v1/keys/all')).json.sent === 1);
  });

  it('add what the key says to messages that say nothing themselves', async () => {
    const key = await keyFor(relay(), 'nas', { send: ['nas'], receive: ['nas'], priority: 2, tags: ['floppy_disk'] });
    const headers = { authorization: `Bearer ${key}` };
    const sent = (await publish(relay(), '/nas', 'x', headers)).json;
    expect(sent).to.deep.include({ priority: 2, tags: ['floppy_disk'] });
    expect((await relay().fetch('/nas/json?poll=1', { headers })).json).to.deep.equal(sent);
    expect((await publish(relay(), '/nas', 'x', { ...headers, p: '5' })).json.priority).to.equal(5);
  });

  it('may send as often as they say', async () => {
    const key = await keyFor(relay(), 'slow', { send: ['slow'], rate: { perMinute: 1, burst: 1 } });
    const headers = { authorization: `Bearer ${key}` };
    expect((await publish(relay(), '/slow', 'x', headers)).status).to.equal(200);
    const limited = await publish(relay(), '/slow', 'x', headers);
    expect([limited.status, limited.json.code]).to.deep.equal([429, 42901]);
    expect(Number(limited.headers.get('retry-after'))).to.be.within(1, 60);
  });

  it('that are wrong get 401 everywhere, and none 403', async () => {
    const link = 'https://ntfy.sh/docs/publish/#authentication';
    for (const path of ['/t/json', '/t/auth', '/v1/health', '/v1/config', '/v1/stats', '/v1/account']) {
      const { status, json, headers } = await relay().fetch(path, { headers: { authorization: basic('a:wrong') } });
      expect(status, path).to.equal(401);
      expect(json, path).to.deep.equal({ code: 40101, http: 401, error: 'unauthorized', link });
      expect(headers.get('www-authenticate'), path).to.equal(null);
    }
    for (const auth of ['%%%', base64url('Basic'), 'x', base64url('Basic ///')]) {
      expect((await relay().fetch(`/t/json?auth=${encodeURIComponent(auth)}`)).status, auth).to.equal(401);
    }
    expect((await publish(relay(), '/t', 'x')).json).to.deep.equal({
      code: 40301,
      http: 403,
      error: 'forbidden',
      link,
    });
    expect((await publish(relay(), '/t', 'x', { authorization: 'vapid t=a, k=b' })).status).to.equal(403);
  });

  it('that are wrong too often get 42909, and the right one is still taken', async () => {
    const own = await world({ config: { http: { maxAuthFailures: 1 } } });
    expect((await own.fetch('/t/auth', { headers: { authorization: 'Bearer w1' } })).json.code).to.equal(40101);
    const { json, headers } = await own.fetch('/t/auth', { headers: { authorization: 'Bearer w2' } });
    expect(json).to.include({ code: 42909, http: 429 });
    expect(Number(headers.get('retry-after'))).to.be.greaterThan(0);
    expect((await own.request('/t/auth')).status).to.equal(200);
  });

  it('are needed for receiving also where sending needs none', async () => {
    const open = await world({ config: { http: { verifyToken: false }, websocket: { verifyToken: false } } });
    expect((await publish(open, '/t', 'x')).status).to.equal(200);
    expect((await open.fetch('/t/json?poll=1')).status).to.equal(403);
    // A page of another site may not use what its visitor can reach.
    const foreign = await publish(open, '/t', 'x', { origin: 'https://evil.example' });
    expect(foreign.json.code).to.equal(40301);
    expect(foreign.headers.get('access-control-allow-origin')).to.equal(null);
  });
});

describe('ntfy: what programs ask about the server', () => {
  const relay = sharedWorld();

  it('is answered as they expect it', async () => {
    expect((await relay().fetch('/v1/health')).text).to.equal('{"healthy":true}\n');
    const config = await relay().fetch('/v1/config');
    expect(config.headers.get('cache-control')).to.equal('no-cache');
    expect(config.json).to.include({ enable_login: true, enable_web_push: false, app_root: '/' });
    expect(config.json.config_hash).to.match(/^[0-9a-f]{64}$/);
    expect(config.json.disallowed_topics).to.include.members(['docs', 'v1', 'health', 'assets', 'apps', 'message']);
    expect((await relay().fetch('/v1/stats')).json).to.have.keys('messages', 'messages_rate');
    expect((await relay().fetch('/v1/version')).json).to.include({ code: 40101, http: 401 });
    expect((await relay().fetch('/v1/webpush', { method: 'POST' })).json).to.include({ code: 40401, http: 404 });
    expect((await relay().fetch('/v1/tiers')).json).to.deep.equal({ code: 40401, http: 404, error: 'page not found' });
    for (const prefix of ['', '/ntfy']) {
      const script = await relay().fetch(`${prefix}/config.js`);
      expect(script.headers.get('content-type')).to.include('text/javascript');
      const [, object = ''] = /^[^\n]*\nvar config = (\{.*\});\n$/s.exec(script.text) ?? [];
      expect(JSON.parse(object)).to.deep.equal((await relay().fetch('/v1/config')).json);
    }
  });

  it('has the account of nobody and of a user, with whole numbers', async () => {
    const nobody = (await relay().fetch('/v1/account')).json;
    expect(nobody).to.include({ username: '*', role: 'anonymous' });
    const user = (await relay().fetch('/v1/account', { headers: { authorization: basic(`phil:${TOKEN}`) } })).json;
    expect(user).to.include({ username: 'phil', role: 'user' });
    for (const { limits, stats } of [nobody, user]) {
      const { basis, ...numbers } = limits;
      expect(basis).to.equal('ip');
      for (const value of Object.values({ ...numbers, ...stats })) expect(Number.isInteger(value)).to.equal(true);
      expect(Object.keys(numbers)).to.have.length(9);
      expect(Object.keys(stats)).to.have.length(10);
    }
  });

  it('makes tokens with the rights of the one that was shown', async () => {
    const key = await keyFor(relay(), 'hass', { send: ['home*'], receive: ['home'] });
    const body = JSON.stringify({ label: 'Home Assistant', expires: 0 });
    const made = await publish(relay(), '/v1/account/token', body, { authorization: basic(`me:${key}`) });
    expect(made.json).to.include({ label: 'Home Assistant', last_origin: '127.0.0.1' });
    expect(made.json.token).to.match(/^tk_[a-z0-9]{29}$/);
    expect(made.json).to.not.have.property('expires');
    const headers = { authorization: `Bearer ${made.json.token}` };
    expect((await relay().fetch('/home/auth', { headers })).status).to.equal(200);
    expect((await relay().fetch('/home1/auth', { headers })).status).to.equal(403);
    expect((await publish(relay(), '/home1', 'x', headers)).status).to.equal(200);
    expect((await relay().fetch('/v1/account', { headers })).json.username).to.equal('Home Assistant');
    const extended = await relay().fetch('/v1/account/token', { method: 'PATCH', headers });
    expect(extended.json).to.deep.equal(made.json);
    const again = await publish(relay(), '/v1/account/token', body, AS_OWNER);
    expect(again.json.label).to.equal('Home Assistant 2');
    expect((await publish(relay(), '/v1/account/token', body)).status).to.equal(401);
    for (const wrong of ['[]', '{', '{"label":1}', '{"expires":-1}', '{"expires":"x"}', '{"expires":5}']) {
      expect((await publish(relay(), '/v1/account/token', wrong, AS_OWNER)).json.code, wrong).to.equal(40024);
    }
    expect((await relay().fetch('/v1/account/token', { method: 'DELETE', headers })).json).to.deep.equal({
      success: true,
    });
    expect((await relay().fetch('/home/auth', { headers })).status).to.equal(401);
  });

  it('ends tokens with the key that they were made with, and makes none for a device', async () => {
    const settings = { send: ['home'], rate: { perMinute: 60, burst: 2 } };
    const key = await keyFor(relay(), 'leaked', settings);
    const tokens: string[] = [];
    for (const shown of [key, '']) {
      const headers = { authorization: `Bearer ${shown || tokens[0]}` };
      tokens.push((await publish(relay(), '/v1/account/token', '{"label":"kept"}', headers)).json.token);
    }
    const statuses = async () => {
      const sent = tokens.map((token) => publish(relay(), '/home', 'x', { authorization: `Bearer ${token}` }));
      return (await Promise.all(sent)).map(({ status }) => status);
    };
    expect(await statuses()).to.deep.equal([200, 200]);
    expect(await statuses(), 'they have one rate').to.deep.equal([429, 429]);
    await relay().request('/v1/keys/leaked', { method: 'DELETE' });
    expect(await statuses()).to.deep.equal([401, 401]);
    const phone = await relay().device('phone');
    const refused = await publish(relay(), '/v1/account/token', '{}', { authorization: phone.auth });
    expect(refused.json.code).to.equal(40301);
  });

  it('lets pages of other sites ask', async () => {
    for (const path of ['/', '/t', '/t/json', '/t/seq', '/t/seq/clear', '/v1/account', '/ntfy/t']) {
      const { status, headers, text } = await relay().fetch(path, { method: 'OPTIONS' });
      expect([status, text], path).to.deep.equal([200, '']);
      expect(headers.get('access-control-allow-origin'), path).to.equal('*');
      expect(headers.get('access-control-allow-methods'), path).to.equal('GET, PUT, POST, PATCH, DELETE');
      expect(headers.get('access-control-allow-headers'), path).to.match(/^\*/);
    }
    for (const path of ['/t/json?poll=1', '/t/auth', '/t?up=1', '/v1/health']) {
      expect((await relay().fetch(path)).headers.get('access-control-allow-origin'), path).to.equal('*');
    }
    // Paths of others keep the rule of the config.
    expect(
      (await relay().fetch('/v1/devices', { method: 'OPTIONS' })).headers.get('access-control-allow-origin'),
    ).to.equal(null);
    expect((await relay().fetch('/a.send', { method: 'OPTIONS' })).status).to.equal(403);
  });

  it('shows the page to whoever opens a topic in a browser', async () => {
    const { status, headers } = await relay().fetch('/t', { headers: { accept: 'text/html,*/*' } });
    expect([status, headers.get('location')]).to.deep.equal([302, '/']);
  });

  it('is nobody while ntfy.enabled is false', async () => {
    const off = await world({ config: { ntfy: { enabled: false } } });
    expect((await off.request('/t', { method: 'PUT', body: 'x' })).json.cmd).to.equal('INFO');
    expect((await off.request('/t/json?poll=1')).status).to.equal(404);
    expect((await off.request('/v1/health')).status).to.equal(404);
    const socket = await off.socket('/t/ws');
    socket.send({ cmd: 'PING' });
    await socket.packet('AUTH');
  });
});

describe('ntfy: UnifiedPush', () => {
  const relay = sharedWorld();

  it('is found at every topic, without a credential', async () => {
    for (const path of ['/upAbCdEfGhIjKl?up=1', '/t?unifiedpush=1']) {
      expect((await relay().fetch(path)).json, path).to.deep.equal({ unifiedpush: { version: 1 } });
    }
  });

  it('lets strangers send to a topic that somebody listens to', async () => {
    const topic = 'upAbCdEfGhIjKl';
    const refused = await publish(relay(), `/${topic}?up=1`, 'x');
    expect([refused.status, refused.json.code]).to.deep.equal([507, 50701]);
    const stream = await openStream(relay().url(`/${topic}/json`), AS_OWNER);
    await stream.next();
    await publish(relay(), `/${topic}?up=1`, ' untrimmed \n');
    expect((await stream.next()).data.message).to.equal(' untrimmed \n');
    const bytes = Buffer.from([0, 255, 1, 2]);
    const headers = { 'content-encoding': 'aes128gcm', ttl: '5', urgency: 'high', authorization: 'vapid t=a,k=b' };
    expect((await publish(relay(), `/${topic}`, bytes, headers)).status).to.equal(200);
    expect((await stream.next()).data).to.deep.include({ message: bytes.toString('base64'), encoding: 'base64' });
    const long = await publish(relay(), `/${topic}?up=1`, 'x'.repeat(4097));
    expect([long.status, long.json.code]).to.deep.equal([413, 41303]);
    expect((await publish(relay(), '/ordinary?up=1', 'x')).status).to.equal(403);
    // Strangers send short texts, and nothing else.
    const file = await publish(relay(), `/${topic}`, 'short', { filename: 'a.txt' });
    expect([file.json.message, file.json.attachment]).to.deep.equal(['short', undefined]);
    expect((await publish(relay(), `/${topic}`, 'x'.repeat(5000))).json.code).to.equal(41303);
    expect((await relay().fetch(`/${topic}/x`, { method: 'DELETE' })).status).to.equal(403);
    expect((await relay().fetch(`/${topic}/x/clear`)).status).to.equal(403);
    expect((await relay().fetch(`/${topic}/json?poll=1`)).status).to.equal(403);
  });

  it('has the gateway for Matrix', async () => {
    expect((await relay().fetch('/_matrix/push/v1/notify')).json).to.deep.equal({ unifiedpush: { gateway: 'matrix' } });
    const topic = 'upMatrixMatrix';
    await relay().request(`/${topic}/json?poll=1`);
    const notify = (pushkey: unknown) =>
      publish(
        relay(),
        '/_matrix/push/v1/notify',
        JSON.stringify({ notification: { devices: [{ pushkey }], counts: {} } }),
      );
    const own = relay().url(`/${topic}?up=1`);
    const answer = await notify(own);
    expect(answer.json).to.deep.equal({ rejected: [] });
    expect(answer.headers.get('access-control-allow-origin')).to.equal(null);
    const stored = (await relay().request(`/${topic}/json?poll=1`)).json;
    expect(JSON.parse(stored.message).notification.devices[0].pushkey).to.equal(own);
    expect((await notify('https://other.example/x?up=1')).json).to.deep.equal({
      rejected: ['https://other.example/x?up=1'],
    });
    expect((await notify(relay().url('/v1/x?up=1'))).json.rejected).to.have.length(1);
    for (const wrong of [undefined, 1, '']) expect((await notify(wrong)).json.code, String(wrong)).to.equal(40019);
    for (const wrong of ['{', '[]', '{"notification":[]}', '{"notification":{"devices":{}}}']) {
      expect((await publish(relay(), '/_matrix/push/v1/notify', wrong)).json.code, wrong).to.equal(40019);
    }
    expect((await publish(relay(), '/_matrix/push/v1/notify', 'x'.repeat(4097))).json.code).to.equal(41302);
  });

  it('remembers who listened over a restart, for as long as messages are kept', async () => {
    const own = await world({ config: { storage: { ttl: 1000, historyTtl: 3_600_000 } } });
    const topic = 'upRememberMe12';
    await own.request(`/${topic}/json?poll=1`);
    await own.stop();
    await own.start();
    expect((await publish(own, `/${topic}?up=1`, 'x')).status).to.equal(200);
    await own.clock.tick(3_700_000);
    expect((await publish(own, `/${topic}?up=1`, 'x')).status).to.equal(507);
  });
});

describe('ntfy: below a prefix', () => {
  it('knows its own address', async () => {
    const own = await world({ config: { http: { basePath: '/herald', trustProxy: true } } });
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'ntfy.example.com', filename: 'a.txt' };
    const sent = await own.request('/herald/t', { method: 'PUT', body: 'x', headers });
    expect(sent.json.attachment.url).to.match(/^https:\/\/ntfy\.example\.com\/herald\/file\//);
    expect((await own.request('/herald/t/json?poll=1')).json).to.deep.equal(sent.json);
    const config = await own.request('/herald/v1/config', { headers });
    expect(config.json).to.include({ base_url: 'https://ntfy.example.com/herald', app_root: '/herald/' });
    const topic = 'upPrefixPrefix';
    await own.request(`/herald/${topic}/json?poll=1`);
    for (const path of [`/herald/${topic}`, `/herald/ntfy/${topic}`]) {
      const body = JSON.stringify({ notification: { devices: [{ pushkey: `https://ntfy.example.com${path}?up=1` }] } });
      const answer = await own.fetch('/herald/_matrix/push/v1/notify', { method: 'POST', body, headers });
      expect(answer.json, path).to.deep.equal({ rejected: [] });
    }
    const socket = await own.socket('/herald/t/ws?poll=1', { headers: AS_OWNER });
    await eventually('the message came', () => socket.frames.length === 1);
    expect((await own.fetch('/herald/t', { headers: { accept: 'text/html' } })).headers.get('location')).to.equal(
      '/herald/',
    );
  });
});
