// What follows in each dialect when a peer says goodbye and keeps its TCP connection open.
import { expect } from 'chai';
import { hmacHex } from '../../server/base/hmac.ts';
import { channelText } from '../../server/dialects/pusher/signature.ts';
import { type Receiver, receiver } from '../app-webhooks/receiver.ts';
import { CLOSE_ANSWER, CLOSE_FRAME, clientFrame, handshake, type RawClient, rawClient } from '../socket/raw-client.ts';
import { TOKEN, type World, world } from '../world.ts';
import { call, gusherRelay, push, register } from './gusher/relay.ts';
import { call as callCluster, jwt, relay1_13, relay2016 } from './gusher-cluster/relay.ts';
import { startHook } from './hook.ts';
import { KEY, pusherWorld, SECRET, serverOf, wire } from './pusher/helpers.ts';

/** A socket whose client keeps its side of the connection open. */
async function stubborn(relay: World, path: string): Promise<RawClient> {
  const client = await rawClient(relay.relay.ports.websocket, handshake(path), true);
  await client.until(/\r\n\r\n/);
  return client;
}

function say(client: RawClient, packet: unknown): void {
  client.socket.write(clientFrame(JSON.stringify(packet)));
}

/** Says goodbye; what the relay does about it is done when this returns. */
async function goodbye(client: RawClient): Promise<void> {
  client.socket.write(CLOSE_FRAME);
  await client.until(CLOSE_ANSWER);
  expect(client.socket.writable).to.equal(true);
}

async function joined(client: RawClient, channel: string, data?: string): Promise<void> {
  const id = /socket_id\\":\\"(\d+\.\d+)/.exec(await client.until(/activity_timeout/))?.[1] ?? '';
  const auth = `${KEY}:${hmacHex(SECRET, channelText(id, channel, data))}`;
  say(client, { event: 'pusher:subscribe', data: { auth, channel, channel_data: data } });
  await client.until(/subscription_succeeded/);
}

async function reported(hooks: Receiver, count: number): Promise<string[]> {
  const names: string[] = [];
  while (names.length < count) names.push(...(await hooks.next()).events.map(({ name }) => name as string));
  return names;
}

describe('a Close frame', () => {
  it('takes a member of pusher out of its channel, with all that follows', async () => {
    const hooks = await receiver();
    const events = ['channel_vacated', 'member_removed'];
    const relay = await pusherWorld({ webhooks: [{ url: hooks.url, events, batch: false }] });
    const other = await wire(relay);
    await other.join('presence-a', '{"user_id":"1"}');
    const client = await stubborn(relay, `/app/${KEY}?protocol=7`);
    await joined(client, 'presence-a', '{"user_id":"2"}');
    await other.frame();

    await goodbye(client);
    expect(await other.frame()).to.deep.equal({
      event: 'pusher_internal:member_removed',
      channel: 'presence-a',
      data: '{"user_id":"2"}',
    });
    const { connections } = (await (await serverOf(relay).get({ path: '/connections' })).json()) as never;
    expect(connections).to.equal(1);
    await relay.clock.tick(3_000);
    expect(await reported(hooks, 1)).to.deep.equal(['member_removed']);
  });

  it('vacates a channel of pusher and lowers its count', async () => {
    const hooks = await receiver();
    const relay = await pusherWorld({
      subscriptionCount: true,
      webhooks: [{ url: hooks.url, events: ['channel_vacated'], batch: false }],
    });
    const client = await stubborn(relay, `/app/${KEY}?protocol=7`);
    await joined(client, 'private-a');
    const other = await wire(relay);
    await other.join('private-a');
    await other.frame();
    await goodbye(client);
    expect(await other.text()).to.contain('\\"subscription_count\\":1');
    other.send({ event: 'pusher:unsubscribe', data: { channel: 'private-a' } });
    await other.settled();
    await relay.clock.tick(3_000);
    expect(await reported(hooks, 1)).to.deep.equal(['channel_vacated']);
  });

  it('takes a device of mpush offline, and frees its name', async () => {
    const relay = await world();
    const client = await stubborn(relay, '/');
    say(client, { cmd: 'AUTH', data: { token: TOKEN, name: 'phone', group: '' } });
    await client.until(/"cmd":"AUTH"/);
    const isOnline = async () => (await relay.request('/v1/devices')).json.devices[0].online as boolean;
    expect(await isOnline()).to.equal(true);
    await goodbye(client);
    expect(await isOnline()).to.equal(false);
    const next = await relay.device('phone');
    await next.settle();
    expect(await isOnline()).to.equal(true);
  });

  it('handles the packets of mpush that came before it', async () => {
    const relay = await world();
    const phone = await relay.device('phone');
    const client = await stubborn(relay, '/');
    const packets = [
      { cmd: 'AUTH', data: { token: TOKEN, name: 'sender', group: '' } },
      {
        cmd: 'MESSAGE',
        data: { target: 'phone', sendType: 'personal', message: { text: 'bye', desp: '', extra: {} } },
      },
    ];
    const frames = packets.map((packet) => clientFrame(JSON.stringify(packet)));
    client.socket.write(Buffer.concat([...frames, CLOSE_FRAME]));
    expect((await phone.packet('MESSAGE')).data.message.text).to.equal('bye');
  });

  it('takes a socket of gusher out of its tags', async () => {
    const relay = await world(gusherRelay());
    await register(relay, 'app');
    const client = await stubborn(relay, '/ws/app/A');
    expect((await push(relay, 'app', 'x')).sent).to.equal(1);
    await goodbye(client);
    expect((await push(relay, 'app', 'x')).sent).to.equal(0);
    expect((await call(relay, 'GET /api/app/listonlineuser')).json.total).to.equal(0);
  });

  it('takes a socket of gusher.cluster out of its channels at level 2016', async () => {
    const hook = await startHook((_body, response) => response.end('{"user_id":"U1","channels":["AA"]}'));
    const relay = await world(relay2016({ TEST: hook.url }));
    const client = await stubborn(relay, '/ws/TEST?auth=x');
    say(client, { event: 'gusher.subscribe', data: { channel: 'AA', id: '1' } });
    await client.until(/gusher\.subscribe_succeeded/);
    const connections = async () => {
      const infos: Record<string, { connections: number }> = (await callCluster(relay, 'GET /api/system/slaveinfos'))
        .json;
      return Object.values(infos).map((node) => node.connections);
    };
    expect(await connections()).to.deep.equal([1]);
    await goodbye(client);
    expect(await connections()).to.deep.equal([0]);
  });

  it('takes a socket of gusher.cluster out of its channels at level 1.13', async () => {
    const relay = await world(relay1_13());
    const { json } = await callCluster(relay, 'POST /auth', { jwt: await jwt({}) });
    const client = await stubborn(relay, `/ws/TEST?token=${json.token}`);
    say(client, { event: 'gusher.subscribe', data: { channel: 'AA' } });
    await client.until(/gusher\.subscribe_succeeded/);
    const heard = async () => (await callCluster(relay, 'GET /api/TEST/channels')).json;
    expect(await heard()).to.deep.equal(['AA']);
    await goodbye(client);
    expect(await heard()).to.deep.equal([]);
    expect((await callCluster(relay, 'GET /api/TEST/online')).json).to.deep.equal([]);
  });
});
