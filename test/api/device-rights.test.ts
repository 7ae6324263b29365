// What the token of one device, perhaps a stolen one, can do to the others: report 40.
import { expect } from 'chai';
import { recordingLogger } from '../support/recording-logger.ts';
import { type Answer, TOKEN, type World, world } from '../world.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const SUBSCRIPTION = {
  endpoint: 'https://push.example.com/thief',
  keys: {
    auth: 'AAAAAAAAAAAAAAAAAAAAAA',
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  },
};

async function code(relay: World, authorization: string): Promise<string> {
  return (await relay.request('/v1/pairings', { method: 'POST', headers: { authorization } })).json.code;
}

function redeem(relay: World, one: string, name: string): Promise<Answer> {
  const body = JSON.stringify({ name });
  return relay.fetch(`/v1/pairings/${one}`, { method: 'POST', headers: JSON_TYPE, body });
}

/** Lets a device in by a code of the token, or of whoever shows another one. */
async function pair(relay: World, name: string, by = TOKEN): Promise<string> {
  const { status, json } = await redeem(relay, await code(relay, by), name);
  expect(status).to.equal(201);
  return json.auth;
}

const messages = (relay: World, name: string, authorization: string) =>
  relay.fetch(`/v1/devices/${name}/messages`, { headers: { authorization } });

const remove = (relay: World, path: string, authorization = TOKEN) =>
  relay.fetch(`/v1/devices/${path}`, { method: 'DELETE', headers: { authorization } });

describe('a code that a device made', () => {
  it('never opens a name that exists', async () => {
    const relay = await world();
    const phone = await pair(relay, 'phone');
    const stolen = await pair(relay, 'stolen');
    const one = await code(relay, stolen);
    const { status, json } = await redeem(relay, one, 'phone');
    expect(status).to.equal(403);
    expect(json.error).to.match(/^the name phone is taken; a device made this code, so it works only for new names/);
    expect((await messages(relay, 'phone', phone)).status).to.equal(200);
    expect((await redeem(relay, one, 'new')).status, 'the code is still good').to.equal(201);
  });

  it('does not open a name whose device another device removed', async () => {
    const relay = await world();
    await pair(relay, 'phone');
    const stolen = await pair(relay, 'stolen');
    expect((await remove(relay, 'phone', stolen)).status).to.equal(200);
    const one = await code(relay, stolen);
    expect((await redeem(relay, one, 'phone')).status).to.equal(403);
    await relay.stop();
    await relay.start();
    expect((await redeem(relay, await code(relay, stolen), 'phone')).status, 'after a restart').to.equal(403);
    await pair(relay, 'phone');
  });

  it('opens the name of a device that signed out itself', async () => {
    const relay = await world();
    const phone = await pair(relay, 'phone');
    const laptop = await pair(relay, 'laptop');
    await remove(relay, 'phone', phone);
    await pair(relay, 'phone', laptop);
  });

  it('says in the offer whether it may take over names', async () => {
    const relay = await world();
    const laptop = await pair(relay, 'laptop');
    const offer = async (by: string) => (await relay.fetch(`/v1/pairings/${await code(relay, by)}`)).json;
    expect((await offer(laptop)).mayTakeOver).to.equal(false);
    expect((await offer(TOKEN)).mayTakeOver).to.equal(true);
  });

  it('ends when the device is removed', async () => {
    const relay = await world();
    const stolen = await pair(relay, 'stolen');
    const one = await code(relay, stolen);
    await remove(relay, 'stolen');
    expect((await redeem(relay, one, 'new')).status).to.equal(404);
  });

  it("does not displace the owner's codes, however many there are", async () => {
    const relay = await world();
    const stolen = await pair(relay, 'stolen');
    const own = await code(relay, TOKEN);
    for (let n = 0; n < 100; n += 1) await code(relay, stolen);
    expect((await redeem(relay, own, 'phone')).status).to.equal(201);
  });
});

describe('a name that is taken over', () => {
  it('ends the earlier token on every interface', async () => {
    const relay = await world();
    const first = await pair(relay, 'ph');
    const one = await code(relay, first);
    const second = await pair(relay, 'ph');
    const shown = { method: 'POST', headers: { authorization: first } };
    const packet = { ...shown, headers: { ...JSON_TYPE, authorization: first } };
    expect((await messages(relay, 'ph', first)).status).to.equal(401);
    expect((await relay.fetch('/v1/pairings', shown)).status).to.equal(401);
    expect((await remove(relay, 'ph', first)).status).to.equal(401);
    expect((await relay.fetch('/ph.send?text=x', shown)).status).to.equal(401);
    const body = JSON.stringify({ cmd: 'REGISTER_WEBPUSH', auth: first, data: SUBSCRIPTION });
    expect((await relay.fetch('/', { ...packet, body })).status).to.equal(401);
    expect((await redeem(relay, one, 'new')).status, 'its codes').to.equal(404);
    expect((await messages(relay, 'ph', second)).status).to.equal(200);
    expect((await relay.request('/v1/devices')).json.devices[0].routes).to.deep.equal(['websocket']);
  });

  it('closes the earlier sockets and drops the earlier push routes', async () => {
    const relay = await world({ config: { webpush: { allowPrivateEndpoints: true } } });
    const device = await relay.device('ph');
    const routes = async () => (await relay.request('/v1/devices')).json.devices[0].routes;
    const packet = { cmd: 'REGISTER_WEBPUSH', auth: device.auth, data: SUBSCRIPTION };
    expect((await relay.post(packet)).status).to.equal(200);
    expect(await routes()).to.deep.equal(['websocket', 'webpush']);
    await pair(relay, 'ph');
    expect(await device.closed).to.deep.equal({ code: 4410, reason: 'removed' });
    expect(await routes()).to.deep.equal(['websocket']);
    expect((await relay.post(packet)).status).to.equal(401);
    expect(await routes()).to.deep.equal(['websocket']);
  });

  it('keeps the queue for the new device', async () => {
    const relay = await world();
    await pair(relay, 'ph');
    await relay.request('/ph.send?text=kept&wait=0');
    const auth = await pair(relay, 'ph');
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', auth, data: { name: 'ph' } });
    expect((await socket.packet('MESSAGE')).data.message.text).to.equal('kept');
  });

  it("tells the owner's other devices, and the log", async () => {
    const { logger, lines } = recordingLogger();
    const relay = await world({ logger });
    const other = await relay.device('other');
    await pair(relay, 'ph');
    await pair(relay, 'ph');
    expect((await other.packet('MESSAGE')).data.message.text).to.equal('ph was paired again');
    expect(
      (await relay.request('/v1/devices')).json.devices.map(({ queued }: { queued: number }) => queued),
    ).to.deep.equal([1, 0]);
    expect(lines.filter(({ level, text }) => level !== 'debug' && /^device /.test(text))).to.deep.equal([
      { level: 'info', text: 'device registered', facts: { device: 'other', transport: 'websocket' } },
      { level: 'info', text: 'device paired', facts: { device: 'ph', by: 'owner' } },
      { level: 'info', text: 'device taken over', facts: { device: 'ph' } },
    ]);
  });

  it("can also be taken over with the relay's token", async () => {
    const relay = await world();
    const first = await pair(relay, 'ph');
    const body = JSON.stringify({ name: 'ph' });
    expect((await relay.request('/v1/devices', { method: 'POST', headers: JSON_TYPE, body })).status).to.equal(201);
    expect((await messages(relay, 'ph', first)).status).to.equal(401);
  });
});

describe('DELETE /v1/devices/:name?paired=1', () => {
  it('removes the devices that it paired, directly or through others', async () => {
    const { logger, lines } = recordingLogger();
    const relay = await world({ logger });
    const stolen = await pair(relay, 'stolen');
    const second = await pair(relay, 'second', stolen);
    const third = await pair(relay, 'third', second);
    await pair(relay, 'phone');
    const { devices } = (await relay.request('/v1/devices')).json;
    const makers = devices.map(({ name, pairedBy }: { name: string; pairedBy?: string }) => [name, pairedBy]);
    expect(makers).to.deep.equal([
      ['stolen', undefined],
      ['second', 'stolen'],
      ['third', 'second'],
      ['phone', undefined],
    ]);
    const { json } = await remove(relay, 'stolen?paired=1');
    expect(json).to.deep.equal({ removed: 'stolen', paired: ['second', 'third'] });
    expect(relay.relay.devices()).to.deep.equal(['phone']);
    for (const auth of [stolen, second, third]) expect((await messages(relay, 'phone', auth)).status).to.equal(401);
    expect(lines.filter(({ text }) => text === 'device removed').map(({ facts }) => facts)).to.deep.equal(
      ['stolen', 'second', 'third'].map((device) => ({ device, by: 'owner' })),
    );
  });

  it('keeps them without the option, and always keeps those of an earlier device with the name', async () => {
    const relay = await world();
    const first = await pair(relay, 'a');
    await pair(relay, 'let-in', first);
    expect((await remove(relay, 'a')).json).to.deep.equal({ removed: 'a' });
    await relay.clock.tick(1);
    await pair(relay, 'a');
    expect((await remove(relay, 'a?paired=1')).json).to.deep.equal({ removed: 'a', paired: [] });
    expect(relay.relay.devices()).to.deep.equal(['let-in']);
  });

  it('remembers who paired a device over a restart', async () => {
    const relay = await world();
    await pair(relay, 'child', await pair(relay, 'parent'));
    await relay.stop();
    await relay.start();
    expect((await remove(relay, 'parent?paired=1')).json.paired).to.deep.equal(['child']);
  });
});

describe("a device's token", () => {
  it('removes no webhook', async () => {
    const clients = [{ name: 'wh', url: 'http://127.0.0.1:9/', method: 'GET' }];
    const relay = await world({ config: { webhook: { clients } } });
    const phone = await pair(relay, 'phone');
    expect((await remove(relay, 'wh', phone)).status).to.equal(403);
    expect(relay.relay.devices()).to.include('wh');
  });
});
