import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { openStream } from '../support/stream-reader.ts';
import { TOKEN, type World, world } from '../world.ts';

const call = (relay: World, method: string, path: string, body?: unknown, token?: string) =>
  relay.request(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(token === undefined ? {} : { headers: { authorization: token } }),
  });
const make = async (relay: World, name: string, settings: object = {}) => {
  const { status, json } = await call(relay, 'POST', '/v1/keys', { name, ...settings });
  expect(status).to.equal(201);
  return json;
};
const send = (relay: World, path: string, token: string) =>
  relay.fetch(`${path}${path.includes('?') ? '&' : '?'}wait=0`, {
    method: 'POST',
    body: 'x',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
  });

describe('/v1/keys', () => {
  const shared = sharedWorld();

  it('makes a key whose text is shown once, with a line to paste', async () => {
    const made = await make(shared(), 'nas', { device: 'nas phone' });
    expect(made.key).to.match(/^A[A-Za-z0-9]{14}$/);
    expect(made.number).to.be.above(1);
    const { text } = made.addresses.find(({ kind }: { kind: string }) => kind === 'curl');
    expect(text).to.match(/^curl -H 'Authorization: Bearer A\w{14}' -d 'Hello' 'http:\/\/[^']+\/nas%20phone\.send'$/);
    const { text: list } = await shared().request('/v1/keys');
    expect(list).to.contain('"nas"').and.not.contain(made.key);
    expect((await shared().request('/v1/keys/nas')).json).to.deep.include({
      name: 'nas',
      device: 'nas phone',
      enabled: true,
      configured: false,
      lastUse: null,
      sent: 0,
    });
    expect(shared().relay.devices()).to.include('nas phone');
  });

  it('lets a key send to its target alone, once or written twice, under its name', async () => {
    const relay = shared();
    await call(relay, 'POST', '/v1/devices', { name: 'home tv', groups: ['home'] });
    const { key } = await make(relay, 'cron', { group: 'home', priority: 4, tags: ['clock'] });
    expect((await send(relay, '/home.group', key)).status).to.equal(200);
    expect((await send(relay, '/home%20tv.send', key + key)).status).to.equal(200);
    const basic = `Basic ${Buffer.from(`anyone:${key}`).toString('base64')}`;
    expect((await relay.fetch('/home.group?wait=0&text=b', { headers: { authorization: basic } })).status).to.equal(
      200,
    );
    expect((await relay.fetch(`/home.group?wait=0&text=q&token=${key}`)).status).to.equal(200);
    const refused = await send(relay, '/other.send', key);
    expect([refused.status, refused.text]).to.deep.equal([
      403,
      '{"cmd":"INFO","data":"the key cron may not send to other"}',
    ]);
    const { json } = await relay.request('/v1/devices/home%20tv/messages');
    const [first] = json.messages;
    expect(first.from).to.deep.equal({ method: 'http', name: 'cron' });
    expect(first.message).to.deep.include({ text: 'cron', desp: 'x' });
    expect(first.message.extra).to.deep.equal({ priority: 4, tags: ['clock'] });
    await eventually('the first use is stored', async () => {
      const { lastUse } = (await relay.request('/v1/keys/cron')).json;
      expect(lastUse).to.include({ dialect: 'mpush', address: '127.0.0.1' });
      return true;
    });
  });

  it('does not take a group for the device of the same name, nor a device for its group', async () => {
    const relay = shared();
    await call(relay, 'POST', '/v1/devices', { name: 'one of den', groups: ['den'] });
    await call(relay, 'POST', '/v1/devices', { name: 'den' });
    const status = async (key: string, path: string) => (await send(relay, path, key)).status;
    const device = await make(relay, 'for the device', { device: 'den', groups: ['cellar'] });
    expect(await status(device.key, '/den.send')).to.equal(200);
    const refused = await send(relay, '/den.group', device.key);
    expect([refused.status, refused.json.data]).to.deep.equal([
      403,
      'the key for the device may not send to the group den',
    ]);
    for (const path of ['/one%20of%20den.send', '/cellar.group']) expect(await status(device.key, path)).to.equal(403);
    const group = await make(relay, 'for the group', { group: 'den' });
    for (const path of ['/den.group', '/one%20of%20den.send']) expect(await status(group.key, path)).to.equal(200);
    expect(await status(group.key, '/den.send'), 'a device that is no member').to.equal(403);
    const named = await make(relay, 'for the name', { device: 'elsewhere', send: ['den'] });
    for (const path of ['/den.group', '/den.send']) expect(await status(named.key, path)).to.equal(200);
    expect(await status(named.key, '/elsewhere.send'), 'send says it all').to.equal(403);
  });

  it('lets patterns say where a key may send', async () => {
    const relay = shared();
    const { key } = await make(relay, 'patterns', { send: ['alert-*', '*-x-*y'] });
    const statuses = await Promise.all(
      ['alert-', 'alert-1', 'a-x-by', 'a-x-b', 'Alert-1'].map(
        async (name) => (await send(relay, `/${name}.send`, key)).status,
      ),
    );
    expect(statuses).to.deep.equal([200, 200, 200, 403, 403]);
  });

  it('refuses settings that are wrong, and says each', async () => {
    const relay = shared();
    const tries: readonly [object, string][] = [
      [{}, 'name'],
      [{ name: 'x', device: 'a', group: 'b' }, 'not both'],
      [{ name: 'x', groups: ['g'] }, 'groups goes with device'],
      [{ name: 'x', priority: 6 }, 'priority'],
      [{ name: 'x', device: 'a/b' }, 'device'],
      [{ name: 'x', send: ['a,b'] }, 'send'],
      [{ name: 'x', rate: { perMinute: 0, burst: 1 } }, 'rate.perMinute'],
      [{ name: 'x', key: 'a-text-of-my-own' }, 'key'],
      [{ name: '..' }, 'name: expected another name'],
      [{ name: 'nas' }, 'there is a key nas already'],
    ];
    await call(relay, 'POST', '/v1/keys', { name: 'nas' });
    for (const [body, text] of tries) {
      const { status, json } = await call(relay, 'POST', '/v1/keys', body);
      expect([status, json.error], JSON.stringify(body)).to.satisfy(
        ([code, error]: [number, string]) => code === 400 && error.includes(text),
      );
    }
  });

  it('is for the owner alone', async () => {
    const relay = shared();
    const { key } = await make(relay, 'manager', { device: 'm', manage: true });
    const phone = (await call(relay, 'POST', '/v1/devices', { name: 'plain phone' })).json.auth;
    const routes = [
      ['GET', '/v1/keys'],
      ['POST', '/v1/keys'],
      ['GET', '/v1/keys/nas'],
      ['PATCH', '/v1/keys/nas'],
      ['POST', '/v1/keys/nas/rotate'],
      ['DELETE', '/v1/keys/nas'],
      ['GET', '/v1/keys/nas/uses'],
      ['GET', '/v1/apps'],
    ] as const;
    for (const [method, path] of routes) {
      for (const token of [key, phone]) {
        const init = { method, ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }) };
        const { status } = await relay.fetch(path, { ...init, headers: { authorization: token } });
        expect(status, `${method} ${path}`).to.equal(403);
      }
      expect((await relay.fetch(path, { method })).status).to.equal(401);
    }
    const devices = await relay.fetch('/v1/devices', { headers: { authorization: key } });
    expect(devices.status).to.equal(200);
  });

  it('does not let a key without manage use the rest of /v1', async () => {
    const relay = shared();
    const { key } = await make(relay, 'sender only', { device: 'm' });
    for (const path of ['/v1/devices', '/v1/me', '/v1/devices/m/messages', '/v1/reads', '/v1/nodes']) {
      expect((await relay.fetch(path, { headers: { authorization: key } })).status, path).to.equal(403);
    }
  });

  it('lets a key read what it may receive', async () => {
    const relay = shared();
    await call(relay, 'POST', '/v1/devices', { name: 'kitchen' });
    const { key } = await make(relay, 'screen', { send: [], receive: ['kit*'] });
    const read = (name: string) => relay.fetch(`/v1/devices/${name}/messages`, { headers: { authorization: key } });
    expect((await read('kitchen')).json.messages).to.deep.equal([]);
    expect((await read('phone')).status).to.equal(403);
    expect((await send(relay, '/kitchen.send', key)).text).to.contain('the key screen may not send');
  });

  it('changes, rotates and removes a key, which takes effect at once', async () => {
    const relay = await world();
    const { key, number } = await make(relay, 'a', { device: 'phone' });
    const changed = await call(relay, 'PATCH', '/v1/keys/a', { device: null, group: 'all', enabled: false });
    expect(changed.json).to.include({ group: 'all', enabled: false }).and.not.have.property('device');
    expect((await send(relay, '/all.group', key)).status).to.equal(401);
    await call(relay, 'PATCH', '/v1/keys/a', { enabled: null });
    expect((await send(relay, '/all.group', key)).status).to.equal(200);
    const second = (await call(relay, 'POST', '/v1/keys/a/rotate', { keep: 1000 })).json;
    expect(second.number).to.equal(number);
    expect((await send(relay, '/all.group', key)).status).to.equal(200);
    await relay.clock.tick(1000);
    expect((await send(relay, '/all.group', key)).status).to.equal(401);
    expect((await send(relay, '/all.group', second.key)).status).to.equal(200);
    const third = (await call(relay, 'POST', '/v1/keys/a/rotate')).json;
    expect((await send(relay, '/all.group', third.key)).status).to.equal(200);
    expect((await call(relay, 'DELETE', '/v1/keys/a')).json).to.deep.equal({ removed: 'a' });
    expect((await send(relay, '/all.group', third.key)).status).to.equal(401);
    expect((await call(relay, 'DELETE', '/v1/keys/a')).status).to.equal(404);
    expect((await make(relay, 'a')).number).to.be.above(number);
  });

  it('keeps keys, numbers and counts over a restart', async () => {
    const relay = await world();
    const { key, number } = await make(relay, 'a', { device: 'phone' });
    const gone = await make(relay, 'b');
    await call(relay, 'DELETE', '/v1/keys/b');
    for (let count = 0; count < 3; count += 1) await send(relay, '/phone.send', key);
    await relay.stop();
    await relay.start();
    expect((await send(relay, '/phone.send', key)).status).to.equal(200);
    expect((await relay.request('/v1/keys/a')).json).to.include({ number, sent: 3 });
    expect((await make(relay, 'c')).number).to.be.above(gone.number);
  });

  it('makes no key that would have ended already', async () => {
    const relay = await world();
    await make(relay, 'a', { device: 'phone' });
    // Seconds in place of ms.
    const body = { expires: Math.floor(relay.clock.now() / 1000) + 86_400 };
    for (const [method, path, more] of [
      ['POST', '/v1/keys', { name: 'b', device: 'phone' }],
      ['PATCH', '/v1/keys/a', {}],
    ] as const) {
      const { status, json } = await call(relay, method, path, { ...more, ...body });
      expect([status, json.error]).to.deep.equal([400, 'expires: expected a time in the future, in ms since 1970']);
    }
    const { keys } = (await call(relay, 'GET', '/v1/keys')).json;
    expect(keys.map(({ name, expires }: { name: string; expires?: number }) => [name, expires])).to.deep.equal([
      ['a', undefined],
    ]);
  });

  it('ends a key when it expires', async () => {
    const relay = await world();
    const { key } = await make(relay, 'a', { device: 'phone', expires: relay.clock.now() + 1000 });
    expect((await send(relay, '/phone.send', key)).status).to.equal(200);
    await relay.clock.tick(1000);
    expect((await send(relay, '/phone.send', key)).status).to.equal(401);
  });

  it('bounds how much a key sends, and says when to come back', async () => {
    const relay = await world();
    const { key } = await make(relay, 'a', { device: 'phone', rate: { perMinute: 6, burst: 2 } });
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await send(relay, '/phone.send', key)).status);
    expect(statuses).to.deep.equal([200, 200, 429]);
    expect((await send(relay, '/phone.send', key)).headers.get('retry-after')).to.equal('10');
    await relay.clock.tick(10_000);
    expect((await send(relay, '/phone.send', key)).status).to.equal(200);
    await relay.clock.tick(60_000);
    expect((await send(relay, '/phone.send', key)).status).to.equal(200);
    await eventually('the counts are stored', async () => {
      // The minute counts from when the write before is done, which may be late on a busy machine.
      await relay.clock.tick(75_000);
      expect((await relay.request('/v1/keys/a')).json).to.include({ sent: 4, limited: 2 });
      return true;
    });
  });

  it('has keys of the config, which cannot be changed', async () => {
    const text = 'hand-written.key_1';
    const relay = await world({ config: { keys: [{ name: 'conf', key: text, device: 'phone' }] } });
    expect(relay.relay.devices()).to.deep.equal(['phone']);
    expect((await send(relay, '/phone.send', text)).status).to.equal(200);
    const { json } = await relay.request('/v1/keys');
    expect(json.keys).to.have.length(1);
    expect(json.keys[0]).to.include({ name: 'conf', configured: true, number: 2 });
    for (const [method, path] of [
      ['PATCH', '/v1/keys/conf'],
      ['POST', '/v1/keys/conf/rotate'],
      ['DELETE', '/v1/keys/conf'],
    ] as const) {
      const { status, json: refusal } = await call(relay, method, path, method === 'DELETE' ? undefined : {});
      expect([status, refusal.error]).to.deep.equal([403, 'the key conf is set in the config']);
    }
  });

  it('never refuses a right key because of wrong ones', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 2 } } });
    const { key } = await make(relay, 'a', { device: 'phone' });
    const statuses = [];
    for (const wrong of ['AwrongWRONGwr01', 'AwrongWRONGwr01', 'AwrongWRONGwr02', 'AwrongWRONGwr03']) {
      statuses.push((await send(relay, '/phone.send', wrong)).status);
    }
    expect(statuses).to.deep.equal([401, 401, 401, 429]);
    expect((await send(relay, '/phone.send', key)).status).to.equal(200);
  });
});

describe('a stream that a key reads', () => {
  it('ends when the key ends', async () => {
    const relay = await world();
    const { key } = await make(relay, 'reader', { receive: ['phone'], send: [] });
    expect(key[0]).to.equal('C');
    const stream = await openStream(relay.url('/v1/stream?target=phone'), { authorization: key });
    await call(relay, 'DELETE', '/v1/keys/reader');
    await eventually('the stream has ended', () => stream.ending !== undefined);
    expect((await relay.fetch('/v1/stream?target=phone', { headers: { authorization: key } })).status).to.equal(401);
  });
});

describe('GET /v1/keys/:name/uses', () => {
  it('tells the first request of a new sender', async () => {
    const relay = await world();
    const { key } = await make(relay, 'new', { device: 'phone' });
    const stream = await openStream(relay.url('/v1/keys/new/uses'), { authorization: TOKEN });
    await send(relay, '/phone.send?title=Disk', key);
    await eventually('the use is told', () => stream.text.includes('"title":"Disk"'));
    expect(stream.text).to.contain('"dialect":"mpush","title":"Disk","result":"sent"');
    await call(relay, 'DELETE', '/v1/keys/new');
    await eventually('the stream has ended', () => stream.ending !== undefined);
  });
});
