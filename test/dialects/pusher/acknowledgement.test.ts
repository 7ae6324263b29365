// client-ack over raw frames: what a device may acknowledge, and how often.
import { expect } from 'chai';
import { deviceChannel } from '../../../server/channel/relay-app.ts';
import { TOKEN, type World, world } from '../../world.ts';
import { type Frame, rawWire, type Wire } from './helpers.ts';

const CHANNEL = deviceChannel('phone');
const ack = (data: unknown, channel = CHANNEL) => ({ event: 'client-ack', channel, data });

/** A socket of the app `relay` that is the device `phone`. */
async function phone(relay: World): Promise<Wire> {
  const ask = async (socket_id: string) => {
    const body = new URLSearchParams({ socket_id, channel_name: CHANNEL, token: TOKEN });
    return (await relay.fetch('/pusher/auth', { method: 'POST', body })).json;
  };
  const one = await rawWire(relay, `/app/${(await ask('1.2')).auth.split(':')[0]}`);
  one.id = JSON.parse((await one.frame()).data).socket_id;
  one.send({ event: 'pusher:subscribe', data: { channel: CHANNEL, ...(await ask(one.id)) } });
  expect((await one.frame()).event).to.equal('pusher_internal:subscription_succeeded');
  return one;
}

const midOf = ({ data }: Frame): string => JSON.parse(data).mid;

describe('client-ack', () => {
  it('of something else than a mid is refused and changes nothing', async () => {
    const relay = await world();
    const one = await phone(relay);
    const sent = relay.request('/phone.send?text=hi');
    const mid = midOf(await one.frame());
    for (const data of [{ mid: Number(mid) }, { mid: '' }, { mid: '-1' }, { mid: [mid] }, {}, [mid], mid, null, 'x']) {
      one.send(ack(data));
      const [error, ...more] = await one.settled();
      expect(error, JSON.stringify(data)).to.deep.equal({
        event: 'pusher:error',
        data: { code: null, message: 'Invalid acknowledgement: expected the mid of a message' },
      });
      expect(more).to.deep.equal([]);
    }
    expect((await relay.request(`/v1/messages/${mid}`)).json.status).to.deep.equal({ phone: 'ready' });
    one.send(ack(JSON.stringify({ mid })));
    expect((await sent).json.data.phone).to.equal('ok');
  });

  it('of a message of others, or of none, changes nothing and is not an error', async () => {
    const relay = await world();
    const one = await phone(relay);
    await relay.device('desk');
    const { mid } = (await relay.request('/desk.send?text=hi&wait=0')).json.data;
    for (const other of [mid, '1', '9999999999999999']) one.send(ack({ mid: other }));
    expect(await one.settled()).to.deep.equal([]);
    one.send(ack({ mid }, deviceChannel('desk')));
    expect((await one.settled()).map(({ event }) => event)).to.deep.equal(['pusher:error']);
    expect((await relay.request(`/v1/messages/${mid}`)).json.status).to.deep.equal({ desk: 'ready' });
  });

  it('takes a backlog of any length as fast as it comes', async () => {
    const relay = await world({ config: { websocket: { window: 1_024 } } });
    const one = await phone(relay);
    const desk = await relay.device('desk');
    const count = 2_200;
    const message = { sendType: 'personal', target: 'phone', wait: 0, message: { text: 'hi' } };
    for (let n = 0; n < count; n += 1) desk.send({ cmd: 'MESSAGE', data: message });
    for (let n = 0; n < count; n += 1) {
      const frame = await one.frame();
      expect(frame.event).to.equal('message');
      one.send(ack({ mid: midOf(frame) }));
    }
    expect(await one.settled()).to.deep.equal([]);
  });

  it('that never stops is refused, and then the socket is closed', async () => {
    const relay = await world();
    const one = await phone(relay);
    const send = (count: number) => {
      for (let n = 0; n < count; n += 1) one.send(ack({ mid: '1' }));
    };
    send(2_001);
    expect((await one.settled()).map(({ data }) => data.message)).to.deep.equal([
      'The rate limit for frames is exceeded',
    ]);
    await relay.clock.tick(1_000);
    send(900);
    expect(await one.settled()).to.deep.equal([]);
    send(300);
    expect((await one.socket.closed).code).to.equal(4100);
  });
});
