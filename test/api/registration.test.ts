import { expect } from 'chai';
import { TOKEN, type World, world } from '../world.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** POSTs JSON with the token, or with what is given instead. */
function post(relay: World, path: string, body: unknown, authorization: string | undefined = TOKEN) {
  const headers = authorization === undefined ? JSON_TYPE : { ...JSON_TYPE, authorization };
  return relay.fetch(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** POSTs JSON without any token. */
const postAnonymously = (relay: World, path: string, body: unknown) =>
  relay.fetch(path, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });

async function pair(relay: World): Promise<string> {
  const { status, json } = await post(relay, '/v1/pairings', {});
  expect(status).to.equal(201);
  expect(json.path).to.equal(`/#pair=${json.code}`);
  return json.code;
}

describe('POST /v1/pairings/:code', () => {
  it('registers one new device without the token', async () => {
    const relay = await world();
    await relay.device('old', { group: 'home' });
    const code = await pair(relay);
    const offer = await relay.fetch(`/v1/pairings/${code}`);
    expect(offer.json).to.deep.include({ groups: ['home'], names: ['old'] });
    const { status, json } = await postAnonymously(relay, `/v1/pairings/${code}`, {
      name: 'phone',
      groups: ['home', 'new'],
    });
    expect(status).to.equal(201);
    expect(json).to.deep.include({ name: 'phone', groups: ['home', 'new'] });
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', auth: json.auth, data: { name: 'phone', group: json.groups } });
    expect((await socket.packet('AUTH')).data.code).to.equal(200);
    expect((await relay.request('/new.group?wait=0&text=x')).json.data.phone).to.equal('wait');
  });

  it('accepts a code once, in any spelling, for ten minutes', async () => {
    const relay = await world();
    const [first, second] = [await pair(relay), await pair(relay)];
    const spelled = `${first.slice(0, 4).toLowerCase()}-${first.slice(4)}`;
    expect((await postAnonymously(relay, `/v1/pairings/${spelled}`, { name: 'a' })).status).to.equal(201);
    expect((await postAnonymously(relay, `/v1/pairings/${first}`, { name: 'b' })).status).to.equal(404);
    await relay.clock.tick(600_000);
    expect((await postAnonymously(relay, `/v1/pairings/${second}`, { name: 'b' })).status).to.equal(404);
    expect((await relay.fetch(`/v1/pairings/${second}`)).status).to.equal(404);
    expect(relay.relay.devices()).to.deep.equal(['a']);
  });

  it('keeps the code if the name or the groups are invalid', async () => {
    const relay = await world();
    const code = await pair(relay);
    const bodies = [
      {},
      { name: 5 },
      { name: '' },
      { name: 'a/b' },
      { name: 'mid' },
      { name: 'a', groups: { toString: 1 } },
      { name: 'a', groups: [1] },
      [],
      null,
      'x',
    ];
    for (const body of bodies) {
      const { status, json } = await postAnonymously(relay, `/v1/pairings/${code}`, body);
      expect([status, typeof json.error], JSON.stringify(body)).to.deep.equal([400, 'string']);
    }
    expect(relay.relay.devices()).to.deep.equal([]);
    expect((await postAnonymously(relay, `/v1/pairings/${code}`, { name: 'a' })).status).to.equal(201);
  });

  it('limits guesses', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 3 } } });
    for (let i = 0; i < 3; i += 1) expect((await relay.fetch(`/v1/pairings/GUESS${i}`)).status).to.equal(404);
    expect((await postAnonymously(relay, '/v1/pairings/GUESS', { name: 'a' })).status).to.equal(429);
  });

  it('needs the token for a new code', async () => {
    const relay = await world();
    expect((await postAnonymously(relay, '/v1/pairings', {})).status).to.equal(401);
  });
});

describe('POST /v1/devices', () => {
  it('registers a device with only the token', async () => {
    const relay = await world();
    const { status, json } = await post(relay, '/v1/devices', { name: 'a', groups: 'x,y' });
    expect([status, json.name, json.groups]).to.deep.equal([201, 'a', ['x', 'y']]);
    expect((await post(relay, '/v1/devices', { name: 'b' }, json.auth)).status).to.equal(403);
    expect(relay.relay.devices()).to.deep.equal(['a']);
  });

  it("refuses a webhook's name", async () => {
    const clients = [{ name: 'wh1', url: 'http://127.0.0.1:9/', method: 'GET' }];
    const relay = await world({ config: { webhook: { clients } } });
    const { status, json } = await post(relay, '/v1/devices', { name: 'wh1' });
    expect([status, json.error]).to.deep.equal([403, 'The name [wh1] is already used']);
  });

  it('refuses invalid bodies', async () => {
    const relay = await world();
    for (const body of ['', '{', 'null', '[]', '"a"', '['.repeat(60_000), '{"__proto__":{"name":"a"}}']) {
      expect((await post(relay, '/v1/devices', body)).status, body.slice(0, 30)).to.equal(400);
    }
    expect((await post(relay, '/v1/devices', `{"name":"${'x'.repeat(65_536)}"}`)).status).to.equal(413);
    expect(relay.relay.devices()).to.deep.equal([]);
  });
});

describe('GET /v1/me', () => {
  it("describes a device to itself, and says that the relay's token is not a device", async () => {
    const relay = await world();
    await relay.device('b', { group: 'other' });
    const { auth } = await relay.device('a', { group: 'x' });
    const { json } = await relay.fetch('/v1/me', { headers: { authorization: auth } });
    expect(json).to.deep.include({ name: 'a', groups: ['x'], routes: ['websocket'], version: '0.0.0-test' });
    expect([...json.knownGroups].sort()).to.deep.equal(['other', 'x']);
    const owner = await relay.request('/v1/me');
    expect([owner.status, owner.json.error]).to.deep.equal([403, "expected a device's own token"]);
  });
});
