import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { basic, makeKey, send } from './helpers.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const CONFIGURED = 'AconfiguredKey1';

describe('gotify: applications, clients and users', () => {
  const relay = sharedWorld({ config: { keys: [{ name: 'fixed', key: CONFIGURED, group: 'fixed' }] } });

  const post = (path: string, headers: Record<string, string>, body: object, method = 'POST') =>
    relay().fetch(path, { method, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) });
  const get = (path: string, headers: Record<string, string>) => relay().fetch(path, { headers });
  const as = (key: string) => ({ 'x-gotify-key': key });

  /** Makes a client as the Android app does. */
  const login = async (user: string, name = 'Pixel 8') => (await post('/client', basic(user), { name })).json;

  it('lets the Android app in, from its first request to its last', async () => {
    const user = basic('android');
    expect((await get('/version', {})).json.version).to.equal('3.0.0');
    expect((await get('/gotifyinfo', {})).json).to.include({ version: '3.0.0', register: false, oidc: false });
    expect((await get('/current/user', user)).json).to.deep.include({ id: 1, name: 'android', admin: true });
    const made = await post('/client', user, { name: 'Pixel 8' });
    expect(made.text).to.match(
      /^\{"id":\d+,"token":"A[A-Za-z0-9]{14}","name":"Pixel 8","createdAt":"[^"]+","lastUsed":null,"expiresAfterInactivitySeconds":0\}$/,
    );
    const { token, id } = made.json;
    expect((await get('/current/user', as(token))).json).to.deep.include({
      name: 'android',
      admin: false,
      clientId: id,
    });
    expect((await get('/message?limit=1&since=0', as(token))).json.messages).to.deep.equal([]);
    const app = (await post('/application', user, { name: 'kuma', description: 'tutorial' })).json;
    const socket = await relay().socket(`/stream?token=${token}`);
    await relay().clock.tick(2100);
    const sent = await send(relay(), app.token, { message: 'hi' }, '?wait=5000');
    expect(sent.json.status).to.deep.equal({ 'Pixel 8': 'ok' });
    expect(JSON.parse(await socket.next())).to.include({ appid: app.id, message: 'hi', title: 'kuma' });
    const applications = (await get('/application', as(token))).json;
    expect(
      applications.map(({ name, internal }: { name: string; internal: boolean }) => [name, internal]),
    ).to.deep.equal([
      ['Herald', true],
      ['kuma', false],
    ]);
    expect(JSON.stringify(applications)).to.not.include('token');
    // The share sheet.
    const shared = await send(relay(), token, { message: 'shared', appid: app.id });
    expect([shared.status, shared.json.appid]).to.deep.equal([200, app.id]);
    const clients = (await get('/client', as(token))).json;
    const own = clients.find((one: { token?: string }) => one.token === token);
    expect(own.id).to.equal(id);
    expect((await relay().fetch(`/client/${own.id}`, { method: 'DELETE', headers: as(token) })).status).to.equal(200);
    expect((await socket.closed).code).to.equal(1006);
    expect((await get('/current/user', as(token))).status).to.equal(401);
    expect(
      (await relay().request('/v1/devices')).json.devices.map(({ name }: { name: string }) => name),
    ).to.not.include('Pixel 8');
  });

  it('does what gotify/cli does', async () => {
    const user = basic('cli');
    expect((await get('/version', {})).json).to.have.keys('version', 'commit', 'buildDate');
    expect((await get('/current/user', user)).status).to.equal(200);
    const client = await login('cli', 'reader');
    const { status, json } = await post('/application', user, { name: 'cli', description: '' });
    expect(status).to.equal(200);
    expect(json).to.include({
      name: 'cli',
      description: '→ cli.group',
      internal: false,
      image: 'static/defaultapp.png',
      lastUsed: null,
    });
    expect(json.token).to.match(/^A[A-Za-z0-9]{14}$/);
    const body = { id: 0, appid: 0, message: 'm', title: '', priority: 0, date: '0001-01-01T00:00:00Z' };
    expect((await send(relay(), json.token, body)).json.id).to.be.within(1, 2 ** 31 - 1);
    expect((await get('/message', as(client.token))).json.messages).to.have.length(1);
  });

  it('gives names that are taken a number, and replaces what no name may have', async () => {
    expect((await login('names', 'Tablet')).name).to.equal('Tablet');
    expect((await login('names', 'Tablet')).name).to.equal('Tablet 2');
    expect((await login('names', 'a/b,c\u0000')).name).to.equal('a-b-c-');
    expect((await login('names', 'x'.repeat(100))).name).to.equal('x'.repeat(60));
    expect((await post('/client', basic('names'), {})).json.errorDescription).to.equal("Field 'name' is required");
    expect((await post('/client', basic('names'), { name: 5 })).status).to.equal(400);
    expect((await post('/client', basic('names'), { name: 'mid' })).status).to.equal(400);
    expect((await post('/client', basic('a/b'), { name: 'x' })).status).to.equal(400);
    const form = await relay().fetch('/client', {
      method: 'POST',
      headers: basic('names'),
      body: new URLSearchParams({ name: 'Form' }),
    });
    expect(form.json.name).to.equal('Form');
  });

  it('lets one client in with a pairing code, and nothing else', async () => {
    const { code } = (await relay().request('/v1/pairings', { method: 'POST' })).json;
    const user = basic('paired', code);
    expect((await get('/current/user', user)).json).to.include({ name: 'paired', admin: false });
    expect((await get('/client', user)).status).to.equal(403);
    expect((await get('/message', user)).status).to.equal(403);
    expect((await post('/application', user, { name: 'no' })).status).to.equal(403);
    expect((await post('/message', user, { message: 'm', appid: 2 })).status).to.equal(400);
    expect((await post('/client', user, { name: '' })).status).to.equal(400);
    const made = await post('/client', user, { name: 'Paired' });
    expect(made.status).to.equal(200);
    expect((await get('/current/user', as(made.json.token))).json.name).to.equal('paired');
    expect((await post('/client', user, { name: 'Second' })).status).to.equal(401);
  });

  it('uses a code once, however many ask at once', async () => {
    const { code } = (await relay().request('/v1/pairings', { method: 'POST' })).json;
    const asked = await Promise.all([1, 2, 3].map((n) => post('/client', basic('race', code), { name: `Race ${n}` })));
    expect(asked.filter(({ status }) => status === 200)).to.have.length(1);
    expect(asked.filter(({ status }) => status === 401)).to.have.length(2);
  });

  it('makes, changes and ends applications, for the owner only', async () => {
    const user = basic('apps');
    const made = (await post('/application', user, { name: 'radarr', defaultPriority: 8 })).json;
    expect(made.defaultPriority).to.equal(8);
    expect((await post('/application', user, { name: 'radarr' })).json.name).to.equal('radarr 2');
    const path = `/application/${made.id}`;
    const client = await login('apps', 'Watch');
    for (const [method, to, body] of [
      ['POST', '/application', { name: 'x' }],
      ['PUT', path, { name: 'radarr' }],
      ['DELETE', path, {}],
    ] as const) {
      const { status, json } = await post(to, as(client.token), body, method);
      expect([status, json.errorDescription]).to.deep.equal([403, 'you are not allowed to access this api']);
    }
    const changed = (await post(path, user, { name: 'radarr', description: 'films', defaultPriority: 10 }, 'PUT')).json;
    expect(changed).to.include({ description: 'films', defaultPriority: 10 });
    expect((await send(relay(), made.token, { message: 'm' })).json.priority).to.equal(10);
    expect((await post(path, user, {}, 'PUT')).json.errorDescription).to.equal("Field 'name' is required");
    const secured = await post(`${path}/security`, user, { regenerateToken: true }, 'PUT');
    const { token } = secured.json.regenerateToken;
    expect((await send(relay(), made.token, { message: 'm' })).status).to.equal(401);
    expect((await send(relay(), token, { message: 'm' })).status).to.equal(200);
    expect((await post(`${path}/security`, user, {}, 'PUT')).status).to.equal(400);
    expect((await relay().fetch(path, { method: 'DELETE', headers: user })).status).to.equal(200);
    expect((await send(relay(), token, { message: 'm' })).status).to.equal(401);
    const gone = await relay().fetch(path, { method: 'DELETE', headers: user });
    expect([gone.status, gone.json.errorDescription]).to.deep.equal([404, `app with id ${made.id} doesn't exists`]);
    const own = await relay().fetch('/application/1', { method: 'DELETE', headers: user });
    expect([own.status, own.json.errorDescription]).to.deep.equal([400, 'cannot delete internal application']);
    expect((await post('/application', basic(''), { name: 'x' })).status).to.equal(400);
  });

  it('renames applications for programs of Gotify, and leaves the name of the key', async () => {
    const user = basic('renamed');
    const { id, token } = (await post('/application', user, { name: 'lidarr' })).json;
    expect((await post(`/application/${id}`, user, { name: 'Music' }, 'PUT')).json.name).to.equal('Music');
    const rows = (await get('/application', user)).json;
    expect(rows.find((row: { id: number }) => row.id === id).name).to.equal('Music');
    expect((await relay().request('/v1/keys/lidarr')).json.number).to.equal(id);
    await login('renamed', 'Reader');
    expect((await send(relay(), token, { message: 'm' })).json.appid).to.equal(id);
  });

  it('keeps the picture of an application, and shows it to everybody', async () => {
    const user = basic('pictured');
    const { id } = (await post('/application', user, { name: 'pictured' })).json;
    const path = `/application/${id}/image`;
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const upload = (
      bytes: Uint8Array<ArrayBuffer>,
      name = 'a.png',
      field = 'file',
      headers: Record<string, string> = user,
    ) => {
      const body = new FormData();
      body.set(field, new File([bytes], name));
      return relay().fetch(path, { method: 'POST', headers, body });
    };
    const { status, json } = await upload(new Uint8Array(png));
    expect([status, json.id]).to.deep.equal([200, id]);
    expect(json.image).to.match(/^static\/app-\d+-[\da-f]{16}\.png$/);
    for (const prefix of ['/', '/gotify/']) {
      const shown = await fetch(relay().url(`${prefix}${json.image}`));
      expect([shown.status, shown.headers.get('content-type')]).to.deep.equal([200, 'image/png']);
      expect(Buffer.from(await shown.arrayBuffer()).equals(png)).to.equal(true);
    }
    expect((await get('/static/defaultapp.png', {})).status).to.equal(302);
    for (const [text, answer] of [
      ["file with key 'file' must be present", await upload(new Uint8Array(png), 'a.png', 'other')],
      ["file with key 'file' must be present", await post(path, user, {})],
      ['file must be an image', await upload(new TextEncoder().encode('<svg onload="alert(1)"/>'), 'a.png')],
      ['invalid file extension', await upload(new Uint8Array(png), 'a.html')],
    ] as const) {
      expect([answer.status, answer.json.errorDescription]).to.deep.equal([400, text]);
    }
    const large = new Uint8Array(2 ** 20 + 1);
    expect((await upload(large)).status).to.equal(413);
    const client = await login('pictured', 'Looker');
    expect((await upload(new Uint8Array(png), 'a.png', 'file', as(client.token))).status).to.equal(403);
    for (const other of [`/static/app-${id}-0000000000000000.png`, '/static/app-99-x.png', '/static/..%2Fx']) {
      expect((await get(other, {})).status, other).to.equal(404);
    }
    const rows = (await get('/application', as(client.token))).json;
    expect(rows.find((row: { id: number }) => row.id === id).image).to.equal(json.image);
    const removed = await relay().fetch(path, { method: 'DELETE', headers: user });
    expect([removed.status, removed.json.image]).to.deep.equal([200, 'static/defaultapp.png']);
    const again = await relay().fetch(path, { method: 'DELETE', headers: user });
    expect(again.json.errorDescription).to.equal(`app with id ${id} does not have a customized image`);
    expect((await get(`/${json.image}`, {})).status).to.equal(404);
  });

  it('does not change keys of the config', async () => {
    const user = basic('fixed');
    const row = (await get('/application', user)).json.find(({ name }: { name: string }) => name === 'fixed');
    const { status, json } = await relay().fetch(`/application/${row.id}`, { method: 'DELETE', headers: user });
    expect([status, json.errorDescription]).to.deep.equal([403, 'set in the config']);
  });

  it('shows a client those of its own group, and ends another one only for the owner', async () => {
    const [one, two, other] = [await login('home', 'One'), await login('home', 'Two'), await login('away', 'Three')];
    const names = async (headers: Record<string, string>) =>
      (await get('/client', headers)).json.map(({ name, token }: { name: string; token?: string }) => [name, token]);
    expect(await names(as(one.token))).to.deep.equal([
      ['One', one.token],
      ['Two', undefined],
    ]);
    expect(await names(basic('home'))).to.deep.equal([
      ['One', undefined],
      ['Two', undefined],
    ]);
    const refused = await relay().fetch(`/client/${two.id}`, { method: 'DELETE', headers: as(one.token) });
    expect([refused.status, refused.json.errorDescription]).to.deep.equal([
      403,
      'session not elevated, use basic auth or call /client:elevate',
    ]);
    expect((await post(`/client/${one.id}`, as(one.token), { name: 'One' }, 'PUT')).status).to.equal(200);
    expect((await post(`/client/${two.id}`, as(one.token), { name: 'Uno' }, 'PUT')).status).to.equal(403);
    expect((await post(`/client/${one.id}`, as(one.token), { name: 'U/no' }, 'PUT')).json.name).to.equal('U-no');
    expect(await names(basic('home'))).to.deep.include(['U-no', undefined]);
    expect((await post(`/client/${one.id}`, as(one.token), { name: 'One' }, 'PUT')).json.name).to.equal('One');
    expect((await relay().fetch(`/client/${other.id}`, { method: 'DELETE', headers: basic('home') })).status).to.equal(
      200,
    );
    expect((await get('/message', as(other.token))).status).to.equal(401);
    const gone = await relay().fetch('/client/4711', { method: 'DELETE', headers: basic('home') });
    expect([gone.status, gone.json.errorDescription]).to.deep.equal([404, "client with id 4711 doesn't exists"]);
  });

  it('keeps the device of a client that was there before it', async () => {
    await relay().device('laptop');
    const { key, number } = await makeKey(relay(), 'laptop', { device: 'laptop', receive: ['laptop'] });
    expect((await relay().fetch(`/client/${number}`, { method: 'DELETE', headers: as(key) })).status).to.equal(200);
    const names = (await relay().request('/v1/devices')).json.devices.map(({ name }: { name: string }) => name);
    expect(names).to.include('laptop');
  });

  it('shows the picture of the relay, and no plugins', async () => {
    const client = await login('pictures', 'Viewer');
    const picture = await get('/static/defaultapp.png', {});
    const below = await get('/gotify/static/defaultapp.png', {});
    expect(below.headers.get('location')).to.equal('../../icon-192.png');
    expect([picture.status, picture.headers.get('location')]).to.deep.equal([302, '../icon-192.png']);
    expect((await get('/icon-192.png', {})).status).to.equal(200);
    expect((await get('/plugin', as(client.token))).json).to.deep.equal([]);
    expect((await get('/plugin', {})).status).to.equal(401);
  });

  it('is green while the relay serves', async () => {
    expect((await get('/health', {})).json).to.include({ health: 'green', database: 'green', status: 'ok' });
  });

  it('answers every other method of its paths with 404, and a page of another site with an empty 403', async () => {
    for (const path of ['/client', '/application/1', '/version', '/current/user', '/gotify/message']) {
      const { status, json } = await relay().fetch(path, { method: 'PATCH' });
      expect([status, json.errorDescription], path).to.deep.equal([404, 'page not found']);
      const foreign = await relay().fetch(path, { headers: { origin: 'https://evil.example' } });
      expect([foreign.status, foreign.text], path).to.deep.equal([403, '']);
    }
  });

  it('limits guesses without a harm to right credentials', async () => {
    const refused = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send(relay(), `Awrong${String(index).padStart(9, '0')}`, { message: 'm' }),
      ),
    );
    const late = refused.find(({ status }) => status === 429);
    expect(late?.json).to.include({ error: 'Too Many Requests', errorCode: 429 });
    expect(Number(late?.headers.get('retry-after'))).to.be.greaterThan(0);
    expect((await get('/current/user', basic('x'))).status).to.equal(200);
    await eventually(
      'keys work as before',
      async () => (await send(relay(), CONFIGURED, { message: 'm' })).status === 404,
    );
  });
});

describe('gotify: the config', () => {
  const off = sharedWorld({ config: { gotify: { enabled: false } } });
  const cors = sharedWorld({ config: { http: { cors: true } } });

  it('switches it off', async () => {
    expect((await off().fetch('/version')).status).to.not.equal(200);
    expect((await off().fetch('/gotify/message', { method: 'POST', headers: basic('x') })).json?.errorCode).to.equal(
      undefined,
    );
  });

  it('lets pages of other sites ask with a credential', async () => {
    const origin = { origin: 'https://page.example' };
    const preflight = await cors().fetch('/message', { method: 'OPTIONS', headers: origin });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).to.deep.equal([204, '*']);
    expect(preflight.headers.get('access-control-allow-headers')).to.include('x-gotify-key');
    const { status, headers } = await cors().fetch('/current/user', { headers: { ...origin, ...basic('x') } });
    expect([status, headers.get('access-control-allow-origin')]).to.deep.equal([200, '*']);
  });
});
