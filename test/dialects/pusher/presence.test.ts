import { expect } from 'chai';
import { leave, pusherWorld, wire } from './helpers.ts';

const member = (id: unknown, info?: unknown) => JSON.stringify({ user_id: id, user_info: info });
const CHANNEL = 'presence-a';

describe('presence channels', () => {
  it('tell the new member of all members, and the others of the new one, in literal frames', async () => {
    const relay = await pusherWorld();
    const [one, two] = [await wire(relay), await wire(relay)];
    await one.join(CHANNEL, member('1', { name: 'A' }));
    two.subscribe(CHANNEL, member('2'));
    expect(await two.text()).to.equal(
      `{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":${JSON.stringify(
        '{"presence":{"ids":["1","2"],"hash":{"1":{"name":"A"},"2":{}},"count":2}}',
      )}}`,
    );
    expect(await one.text()).to.equal(
      `{"event":"pusher_internal:member_added","channel":"presence-a","data":${JSON.stringify('{"user_id":"2"}')}}`,
    );
    await leave(relay, two);
    expect(await one.settled()).to.deep.equal([
      { event: 'pusher_internal:member_removed', channel: CHANNEL, data: '{"user_id":"2"}' },
    ]);
  });

  it('count a user with several connections once, with the info of the first', async () => {
    const relay = await pusherWorld();
    const [one, two, three] = [await wire(relay), await wire(relay), await wire(relay)];
    await one.join(CHANNEL, member('1'));
    await two.join(CHANNEL, member(10, 'first'));
    const joined = await three.join(CHANNEL, member('10', 'second'));
    expect(JSON.parse(joined.data).presence).to.deep.include({ count: 2, hash: { '1': {}, '10': 'first' } });
    await leave(relay, two);
    expect(await one.settled()).to.have.length(1);
    await leave(relay, three);
    expect((await one.settled()).map(({ data }) => data)).to.deep.equal(['{"user_id":10}']);
  });

  it('let a second connection of a member in when they are full', async () => {
    const relay = await pusherWorld({ limits: { presenceMembers: 1 } });
    const [one, tab, other] = [await wire(relay), await wire(relay), await wire(relay)];
    await one.join(CHANNEL, member('1'));
    await tab.join(CHANNEL, member('1'));
    other.subscribe(CHANNEL, member('2'));
    const [, refusal] = await other.settled();
    expect(JSON.parse(refusal?.data)).to.include({ type: 'LimitReached', status: 4100 });
  });

  it('bound a member to 1,024 bytes and refuse invalid ones', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    const room = 1024 - Buffer.byteLength(member('1', ''));
    await one.join('presence-fits', member('1', 'x'.repeat(room)));
    const refused = [
      member('1', 'x'.repeat(room + 1)),
      member('x'.repeat(129)),
      member(''),
      member(null),
      member({ id: 1 }),
      member(1.5),
      '"text"',
      '[]',
      'no json',
      '{"__proto__":{"user_id":"1"}}',
    ];
    for (const data of refused) {
      one.subscribe(CHANNEL, data);
      expect(
        (await one.settled()).map(({ event }) => event),
        data,
      ).to.deep.equal(['pusher:error', 'pusher:subscription_error']);
    }
  });

  it('use the user who signed in when no member is sent', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.signin({ id: 'ann', user_info: { name: 'Ann' } });
    await one.frame();
    expect(JSON.parse((await one.join(CHANNEL)).data).presence.hash).to.deep.equal({ ann: { name: 'Ann' } });
    expect(JSON.parse((await one.join('presence-b', member('other'))).data).presence.ids).to.deep.equal(['other']);
  });

  it('can have a user called __proto__', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    const { data } = await one.join(CHANNEL, member('__proto__', { a: 1 }));
    expect(data).to.equal('{"presence":{"ids":["__proto__"],"hash":{"__proto__":{"a":1}},"count":1}}');
  });

  it('tell an id as it was given, and count it as its text', async () => {
    const relay = await pusherWorld();
    const [one, two] = [await wire(relay), await wire(relay)];
    await one.join('presence-a', '{"user_id":7}');
    expect((await two.join('presence-a', '{"user_id":"7"}')).data).to.equal(
      '{"presence":{"ids":[7],"hash":{"7":{}},"count":1}}',
    );
    expect(await one.settled()).to.deep.equal([]);
  });

  it('send nothing more to a connection that has left', async () => {
    const relay = await pusherWorld();
    const [one, two] = [await wire(relay), await wire(relay)];
    await one.join(CHANNEL, member('1'));
    one.send({ event: 'pusher:unsubscribe', data: { channel: CHANNEL } });
    expect(await one.settled()).to.deep.equal([]);
    await two.join(CHANNEL, member('2'));
    expect(await one.settled()).to.deep.equal([]);
  });
});
