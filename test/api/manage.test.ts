import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { openStream } from '../support/stream-reader.ts';
import { TOKEN, type World, world } from '../world.ts';

const call = (relay: World, method: string, path: string, token: string, body?: unknown) =>
  relay.fetch(path, {
    method,
    headers: { authorization: token, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

/** Pairs a device, as the page does. */
async function pair(relay: World, name: string): Promise<string> {
  const { json } = await call(relay, 'POST', '/v1/devices', TOKEN, { name, groups: ['home'] });
  return json.auth;
}

async function ownersCode(relay: World): Promise<string> {
  const { status, json } = await call(relay, 'POST', '/v1/pairings', TOKEN, { manage: true });
  expect([status, json.path]).to.deep.equal([201, `/#manage=${json.code}`]);
  return json.code;
}

async function manages(relay: World, auth: string): Promise<[me: boolean, keys: number]> {
  const [me, keys] = await Promise.all([call(relay, 'GET', '/v1/me', auth), call(relay, 'GET', '/v1/keys', auth)]);
  return [me.json.manage, keys.status];
}

/** Lets a device manage. @returns its new token */
async function promote(relay: World, auth: string, token = TOKEN): Promise<string> {
  const { status, json } = await call(relay, 'POST', '/v1/me/manage', auth, { token });
  expect(status).to.equal(201);
  return json.auth;
}

describe('POST /v1/me/manage', () => {
  const shared = sharedWorld();

  it("gives a device that shows the relay's token a token with which it manages the relay", async () => {
    const relay = shared();
    await pair(relay, 'watcher');
    const before = await pair(relay, 'pixel');
    expect(await manages(relay, before)).to.deep.equal([false, 403]);
    const { status, json } = await call(relay, 'POST', '/v1/me/manage', before, { token: ` ${TOKEN} ` });
    expect(status).to.equal(201);
    expect(json).to.include({ name: 'pixel' });
    expect(json.groups).to.deep.equal(['home']);
    expect(await manages(relay, json.auth)).to.deep.equal([true, 200]);
    const made = await call(relay, 'POST', '/v1/keys', json.auth, { name: 'by-pixel', device: 'pixel' });
    expect(made.status).to.equal(201);
    const listed = (await relay.request('/v1/devices')).json.devices;
    expect(listed.find(({ name }: { name: string }) => name === 'pixel').manage).to.equal(true);
    expect(listed.find(({ name }: { name: string }) => name === 'watcher')).to.not.have.property('manage');
    const { messages } = (await relay.request('/v1/devices/watcher/messages')).json;
    expect(messages.at(-1).message.text).to.equal('pixel manages this relay now');
  });

  it('leaves the other tokens of the device as they were', async () => {
    const relay = shared();
    const before = await pair(relay, 'twice');
    const manager = await promote(relay, before);
    expect(await manages(relay, before)).to.deep.equal([false, 403]);
    expect(await manages(relay, manager)).to.deep.equal([true, 200]);
    const again = await promote(relay, before);
    expect(await manages(relay, manager), 'an earlier grant').to.deep.equal([false, 403]);
    expect(await manages(relay, again)).to.deep.equal([true, 200]);
  });

  it('takes a code of the owner in place of the token, once and within ten minutes', async () => {
    const relay = await world();
    const auth = await pair(relay, 'pixel');
    const [code, late] = [await ownersCode(relay), await ownersCode(relay)];
    const manager = await promote(relay, auth, `${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase());
    expect(await manages(relay, manager)).to.deep.equal([true, 200]);
    expect((await call(relay, 'POST', '/v1/me/manage', auth, { token: code })).status).to.equal(403);
    await relay.clock.tick(600_000);
    expect((await call(relay, 'POST', '/v1/me/manage', auth, { token: late })).status).to.equal(403);
    expect(await manages(relay, manager)).to.deep.equal([true, 200]);
  });

  it('takes no code for pairing, and pairs no device with a code of the owner', async () => {
    const relay = shared();
    const auth = await pair(relay, 'kinds');
    const { code } = (await call(relay, 'POST', '/v1/pairings', TOKEN, {})).json;
    const refused = await call(relay, 'POST', '/v1/me/manage', auth, { token: code });
    expect([refused.status, refused.json]).to.deep.equal([
      403,
      { error: 'this is neither the token of the relay nor a code of herald pair --owner', code: 'forbidden' },
    ]);
    expect((await relay.fetch(`/v1/pairings/${code}`)).status).to.equal(200);
    const owners = await ownersCode(relay);
    expect((await relay.fetch(`/v1/pairings/${owners}`)).status).to.equal(404);
    const body = JSON.stringify({ name: 'intruder' });
    expect((await relay.fetch(`/v1/pairings/${owners}`, { method: 'POST', body })).status).to.equal(404);
    await promote(relay, auth, owners);
  });

  it('refuses what is no proof, and changes nothing', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 1000 } } });
    const auth = await pair(relay, 'pixel');
    const manager = await promote(relay, await pair(relay, 'desk'));
    const { key } = (await call(relay, 'POST', '/v1/keys', TOKEN, { name: 'k', device: 'pixel', manage: true })).json;
    const tries: readonly [unknown, number][] = [
      [{}, 400],
      [{ token: 5 }, 400],
      [{ token: '' }, 400],
      [{ token: '   ' }, 400],
      ['[]', 400],
      ['{', 400],
      [{ token: `${TOKEN}x` }, 403],
      [{ token: TOKEN.toUpperCase() }, 403],
      [{ token: auth }, 403],
      [{ token: manager }, 403],
      [{ token: key }, 403],
      [{ token: 'A'.repeat(12) }, 403],
      [{ token: 'A'.repeat(60_000) }, 403],
      [{ token: '\u0000' }, 403],
    ];
    for (const [body, status] of tries) {
      const answer = await call(relay, 'POST', '/v1/me/manage', auth, body);
      expect(answer.status, String(JSON.stringify(body)).slice(0, 60)).to.equal(status);
      expect(answer.text).to.not.contain(key);
    }
    expect((await call(relay, 'POST', '/v1/me/manage', TOKEN, { token: TOKEN })).status, 'the owner').to.equal(403);
    expect((await call(relay, 'POST', '/v1/me/manage', key, { token: TOKEN })).status, 'a key').to.equal(403);
    expect((await relay.fetch('/v1/me/manage', { method: 'POST', body: '{}' })).status, 'a stranger').to.equal(401);
    expect(await manages(relay, auth)).to.deep.equal([false, 403]);
  });

  it('slows down guesses, and never a right token', async () => {
    const relay = await world();
    const auth = await pair(relay, 'pixel');
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      statuses.push((await call(relay, 'POST', '/v1/me/manage', auth, { token: `guess-${n}` })).status);
    }
    expect(statuses.slice(0, 10)).to.deep.equal(Array(10).fill(403));
    expect(statuses.at(-1)).to.equal(429);
    expect(await manages(relay, await promote(relay, auth))).to.deep.equal([true, 200]);
  });

  it('gives nothing to a token that ended, and keeps the code', async () => {
    const relay = shared();
    const auth = await pair(relay, 'lost');
    const code = await ownersCode(relay);
    await relay.request('/v1/devices/lost', { method: 'DELETE' });
    expect((await call(relay, 'POST', '/v1/me/manage', auth, { token: code })).status).to.equal(401);
    await promote(relay, await pair(relay, 'found'), code);
  });

  it('lets the right go from token to token, also through AUTH and a new name, but to no other device', async () => {
    const relay = shared();
    const manager = await promote(relay, await pair(relay, 'mover'));
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', auth: manager, data: { name: 'mover', group: ['home'] } });
    const renewed = (await socket.packet('AUTH')).data.auth;
    expect(await manages(relay, renewed)).to.deep.equal([true, 200]);
    socket.ws.terminate();
    const other = await relay.socket();
    other.send({ cmd: 'AUTH', auth: manager, data: { name: 'other', token: TOKEN } });
    expect(await manages(relay, (await other.packet('AUTH')).data.auth)).to.deep.equal([false, 403]);
    other.ws.terminate();
    const overHttp = await relay.fetch('/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cmd: 'AUTH', auth: renewed, data: { name: 'mover' } }),
    });
    expect(await manages(relay, overHttp.json.data.auth)).to.deep.equal([true, 200]);
    const { json } = await call(relay, 'PATCH', '/v1/devices/mover', renewed, { name: 'moved' });
    expect(await manages(relay, json.auth)).to.deep.equal([true, 200]);
    // A manager that changes another device gets a token of that device, which manages nothing.
    await pair(relay, 'changed');
    const changed = await call(relay, 'PATCH', '/v1/devices/changed', json.auth, { groups: ['x'] });
    expect(await manages(relay, changed.json.auth)).to.deep.equal([false, 403]);
  });

  it('ends with the device, and with its name', async () => {
    const relay = shared();
    const manager = await promote(relay, await pair(relay, 'gone'));
    const next = await pair(relay, 'gone');
    expect((await call(relay, 'GET', '/v1/keys', manager)).status).to.equal(401);
    expect(await manages(relay, next)).to.deep.equal([false, 403]);
  });

  it('stays when the relay gets a new token, of which a device that manages can make none', async () => {
    // A token that the relay has made itself.
    const relay = await world({ config: { token: undefined } });
    const own = relay.relay.token;
    const { json } = await call(relay, 'POST', '/v1/devices', own, { name: 'pixel' });
    const manager = await promote(relay, json.auth, own);
    expect((await call(relay, 'POST', '/v1/token/rotate', manager, {})).status).to.equal(403);
    expect((await call(relay, 'POST', '/v1/token/rotate', own, {})).status).to.equal(201);
    expect(await manages(relay, manager)).to.deep.equal([true, 200]);
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', auth: manager, data: { name: 'pixel' } });
    expect(await manages(relay, (await socket.packet('AUTH')).data.auth)).to.deep.equal([true, 200]);
    socket.ws.terminate();
    expect((await call(relay, 'POST', '/v1/me/manage', manager, { token: own })).status, 'the old token').to.equal(403);
  });

  it('stays over a restart', async () => {
    const relay = await world();
    const manager = await promote(relay, await pair(relay, 'pixel'));
    await relay.stop();
    await relay.start();
    expect(await manages(relay, manager)).to.deep.equal([true, 200]);
  });
});

describe('DELETE /v1/devices/:name/manage', () => {
  const shared = sharedWorld();

  it('ends it for the owner, the device itself and other managers, and the device stays', async () => {
    const relay = shared();
    const other = await promote(relay, await pair(relay, 'other'));
    for (const by of [TOKEN, 'itself', other]) {
      const manager = await promote(relay, await pair(relay, 'pixel'));
      const ended = await call(relay, 'DELETE', '/v1/devices/pixel/manage', by === 'itself' ? manager : by);
      expect([ended.status, ended.json]).to.deep.equal([200, { ended: 'pixel' }]);
      expect(await manages(relay, manager)).to.deep.equal([false, 403]);
    }
  });

  it('ends it for nobody else', async () => {
    const relay = shared();
    const manager = await promote(relay, await pair(relay, 'boss'));
    const [plain, key] = [
      await pair(relay, 'plain'),
      (await call(relay, 'POST', '/v1/keys', TOKEN, { name: 'ends', device: 'boss', manage: true })).json.key,
    ];
    for (const by of [plain, key]) {
      expect((await call(relay, 'DELETE', '/v1/devices/boss/manage', by)).status).to.equal(403);
    }
    expect((await relay.fetch('/v1/devices/boss/manage', { method: 'DELETE' })).status).to.equal(401);
    expect((await call(relay, 'DELETE', '/v1/devices/nobody/manage', TOKEN)).status).to.equal(404);
    expect(await manages(relay, manager)).to.deep.equal([true, 200]);
  });

  it('ends what the manager has open', async () => {
    const relay = shared();
    const { key } = (await call(relay, 'POST', '/v1/keys', TOKEN, { name: 'live', device: 'boss' })).json;
    const manager = await promote(relay, await pair(relay, 'reader'));
    const stream = await openStream(relay.url('/v1/keys/live/uses'), { authorization: manager });
    expect((await stream.next()).event).to.equal('open');
    await call(relay, 'DELETE', '/v1/devices/reader/manage', TOKEN);
    expect((await call(relay, 'GET', '/boss.send?wait=0&text=secret', key)).status).to.equal(200);
    await eventually('the stream ends', () => stream.ending !== undefined);
    expect(stream.text).to.not.contain('secret');
  });
});

describe('POST /v1/pairings', () => {
  it('lets no device, manager or key make a code of the owner', async () => {
    const relay = await world();
    const manager = await promote(relay, await pair(relay, 'boss'));
    const { key } = (await call(relay, 'POST', '/v1/keys', TOKEN, { name: 'k', device: 'boss', manage: true })).json;
    for (const by of [await pair(relay, 'plain'), manager, key]) {
      const refused = await call(relay, 'POST', '/v1/pairings', by, { manage: true });
      expect([refused.status, refused.json.error]).to.deep.equal([403, "this code needs the relay's token"]);
    }
    expect((await call(relay, 'POST', '/v1/pairings', TOKEN, { manage: 'yes' })).status).to.equal(400);
  });

  it('lets only managers and the owner pair if the config says so', async () => {
    const relay = await world({ config: { devices: { mayPair: false } } });
    const plain = await pair(relay, 'plain');
    const refused = await call(relay, 'POST', '/v1/pairings', plain);
    expect([refused.status, refused.json.error]).to.deep.equal([
      403,
      'only the owner pairs devices here (devices.mayPair in the config)',
    ]);
    for (const by of [TOKEN, await promote(relay, plain)]) {
      expect((await call(relay, 'POST', '/v1/pairings', by)).status).to.equal(201);
    }
  });
});
