// A Pusher SDK that was a device until somebody removed it.
import { expect } from 'chai';
import type { Backend } from '../../../server/backends/backend.ts';
import { deviceChannel, eventsChannel, groupChannel } from '../../../server/channel/relay-app.ts';
import { TOKEN, type World, world } from '../../world.ts';
import { rawWire, type Wire } from './helpers.ts';

const REMOVED = { code: 4009, reason: 'The device was removed.' };

/** What the endpoint signs for a socket. */
async function signedFor(relay: World, socket: Wire, fields: Record<string, string>, path = '/pusher/auth') {
  const body = new URLSearchParams({ socket_id: socket.id, token: TOKEN, ...fields });
  return (await relay.fetch(path, { method: 'POST', body })).json;
}

/** A socket of the app `relay`. */
async function socketOf(relay: World): Promise<Wire> {
  const { auth } = await signedFor(relay, { id: '1.2' } as Wire, { name: 'x' }, '/pusher/user-auth');
  const one = await rawWire(relay, `/app/${auth.split(':')[0]}`);
  one.id = JSON.parse((await one.frame()).data).socket_id;
  return one;
}

async function join(relay: World, socket: Wire, channel: string, fields: Record<string, string> = {}): Promise<void> {
  const proof = await signedFor(relay, socket, { channel_name: channel, ...fields });
  socket.send({ event: 'pusher:subscribe', data: { channel, ...proof } });
  const { event } = await socket.frame();
  expect(event).to.equal('pusher_internal:subscription_succeeded');
}

describe('DELETE /v1/devices/:name', () => {
  it('closes the sockets of the device for good, and no others', async () => {
    const relay = await world();
    const [phone, second, tablet, idle] = await Promise.all([1, 2, 3, 4].map(() => socketOf(relay)));
    if (phone === undefined || second === undefined || tablet === undefined || idle === undefined) throw new Error();
    for (const one of [phone, second]) await join(relay, one, deviceChannel('phone'));
    await join(relay, tablet, deviceChannel('tablet'));
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    for (const one of [phone, second]) {
      const { code, reason: message } = REMOVED;
      expect(await one.frame()).to.deep.equal({ event: 'pusher:error', data: { code, message } });
      expect(await one.socket.closed).to.deep.equal(REMOVED);
    }
    expect(await tablet.settled()).to.deep.equal([]);
    expect(await idle.settled()).to.deep.equal([]);
    const { devices } = (await relay.request('/v1/devices')).json;
    expect(devices.map(({ name }: { name: string }) => name)).to.deep.equal(['tablet']);
  });

  it('closes a socket that was a member of a group, or signed in, as the device', async () => {
    const relay = await world();
    const [member, user] = [await socketOf(relay), await socketOf(relay)];
    await relay.device('phone', { group: 'all' });
    await join(relay, member, groupChannel('all'), { name: 'phone' });
    const proof = await signedFor(relay, user, { name: 'phone' }, '/pusher/user-auth');
    user.send({ event: 'pusher:signin', data: proof });
    expect((await user.frame()).event).to.equal('pusher:signin_success');
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    for (const one of [member, user]) expect(await one.socket.closed).to.deep.equal(REMOVED);
  });

  it('closes a socket that was the device and another one', async () => {
    const relay = await world();
    const one = await socketOf(relay);
    for (const name of ['phone', 'tablet']) await join(relay, one, deviceChannel(name));
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    expect(await one.socket.closed).to.deep.equal(REMOVED);
  });

  it('closes a socket that has kept its proof for later', async () => {
    const relay = await world();
    const one = await socketOf(relay);
    await signedFor(relay, one, { channel_name: deviceChannel('phone') });
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    expect(await one.socket.closed).to.deep.equal(REMOVED);
  });

  it('lets a new device have the name, which alone gets what is sent to it', async () => {
    const relay = await world();
    const [old, next] = [await socketOf(relay), await socketOf(relay)];
    await join(relay, old, deviceChannel('phone'));
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    await join(relay, next, deviceChannel('phone'));
    await relay.request('/phone.send?text=hi&wait=0');
    expect((await next.frame()).event).to.equal('message');
    await old.socket.closed;
    expect(old.socket.frames.join()).not.to.contain('"hi"');
  });

  it('closes sockets for which another node signed', async () => {
    let secrets: Backend['secrets'] | undefined;
    const relay = await world({
      over(backend) {
        secrets = backend.secrets;
        return {};
      },
    });
    const none = () => {
      throw new Error('the relay has no app');
    };
    const [key = '', secret = ''] = await Promise.all(
      ['relayKey', 'relaySecret'].map(async (name) => secrets?.get(name, none)),
    );
    await relay.device('phone', { group: 'all' });
    const sockets = await Promise.all([1, 2, 3, 4].map(() => socketOf(relay)));
    const [device, events, member, user] = sockets;
    device?.subscribe(deviceChannel('phone'), undefined, key, secret);
    events?.subscribe(eventsChannel('phone'), undefined, key, secret);
    member?.subscribe(groupChannel('all'), '{"user_id":"phone"}', key, secret);
    user?.signin({ id: 'phone' }, key, secret);
    const answers = await Promise.all(sockets.map(async (socket) => (await socket.frame()).event));
    expect(answers).to.deep.equal([
      ...Array(3).fill('pusher_internal:subscription_succeeded'),
      'pusher:signin_success',
    ]);
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    for (const { socket } of sockets) expect(await socket.closed).to.deep.equal(REMOVED);
  });

  it('lets no socket join with a proof that another node may have signed before', async () => {
    const relay = await world({ over: ({ ownership }) => ({ ownership: { ...ownership, isShared: true } }) });
    const [before, after] = [await socketOf(relay), await socketOf(relay)];
    for (const one of [before, after]) await join(relay, one, deviceChannel('tablet'));
    await relay.device('phone');
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    const channel = deviceChannel('phone');
    before.send({
      event: 'pusher:subscribe',
      data: { channel, ...(await signedFor(relay, before, { channel_name: channel })) },
    });
    expect(await before.socket.closed).to.deep.equal({
      code: 4200,
      reason: 'The device has changed since. Please reconnect.',
    });
    const again = await socketOf(relay);
    await join(relay, again, channel);
    await join(relay, after, deviceChannel('desk'));
  });
});
