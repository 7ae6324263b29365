import { createECDH, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'chai';
import type { TestSocket } from '../../support/socket.ts';
import { TOKEN, type World, world } from '../../world.ts';
import { info, raw } from './requests.ts';

/** What `JSON.stringify(subscription)` of a browser gives, of a push service that is not there. */
function subscription() {
  const p256dh = createECDH('prime256v1').generateKeys().toString('base64url');
  return {
    endpoint: 'https://127.0.0.1:9/push/abc:def',
    expirationTime: null,
    keys: { p256dh, auth: randomBytes(16).toString('base64url') },
  };
}

async function routesOf(relay: World, name: string): Promise<string[]> {
  const { json } = await relay.request('/v1/devices');
  return json.devices.find((device: { name: string }) => device.name === name).routes;
}

/** Message frames so far. */
const messages = (socket: TestSocket) => socket.frames.filter((frame) => frame.startsWith('{"cmd":"MESSAGE"'));

describe('the PWA', () => {
  it('connects, registers for push under both names, gets and acknowledges, comes back after a cut', async () => {
    const relay = await world({ config: { webpush: { allowPrivateEndpoints: true } } });
    const socket = await relay.socket('/?from=pwa');
    socket.send('{"cmd":"AUTH","data":{"token":"test-token","name":"phone","group":"mine"}}');
    const { data: accepted } = await socket.packet('AUTH');
    expect(accepted.code).to.equal(200);
    const key = accepted.fcmServerKey || accepted.webpushPublicKey;
    expect(Buffer.from(key, 'base64url')).to.have.length(65);
    expect(accepted.webpushServerKey).to.equal(key);

    const browser = subscription();
    socket.send({ cmd: 'REGISTER_FCM', data: browser });
    socket.send({ cmd: 'REGISTER_WEBPUSH', data: browser });
    socket.send('{"cmd":"PING","data":""}');
    expect(await socket.next(), 'registrations are not answered').to.equal('{"cmd":"PONG","data":""}');
    expect(await routesOf(relay, 'phone')).to.deep.equal(['websocket', 'webpush']);

    const sending = relay.request('/phone.send?text=hi&scheme=app://x');
    const { data: message } = await socket.packet('MESSAGE');
    expect(message.message.extra).to.deep.equal({ scheme: 'app://x' });
    expect(Number(message.mid)).to.be.closeTo(relay.clock.now(), 1000);
    socket.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: message.mid } });
    expect((await sending).json.data.phone).to.equal('ok');

    socket.ws.terminate();
    await relay.request('/phone.send?text=missed&wait=0');
    await relay.clock.tick(3000);
    const again = await relay.socket();
    again.send('{"cmd":"AUTH","data":{"token":"test-token","name":"phone","group":"mine"}}');
    expect((await again.packet()).cmd).to.equal('AUTH');
    expect((await again.packet()).data.message.text).to.equal('missed');
    expect(await routesOf(relay, 'phone'), 'the page does not register again').to.deep.equal(['websocket', 'webpush']);
  });

  it('sends from its own form and sees the reply', async () => {
    const relay = await world();
    const device = await relay.device('phone');
    device.send({
      cmd: 'MESSAGE',
      auth: device.auth,
      data: { sendType: 'personal', target: 'tv', message: { text: 'x', desp: '', extra: {} } },
    });
    expect((await device.packet('MESSAGE_REPLY')).data.status).to.deep.equal({ tv: 'no' });
  });

  it('is told why it was refused', async () => {
    const socket = await (await world()).socket();
    socket.send({ cmd: 'AUTH', data: { token: 'old', name: 'phone', group: '' } });
    expect(await socket.next()).to.equal('{"cmd":"AUTH","data":{"code":403,"msg":"Token invalid"}}');
  });

  it('in a second tab takes the name over', async () => {
    const relay = await world();
    const first = await relay.device('phone');
    const second = await relay.device('phone');
    expect((await first.closed).code).to.equal(4409);
    const sending = relay.request('/phone.send?text=x');
    const { mid } = (await second.packet('MESSAGE')).data;
    second.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
    expect((await sending).json.data.phone).to.equal('ok');
    expect(messages(first)).to.deep.equal([]);
  });
});

describe('the Android client', () => {
  it('of version 3 finds every key it reads, pings the protocol, and acknowledges by number', async () => {
    const relay = await world();
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'android', group: 'phones' } });
    const { data } = await socket.packet('AUTH');
    for (const key of ['fcmProjectId', 'fcmApplicationId', 'fcmApiKey', 'auth'])
      expect(data[key], key).to.be.a('string');

    socket.ws.ping();
    await once(socket.ws, 'pong');
    await relay.clock.tick(20_000);

    const sending = relay.request('/phones.group?text=x&priority=low');
    const { mid } = (await socket.packet('MESSAGE')).data;
    socket.send(`{"cmd":"MESSAGE_CALLBACK","data":{"mid":${mid}}}`);
    expect((await sending).json.data.android).to.equal('ok');

    socket.send({ cmd: 'REGISTER_FCM', data: { token: 'fcm-token' } });
    expect(await socket.next()).to.match(/^\{"cmd":"INFO","data":"FCM is switched off on this server/);
    const answer = await raw(relay, {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cmd: 'REGISTER_FCM', auth: data.auth, data: { token: 'fcm-token' } }),
    });
    expect(answer.status).to.equal(400);
    expect(await routesOf(relay, 'android')).to.deep.equal(['websocket']);
  });

  it('of version 2 needs nothing but AUTH, messages and acknowledgements', async () => {
    const relay = await world();
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'old', group: '' } });
    await socket.packet('AUTH');
    const sending = relay.request('/old.send?text=x');
    const { mid } = (await socket.packet('MESSAGE')).data;
    socket.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
    expect((await sending).json.data.old).to.equal('ok');
  });
});

describe("the README's node client", () => {
  it('authenticates, acknowledges everything, and comes back whenever it is cut off', async () => {
    const relay = await world();
    for (let round = 1; round <= 3; round += 1) {
      const socket = await relay.socket();
      socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'node', group: 'g' } });
      expect((await socket.packet()).data.code).to.equal(200);
      const sending = relay.request(`/node.send?text=${round}`);
      const { message, mid } = (await socket.packet('MESSAGE')).data;
      expect(message.text).to.equal(String(round));
      socket.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
      expect((await sending).json.data.node).to.equal('ok');
      socket.ws.terminate();
    }
    expect(relay.relay.devices()).to.deep.equal(['node']);
  });
});

describe('the service worker', () => {
  for (const [statusNames, shown] of [
    ['2.1', 'webpush-ok-comfirm'],
    ['2.2', 'webpush-ok'],
  ]) {
    it(`confirms a push over HTTP, which is ${shown} in the words of ${statusNames}, and no acknowledgement`, async () => {
      const relay = await world({ config: { statusNames, webpush: { allowPrivateEndpoints: true } } });
      const device = await relay.device('phone');
      device.send({ cmd: 'REGISTER_WEBPUSH', data: subscription() });
      await device.settle();
      const sending = relay.request('/phone.send?text=x');
      const { mid } = (await device.packet('MESSAGE')).data;
      for (const cmd of ['MESSAGE_WEBPUSH_CALLBACK', 'MESSAGE_FCM_CALLBACK']) {
        const { status, text } = await relay.post({ cmd, auth: device.auth, data: { mid } });
        expect([status, text]).to.deep.equal([200, info('ok')]);
      }
      await relay.clock.tick(5000);
      expect((await sending).json.data.phone).to.equal(shown);
      device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
      await device.settle();
      const { json } = await relay.request('/v1/devices/phone/messages');
      expect(json.messages[0].status).to.equal('ok');
    });
  }
});
