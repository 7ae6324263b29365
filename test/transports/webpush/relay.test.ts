import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { trustInProcess } from '../../support/push-service/agents.ts';
import type { PushService } from '../../support/push-service/index.ts';
import type { UaSubscription, VirtualUserAgent } from '../../support/push-service/virtual-ua.ts';
import { type TestDevice, type World, world } from '../../world.ts';
import { browser, pushService, subscriptionKeys } from './fixtures.ts';

let service: PushService;
let ua: VirtualUserAgent;

beforeEach(async () => {
  service = await pushService();
  trustInProcess(service.caPem);
  ua = await browser(service);
});

const start = (config: object = {}) => world({ config: { webpush: { allowPrivateEndpoints: true }, ...config } });

/** A phone: registered for push over its socket, and still connected. */
async function phone(relay: World, name = 'phone', agent = ua): Promise<TestDevice & { subscription: UaSubscription }> {
  const socket = await relay.socket();
  socket.send({ cmd: 'AUTH', data: { token: 'test-token', name } });
  const { data } = await socket.packet('AUTH');
  const subscription = await agent.subscribe(data.webpushPublicKey);
  socket.send({ cmd: 'REGISTER_WEBPUSH', data: subscription });
  await socket.settle();
  return Object.assign(socket, { auth: data.auth as string, subscription });
}

/** A phone whose page is closed. */
async function sleepingPhone(relay: World, name = 'phone', agent = ua) {
  const device = await phone(relay, name, agent);
  await hangUp(relay, device, name);
  return device;
}

async function hangUp(relay: World, device: TestDevice, name: string): Promise<void> {
  device.ws.close();
  await device.closed;
  await eventually(`${name} is offline`, async () => {
    const { devices } = (await relay.request('/v1/devices')).json;
    return !devices.find((one: { name: string }) => one.name === name).online;
  });
}

/** The states of a message's recipients. */
async function states(relay: World, mid: string): Promise<Record<string, string>> {
  return (await relay.request(`/v1/messages/${mid}`)).json.status;
}

/** Asks until the recipient has that state. */
async function reaches(relay: World, mid: string, status: string, name = 'phone'): Promise<void> {
  await eventually(`${mid} is ${status} for ${name}`, async () => (await states(relay, mid))[name] === status);
}

async function send(relay: World, text = 'hi', target = 'phone'): Promise<string> {
  return (await relay.request(`/${target}.send?text=${text}&wait=0`)).json.data.mid;
}

const texts = () => ua.pushes.map(({ data }) => JSON.parse(data?.toString() ?? '').data.message.text as string);
const requests = () => service.find({ type: 'push.request' });

describe('a send to a phone whose page is closed', () => {
  it('shows every step in the reply and in the history', async () => {
    const relay = await start();
    const { auth } = await sleepingPhone(relay);
    service.fault({ action: 'hang' });
    const first = relay.request('/phone.send?text=one&wait=1000');
    await service.waitFor({ type: 'push.request' });
    await relay.clock.tick(1000);
    const { mid, status } = (await first).json.data;
    expect(status).to.deep.equal({ phone: 'webpush-wait' });

    // The attempt ends without an answer, and the next one succeeds.
    await relay.clock.tick(20_000);
    await relay.clock.tick(10_000);
    await ua.received(1);
    await reaches(relay, mid, 'webpush-ok');

    const receipt = { cmd: 'MESSAGE_WEBPUSH_CALLBACK', auth, data: { mid } };
    expect((await relay.post(receipt)).json).to.deep.equal({ cmd: 'INFO', data: 'ok' });
    await reaches(relay, mid, 'webpush-ok-comfirm');

    expect((await relay.post({ cmd: 'MESSAGE_CALLBACK', auth, data: { mid } })).status).to.equal(200);
    await reaches(relay, mid, 'ok');
    const history = await relay.request('/v1/devices/phone/messages');
    expect(history.json.messages[0]).to.include({ mid, status: 'ok' });
    // A late receipt never weakens it.
    await relay.post(receipt);
    expect(await states(relay, mid)).to.deep.equal({ phone: 'ok' });
  });

  it('tells in its reply that the service worker has shown it', async () => {
    const relay = await start();
    const { auth } = await sleepingPhone(relay);
    const reply = relay.request('/phone.send?text=one&wait=5000');
    const [push] = await ua.received(1);
    const { mid } = JSON.parse(push?.data?.toString() ?? '').data;
    await relay.post({ cmd: 'MESSAGE_FCM_CALLBACK', auth, data: { mid } });
    await reaches(relay, mid, 'webpush-ok-comfirm');
    await relay.clock.tick(5000);
    expect((await reply).json.data.status).to.deep.equal({ phone: 'webpush-ok-comfirm' });
  });

  it('loses none of 200 at once', async () => {
    const relay = await start();
    await sleepingPhone(relay);
    const names = Array.from({ length: 200 }, (_, index) => `m${index}`);
    await Promise.all(names.map((name) => send(relay, name)));
    await ua.received(200);
    expect(texts().sort()).to.deep.equal([...names].sort());
  });

  it('rests as long as the push service asks, and brings every message then', async () => {
    const relay = await start();
    await sleepingPhone(relay);
    service.fault({ status: 429, retryAfter: 60 });
    const mid = await send(relay);
    await service.waitFor({ type: 'push.request', status: 429 });
    await relay.clock.tick(59_000);
    expect(requests()).to.have.length(1);
    await relay.clock.tick(2000);
    await ua.received(1);
    await reaches(relay, mid, 'webpush-ok');
  });

  it('drops the route on 410, and settles nothing by it', async () => {
    const relay = await start();
    const { subscription } = await sleepingPhone(relay);
    service.expire(subscription);
    const mid = await send(relay);
    const routes = async () => (await relay.request('/v1/devices')).json.devices[0].routes;
    await eventually('the route is dropped', async () => !(await routes()).includes('webpush'));
    expect(await routes()).to.deep.equal(['websocket']);
    // A page that comes back registers anew and gets what is open.
    await sleepingPhone(relay);
    await ua.received(1);
    await reaches(relay, mid, 'webpush-ok');
  });

  it('keeps the route on every other refusal', async () => {
    const relay = await start();
    await sleepingPhone(relay);
    for (const [index, status] of [400, 413, 401, 403, 500].entries()) {
      service.fault({ status, times: status === 413 ? 2 : 1 });
      const { cursor } = service;
      await send(relay, `m${index}`);
      await service.waitFor({ type: 'push.request', status }, { since: cursor });
    }
    await reaches(relay, await send(relay), 'webpush-ok');
    expect((await relay.request('/v1/devices')).json.devices[0].routes).to.include('webpush');
  });
});

describe('a send to a phone whose page is open', () => {
  it('pushes nothing when the page acknowledges', async () => {
    const relay = await start();
    const device = await phone(relay);
    const reply = relay.request('/phone.send?text=one&wait=5000');
    const { data } = await device.packet('MESSAGE');
    device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
    expect((await reply).json.data.status).to.deep.equal({ phone: 'ok' });
    await relay.clock.tick(60_000);
    expect(requests()).to.deep.equal([]);
  });

  it('pushes after the grace when the page does not', async () => {
    const relay = await start();
    const device = await phone(relay);
    await send(relay);
    await device.packet('MESSAGE');
    await relay.clock.tick(1499);
    expect(requests()).to.deep.equal([]);
    await relay.clock.tick(1);
    await ua.received(1);
  });

  it('pushes at once when the page is closed before it acknowledged', async () => {
    const relay = await start();
    const device = await phone(relay);
    await send(relay);
    await device.packet('MESSAGE');
    device.ws.close();
    await ua.received(1);
  });
});

describe('a restart', () => {
  it('keeps subscriptions and the key, and pushes nothing twice', async () => {
    const relay = await start();
    const device = await sleepingPhone(relay);
    const key = (await relay.post({ cmd: 'AUTH', data: { token: 'test-token', name: 'x' } })).json.data
      .webpushPublicKey;
    const mid = await send(relay, 'before');
    await reaches(relay, mid, 'webpush-ok');
    service.fault({ status: 503 });
    const open = await send(relay, 'open');
    await service.waitFor({ type: 'push.request', status: 503 });

    await relay.stop();
    await relay.start();
    await reaches(relay, open, 'webpush-ok');
    await send(relay, 'after');
    await ua.received(3);
    expect(texts()).to.deep.equal(['before', 'open', 'after']);
    expect(await states(relay, mid)).to.deep.equal({ phone: 'webpush-ok' });
    const { data } = (await relay.post({ cmd: 'AUTH', data: { token: 'test-token', name: 'x' } })).json;
    expect([data.fcmServerKey, data.webpushServerKey, data.webpushPublicKey]).to.deep.equal([key, key, key]);
    expect(Buffer.from(key, 'base64url')).to.have.length(65);
    expect((await relay.post({ cmd: 'MESSAGE_WEBPUSH_CALLBACK', auth: device.auth, data: { mid } })).status).to.equal(
      200,
    );
  });

  it('does not push again to a page that registers the same subscription', async () => {
    const relay = await start();
    const { subscription } = await sleepingPhone(relay);
    const mid = await send(relay);
    await reaches(relay, mid, 'webpush-ok');
    const again = await relay.device('phone');
    await again.packet('MESSAGE');
    again.send({ cmd: 'REGISTER_WEBPUSH', data: subscription });
    await again.settle();
    await relay.clock.tick(60_000);
    expect(requests()).to.have.length(1);
  });
});

describe('REGISTER_WEBPUSH', () => {
  const keys = subscriptionKeys();

  it('is taken over HTTP with auth, and as the REGISTER_FCM of old clients', async () => {
    for (const cmd of ['REGISTER_WEBPUSH', 'REGISTER_FCM']) {
      const relay = await start();
      const device = await relay.device('phone');
      const { json } = await relay.post({ cmd: 'AUTH', data: { token: 'test-token', name: 'phone' } });
      const subscription = await ua.subscribe(json.data.webpushPublicKey);
      const { status, json: answer } = await relay.post({ cmd, auth: device.auth, data: subscription });
      expect([status, answer]).to.deep.equal([200, { cmd: 'INFO', data: 'ok' }]);
      await hangUp(relay, device, 'phone');
      await reaches(relay, await send(relay), 'webpush-ok');
      await relay.stop();
    }
  });

  it('needs the auth of the device over HTTP', async () => {
    const relay = await start();
    await relay.device('phone');
    const { status } = await relay.post({ cmd: 'REGISTER_WEBPUSH', data: { endpoint: 'https://x.invalid/', keys } });
    expect(status).to.equal(401);
  });

  const hostile: [what: string, data: unknown][] = [
    ['nothing', null],
    ['no endpoint', { keys }],
    ['an endpoint that is an object', { endpoint: { toString: 'x' }, keys }],
    ['plain http', { endpoint: 'http://push.example/x', keys }],
    ['this machine', { endpoint: 'https://127.0.0.1:1/x', keys }],
    ['this machine by name', { endpoint: 'https://localhost/x', keys }],
    ['cloud metadata', { endpoint: 'https://169.254.169.254/latest', keys }],
    ['no keys', { endpoint: 'https://push.example/x' }],
    ['keys that are no object', { endpoint: 'https://push.example/x', keys: 'x' }],
    ['keys beside the curve', { endpoint: 'https://push.example/x', keys: { ...keys, p256dh: 'A'.repeat(87) } }],
    ['keys in a prototype', JSON.parse('{"endpoint":"https://push.example/x","keys":{"__proto__":{"auth":"x"}}}')],
    ['a huge endpoint', { endpoint: `https://push.example/${'x'.repeat(100_000)}`, keys }],
  ];
  for (const [what, data] of hostile) {
    it(`refuses ${what} with a sentence, and changes nothing`, async () => {
      const relay = await world();
      const device = await relay.device('phone');
      device.send({ cmd: 'REGISTER_WEBPUSH', data });
      const { data: sentence } = await device.packet('INFO');
      expect(sentence).to.be.a('string').and.not.contain('internal error');
      const answer = await relay.post({ cmd: 'REGISTER_WEBPUSH', auth: device.auth, data });
      expect([answer.status, answer.json]).to.deep.equal([400, { cmd: 'INFO', data: sentence }]);
      expect((await relay.request('/v1/devices')).json.devices[0].routes).to.deep.equal(['websocket']);
    });
  }

  it('is refused where web push is switched off, and no key is told', async () => {
    const relay = await world({ config: { webpush: { enabled: false } } });
    const device = await relay.device('phone');
    device.send({ cmd: 'REGISTER_WEBPUSH', data: { endpoint: 'https://push.example/x', keys } });
    expect((await device.packet('INFO')).data).to.match(/^Web push is switched off/);
    const { json } = await relay.post({ cmd: 'AUTH', data: { token: 'test-token', name: 'phone' } });
    expect(json.data.webpushPublicKey).to.equal('');
  });
});
