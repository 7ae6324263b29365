import { expect } from 'chai';
import { onCleanup } from '../../../support/cleanup.ts';
import { TOKEN, type World, world } from '../../../world.ts';
import { type Bindable, clientOptions, heard, joined, type PusherClient, PusherJs } from '../helpers.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** The key of the app `relay`, as an SDK has to know it. */
async function relayKey(relay: World): Promise<string> {
  const { json } = await relay.fetch('/pusher/auth', {
    method: 'POST',
    headers: { ...FORM, authorization: TOKEN },
    body: 'socket_id=1.2&channel_name=private-device-key',
  });
  return json.auth.split(':')[0];
}

/** A phone app: the official library, given the token as its tutorial says. */
async function phone(relay: World, params: Record<string, string>, key: string): Promise<PusherClient> {
  const pusher = new PusherJs(key, {
    ...clientOptions(relay),
    channelAuthorization: { endpoint: relay.url('/pusher/auth'), transport: 'ajax', params },
    userAuthentication: { endpoint: relay.url('/pusher/user-auth'), transport: 'ajax', params },
  });
  onCleanup(() => pusher.disconnect());
  await heard(pusher.connection as Bindable, 'connected');
  return pusher;
}

describe('a Pusher SDK as a device', () => {
  it('gets messages on its channel and acknowledges them', async () => {
    const relay = await world();
    const pusher = await phone(relay, { token: TOKEN, group: 'phones' }, await relayKey(relay));
    const channel = await joined(pusher, 'private-device-phone');
    const message = heard(channel, 'message');
    const sent = relay.request('/phone.send?text=hi');
    const { mid, ...rest } = await message;
    expect(rest).to.deep.include({ target: 'phone', message: { text: 'hi', desp: '', extra: {} } });
    channel.trigger('client-ack', { mid });
    expect((await sent).json.data.phone).to.equal('ok');
    expect((await relay.request('/v1/devices')).json.devices.at(-1)).to.deep.include({
      name: 'phone',
      groups: ['phones'],
      routes: ['websocket'],
      online: true,
      queued: 0,
    });
  });

  it('gets a message to its group on its own channel', async () => {
    const relay = await world();
    const pusher = await phone(relay, { token: TOKEN, group: 'all' }, await relayKey(relay));
    const other = await relay.device('desk', { group: 'all', acknowledge: true });
    const channel = await joined(pusher, 'private-device-phone');
    const message = heard(channel, 'message');
    await relay.request('/all.group?text=hi&wait=0');
    expect(await message).to.deep.include({ sendType: 'group', target: 'all' });
    expect((await other.packet('MESSAGE')).data.target).to.equal('all');
  });

  it('gets its backlog when it connects, and again what it did not acknowledge', async () => {
    const relay = await world();
    const key = await relayKey(relay);
    const first = await phone(relay, { token: TOKEN }, key);
    await joined(first, 'private-device-phone');
    first.disconnect();
    await relay.request('/phone.send?text=late&wait=0');
    const second = await phone(relay, { token: TOKEN }, key);
    const channel = second.subscribe('private-device-phone');
    expect((await heard(channel, 'message')).message.text).to.equal('late');
    const again = heard(channel, 'message');
    await relay.clock.tick(3_000);
    expect((await again).message.text).to.equal('late');
  });

  it('gets its backlog on a further socket as well', async () => {
    const relay = await world();
    const key = await relayKey(relay);
    const first = await phone(relay, { token: TOKEN }, key);
    const message = heard(await joined(first, 'private-device-phone'), 'message');
    await relay.request('/phone.send?text=hi&wait=0');
    await message;
    const second = await phone(relay, { token: TOKEN }, key);
    expect((await heard(second.subscribe('private-device-phone'), 'message')).message.text).to.equal('hi');
  });

  it('is seen in its group beside devices of the other protocol', async () => {
    const relay = await world();
    const key = await relayKey(relay);
    await relay.device('desk', { group: 'all' });
    const pusher = await phone(relay, { token: TOKEN, name: 'phone', group: 'all' }, key);
    await joined(pusher, 'private-device-phone');
    const group = pusher.subscribe('presence-group-all');
    const members = await heard(group, 'pusher:subscription_succeeded');
    expect(Object.keys(members.members)).to.deep.equal(['desk', 'phone']);
  });

  it('stays away once it was removed', async () => {
    const relay = await world();
    const pusher = await phone(relay, { token: TOKEN }, await relayKey(relay));
    await joined(pusher, 'private-device-phone');
    const gone = heard(pusher.connection as Bindable, 'disconnected');
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    await gone;
    expect(pusher.connection.state).to.equal('disconnected');
  });

  it('cannot acknowledge for another device, nor send events of other names', async () => {
    const relay = await world();
    const key = await relayKey(relay);
    const pusher = await phone(relay, { token: TOKEN }, key);
    const channel = await joined(pusher, 'private-device-phone');
    await relay.device('desk');
    const { json } = await relay.request('/desk.send?text=hi&wait=0');
    const error = heard(pusher.connection, 'error');
    pusher.send_event('client-ack', { mid: json.data.mid }, 'private-device-desk');
    await error;
    const second = heard(pusher.connection, 'error');
    channel.trigger('client-ack', { mid: json.data.mid });
    channel.trigger('client-other', {});
    await second;
    expect((await relay.request(`/v1/messages/${json.data.mid}`)).json.status).to.deep.equal({ desk: 'ready' });
  });
});
