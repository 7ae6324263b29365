import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { type TestDevice, TOKEN, type World, world } from '../../world.ts';
import { type FakeGoogle, fakeGoogle, fcmError } from './servers.ts';

let google: FakeGoogle;
beforeEach(async () => {
  google = await fakeGoogle();
});

const start = () =>
  world({
    config: {
      fcm: {
        serviceAccount: google.keyFile,
        endpoint: google.url,
        projectId: 'my-project',
        applicationId: '1:2:android:3',
        apiKey: 'client-key',
      },
    },
  });

const routes = async (relay: World) => (await relay.request('/v1/devices')).json.devices[0].routes;

/** An app that registered its token over its socket, which is closed since. */
async function app(relay: World): Promise<TestDevice> {
  const device = await relay.device('phone');
  device.send({ cmd: 'REGISTER_FCM', data: { token: 'app:1' } });
  await device.settle();
  device.ws.close();
  await device.closed;
  await eventually('the device is offline', async () => !(await relay.request('/v1/devices')).json.devices[0].online);
  return device;
}

async function reaches(relay: World, mid: string, status: string): Promise<void> {
  await eventually(`${mid} is ${status}`, async () => (await relay.request(`/v1/messages/${mid}`)).json.status.phone, {
    until: (found) => found === status,
  });
}

describe('a send to an app', () => {
  it('goes from fcm-wait to ok', async () => {
    const relay = await start();
    const { auth } = await app(relay);
    google.answers.push({ status: 503, body: fcmError('UNAVAILABLE') });
    const reply = relay.request('/phone.send?text=hi&wait=1000');
    await google.arrived(1);
    await relay.clock.tick(1000);
    const { mid, status } = (await reply).json.data;
    expect(status).to.deep.equal({ phone: 'fcm-wait' });
    await eventually('the second attempt', async () => {
      await relay.clock.tick(1000);
      return google.messages.length === 2;
    });
    await reaches(relay, mid, 'fcm-ok');
    expect(google.messages[1]?.message.data).to.include({ cmd: 'MESSAGE' });

    await relay.post({ cmd: 'MESSAGE_FCM_CALLBACK', auth, data: { mid } });
    await reaches(relay, mid, 'fcm-ok-comfirm');
    await relay.post({ cmd: 'MESSAGE_CALLBACK', auth, data: { mid } });
    await reaches(relay, mid, 'ok');
  });

  it('drops the route when the app was removed from the phone', async () => {
    const relay = await start();
    await app(relay);
    google.answers.push({ status: 404, body: fcmError('NOT_FOUND', 'UNREGISTERED') });
    await relay.request('/phone.send?text=hi&wait=0');
    await eventually('the route is dropped', async () => !(await routes(relay)).includes('fcm'));
    expect(await routes(relay)).to.deep.equal(['websocket']);
  });

  it('waits for an app that is connected, and pushes nothing when it acknowledges', async () => {
    const relay = await start();
    const device = await relay.device('phone', { acknowledge: true });
    device.send({ cmd: 'REGISTER_FCM', data: { token: 'app:1' } });
    await device.settle();
    const { json } = await relay.request('/phone.send?text=hi');
    expect(json.data.status).to.deep.equal({ phone: 'ok' });
    await relay.clock.tick(60_000);
    expect(google.messages).to.deep.equal([]);
  });
});

describe('REGISTER_FCM', () => {
  it('is taken over HTTP with auth, and refused with a sentence when the token cannot be one', async () => {
    const relay = await start();
    const { auth } = await relay.device('phone');
    const register = (data: unknown) => relay.post({ cmd: 'REGISTER_FCM', auth, data });
    for (const data of [{}, { token: '' }, { token: {} }, { token: 'a b' }, { token: 'x'.repeat(10_000) }, null]) {
      const { status, json } = await register(data);
      expect([status, json.cmd]).to.deep.equal([400, 'INFO']);
    }
    expect(await routes(relay)).to.deep.equal(['websocket']);
    expect((await register({ token: 'app:1' })).status).to.equal(200);
    expect(await routes(relay)).to.deep.equal(['websocket', 'fcm']);
  });
});

describe('the keys of an app', () => {
  const keys = async (relay: World) => (await relay.post({ cmd: 'AUTH', data: { token: TOKEN, name: 'x' } })).json.data;

  it('are told to devices where FCM runs', async () => {
    expect(await keys(await start())).to.include({
      fcmProjectId: 'my-project',
      fcmApplicationId: '1:2:android:3',
      fcmApiKey: 'client-key',
    });
  });

  it('are empty where it does not, and a registration is refused', async () => {
    const relay = await world({ config: { fcm: { projectId: 'p', applicationId: 'a', apiKey: 'k' } } });
    expect(await keys(relay)).to.include({ fcmProjectId: '', fcmApplicationId: '', fcmApiKey: '' });
    const device = await relay.device('phone');
    device.send({ cmd: 'REGISTER_FCM', data: { token: 'app:1' } });
    expect((await device.packet('INFO')).data).to.match(/^FCM is switched off/);
  });

  it('stop the start when the account is broken', async () => {
    const config = { fcm: { serviceAccount: { ...google.keyFile, private_key: 'x' } } };
    const error = await world({ config }).catch((reason: Error) => reason.message);
    expect(error).to.match(/^fcm\.serviceAccount: .*private_key: expected an RSA key in PEM$/);
  });
});
