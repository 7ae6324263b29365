import { expect } from 'chai';
import { pusherWorld, wire } from '../helpers.ts';

const RATE = 'The rate limit for sending client events exceeded the quota.';

describe('client events', () => {
  it('reach the others of a channel as text, and never the sender', async () => {
    const relay = await pusherWorld({ clientEvents: true });
    const [one, two] = [await wire(relay), await wire(relay)];
    for (const each of [one, two]) await each.join('private-a');
    one.send({ event: 'client-typing', channel: 'private-a', data: { x: 1 }, user_id: 'forged' });
    one.send({ event: 'client-text', channel: 'private-a', data: '{"x":1}' });
    one.send({ event: 'client-null', channel: 'private-a', data: null });
    expect(await one.settled()).to.deep.equal([]);
    expect(await two.text()).to.equal('{"event":"client-typing","channel":"private-a","data":"{\\"x\\":1}"}');
    expect((await two.frame()).data).to.equal('{"x":1}');
    expect((await two.frame()).data).to.equal('null');
  });

  it('carry the sender on presence channels, as the subscription says', async () => {
    const relay = await pusherWorld({ clientEvents: true });
    const [one, two] = [await wire(relay), await wire(relay)];
    await two.join('presence-a', '{"user_id":"2"}');
    await one.join('presence-a', '{"user_id":1}');
    await two.settled();
    one.send({ event: 'client-x', channel: 'presence-a', data: 1, user_id: 'forged' });
    expect(await two.frame()).to.deep.equal({ event: 'client-x', channel: 'presence-a', data: '1', user_id: '1' });
  });

  const refused: [what: string, frame: object, message: RegExp][] = [
    ['no channel', { event: 'client-x', data: 1 }, /must contain channel and data/],
    ['no data', { event: 'client-x', channel: 'private-a' }, /must contain channel and data/],
    ['a channel that is no text', { event: 'client-x', channel: {}, data: 1 }, /must contain/],
    ['a public channel', { event: 'client-x', channel: 'a', data: 1 }, /private and presence/],
    [
      'a channel of others',
      { event: 'client-x', channel: 'private-b', data: 1 },
      /not subscribed to channel private-b/,
    ],
    ['an encrypted channel', { event: 'client-x', channel: 'private-encrypted-a', data: 1 }, /encrypted/],
    ['a name too long', { event: `client-${'x'.repeat(200)}`, channel: 'private-a', data: 1 }, /longer than 200/],
    ['too much data', { event: 'client-x', channel: 'private-a', data: 'é'.repeat(5_121) }, /10240 bytes/],
    ['another prefix', { event: 'xclient-x', channel: 'private-a', data: 1 }, /Unsupported event/],
  ];
  it('are refused with a reason, and the connection stays', async () => {
    const relay = await pusherWorld({ clientEvents: true });
    const [one, two] = [await wire(relay), await wire(relay)];
    for (const each of [one, two]) await each.join('private-a');
    await one.join('private-encrypted-a');
    await one.join('a');
    for (const [what, frame, message] of refused) {
      one.send(frame);
      const [error] = await one.settled();
      expect(error?.data.code, what).to.equal(null);
      expect(error?.data.message, what).to.match(message);
    }
    one.send({ event: 'client-x', channel: 'private-a', data: 'x'.repeat(10_240) });
    expect(await one.settled()).to.deep.equal([]);
    expect(await two.settled()).to.have.length(1);
  });

  it('are off until the app allows them', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    await one.join('private-a');
    one.send({ event: 'client-x', channel: 'private-a', data: 1 });
    expect((await one.frame()).data.message).to.match(/you must enable this feature/);
  });

  it('are events like any other where they are called as the acknowledgement of a device', async () => {
    const relay = await pusherWorld({ clientEvents: true });
    const [one, two] = [await wire(relay), await wire(relay)];
    for (const each of [one, two]) await each.join('private-device-phone');
    one.send({ event: 'client-ack', channel: 'private-device-phone', data: { mid: '1' } });
    expect((await two.frame()).event).to.equal('client-ack');
  });

  it('count as frames when they are refused', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    for (let n = 0; n < 1_300; n += 1) one.send({ event: 'client-x', channel: 'private-a', data: n });
    expect((await one.socket.closed).code).to.equal(4100);
  });

  it('are bound to ten per second', async () => {
    const relay = await pusherWorld({ clientEvents: true });
    const one = await wire(relay);
    await one.join('private-a');
    const send = (count: number) => {
      for (let n = 0; n < count; n += 1) one.send({ event: 'client-x', channel: 'private-a', data: n });
    };
    send(12);
    const limit = { event: 'pusher:error', data: { code: 4301, message: RATE } };
    expect(await one.settled()).to.deep.equal([limit, limit]);
    await relay.clock.tick(500);
    send(5);
    expect(await one.settled()).to.deep.equal([]);
    send(1);
    expect(await one.settled()).to.deep.equal([limit]);
  });
});
