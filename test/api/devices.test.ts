import { expect } from 'chai';
import { leave } from '../support/leave.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { TOKEN, type World, world } from '../world.ts';

async function refusal(relay: World, path: string, init: RequestInit = {}): Promise<[number, string]> {
  const { status, json, headers } = await relay.fetch(path, init);
  expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
  expect(headers.get('cache-control')).to.equal('no-store');
  return [status, json.error];
}

const bearing = (authorization: string, method = 'GET') => ({ method, headers: { authorization } });

describe('GET /v1/devices', () => {
  it('lists devices in the order of their registration', async () => {
    const relay = await world();
    await relay.device('b', { group: 'x,y' });
    await leave(relay, 'a', await relay.device('a'));
    await relay.request('/a.send?wait=0&text=x');
    const { status, json } = await relay.request('/v1/devices');
    const createdAt = json.devices[0].createdAt;
    expect(createdAt).to.be.closeTo(relay.clock.now(), 1000);
    expect(status).to.equal(200);
    expect(json).to.deep.equal({
      devices: [
        {
          name: 'b',
          groups: ['x', 'y'],
          routes: ['websocket'],
          online: true,
          queued: 0,
          createdAt,
          lastReceived: null,
          lastReceivedAt: null,
        },
        {
          name: 'a',
          groups: [],
          routes: ['websocket'],
          online: false,
          queued: 1,
          createdAt,
          lastReceived: null,
          lastReceivedAt: null,
        },
      ],
    });
  });

  it('shows webhooks without their addresses', async () => {
    const clients = [
      { name: 'wh', url: 'http://user:secret@127.0.0.1:9/', method: 'GET', group: 'g', secret: 's3cret' },
    ];
    const relay = await world({ config: { webhook: { clients } } });
    const { text, json } = await relay.request('/v1/devices');
    expect(json.devices[0]).to.deep.include({ name: 'wh', groups: ['g'], routes: ['webhook'], online: false });
    expect(text).not.to.include('secret').and.not.include('s3cret');
  });

  it("accepts the relay's token bare or as Bearer, and a device's token", async () => {
    const relay = await world();
    const { auth } = await relay.device('a');
    for (const authorization of [TOKEN, `Bearer ${TOKEN}`, auth, `bearer ${auth}`]) {
      expect((await relay.fetch('/v1/devices', bearing(authorization))).status).to.equal(200);
    }
  });

  it('is refused without a token, with a wrong one, and with one in the query', async () => {
    const relay = await world();
    const missing = [401, 'expected the token in the authorization header'];
    expect(await refusal(relay, '/v1/devices')).to.deep.equal(missing);
    expect(await refusal(relay, `/v1/devices?token=${TOKEN}`)).to.deep.equal(missing);
    expect(await refusal(relay, '/v1/devices', bearing('x'))).to.deep.equal([401, 'the token is wrong']);
  });

  it('is refused even if sockets and senders need no token', async () => {
    const relay = await world({ config: { http: { verifyToken: false }, websocket: { verifyToken: false } } });
    expect((await refusal(relay, '/v1/devices'))[0]).to.equal(401);
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', data: { name: 'anybody' } });
    const { auth } = (await socket.packet('AUTH')).data;
    expect((await refusal(relay, '/v1/devices', bearing(auth)))[0]).to.equal(403);
  });

  it('is limited after repeated wrong tokens', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 2 } } });
    await refusal(relay, '/v1/devices', bearing('x'));
    await refusal(relay, '/v1/devices', bearing('y'));
    const { status, headers, json } = await relay.fetch('/v1/devices', bearing('z'));
    expect(status).to.equal(429);
    expect(Number(headers.get('retry-after'))).to.be.within(1, 60);
    expect(json.error).to.match(/^too many wrong tokens/);
    expect((await relay.request('/v1/devices')).status).to.equal(200);
  });

  it('refuses the token of a removed device', async () => {
    const relay = await world();
    const { auth } = await relay.device('a');
    await relay.request('/v1/devices/a', { method: 'DELETE' });
    expect(await refusal(relay, '/v1/devices', bearing(auth))).to.deep.equal([
      401,
      'the token of this device is no longer valid',
    ]);
  });
});

describe('DELETE /v1/devices/:name', () => {
  const shared = sharedWorld();

  it('forgets the device, its queue and its history', async () => {
    const relay = await world();
    const device = await relay.device('张三', { group: 'g' });
    await relay.device('other');
    const sending = relay.request('/%E5%BC%A0%E4%B8%89.send?text=x');
    await device.packet('MESSAGE');
    const { status, json } = await relay.request('/v1/devices/%E5%BC%A0%E4%B8%89', { method: 'DELETE' });
    expect([status, json]).to.deep.equal([200, { removed: '张三' }]);
    expect((await sending).json.data['张三']).to.equal('failed');
    expect(relay.relay.devices()).to.deep.equal(['other']);
    expect((await relay.request('/%E5%BC%A0%E4%B8%89.send?text=x')).json.data.status).to.deep.equal({ 张三: 'no' });
    expect((await relay.request('/g.group?text=x')).json.data.status).to.deep.equal({});
    expect((await relay.fetch('/health')).json.queued).to.equal(0);
    await relay.device('张三');
    expect((await relay.request('/v1/devices/%E5%BC%A0%E4%B8%89/messages')).json.messages).to.deep.equal([]);
  });

  for (const name of ['nobody', '%ZZ', '__proto__', 'constructor', 'a%00', 'x'.repeat(300)]) {
    it(`does not find ${name.slice(0, 20)}`, async () => {
      const relay = shared();
      const [status, text] = await refusal(relay, `/v1/devices/${name}`, bearing(TOKEN, 'DELETE'));
      expect(status).to.equal(404);
      expect(text).to.match(/^no device is called /);
    });
  }

  it('needs a token', async () => {
    const relay = await world();
    await relay.device('a');
    expect((await refusal(relay, '/v1/devices/a', { method: 'DELETE' }))[0]).to.equal(401);
    expect(relay.relay.devices()).to.deep.equal(['a']);
  });
});
