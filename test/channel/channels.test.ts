import { expect } from 'chai';
import type { Grant } from '../../server/channel/admission.ts';
import { createApp } from '../../server/channel/app.ts';
import { edgeText, event, recorder, setUp } from './fixtures.ts';

describe('channels.subscribe', () => {
  it('lets what is published afterwards reach the subscriber, and nothing from before', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    void channels.publish(app, ['a'], event('early'));
    const grant = channels.subscribe(app, one, 'a');
    void channels.publish(app, ['a'], event('late', '1'));
    expect(grant).to.include({ ok: true, channel: 'a', firstOfChannel: true, firstOfUser: false, cached: undefined });
    expect(one.take()).to.deep.equal(['a late 1']);
  });

  it('greets the joiner before anything else of the channel reaches it', () => {
    const { app, channels } = setUp({ subscriptionCount: true });
    const one = recorder('1.1');
    const order: string[] = [];
    channels.onEdge((edge) => order.push(edge.type));
    channels.subscribe(app, one, 'a', {
      greet: (grant) => order.push(`greet ${grant.firstOfChannel} after ${one.events.length} events`),
    });
    expect(order).to.deep.equal(['greet true after 0 events', 'occupied']);
    expect(one.take()).to.deep.equal(['a subscription_count {"subscription_count":1}']);
  });

  it('tells of the new channel before the first count, and of both before what the greeting leaves for afterwards', () => {
    const { app, channels } = setUp({ subscriptionCount: true });
    const order: string[] = [];
    channels.onEdge((edge) => order.push(edge.type));
    channels.onCount((_app, channel, count) => order.push(`${channel} ${count}`));
    channels.subscribe(app, recorder('1.1'), 'a', {
      greet: () => channels.afterPendingEdges(() => order.push('afterwards')),
    });
    channels.afterPendingEdges(() => order.push('at once'));
    expect(order).to.deep.equal(['occupied', 'a 1', 'afterwards', 'at once']);
  });

  it('knows the first subscriber of a channel', () => {
    const { app, channels } = setUp();
    channels.subscribe(app, recorder('1.1'), 'a');
    expect(channels.subscribe(app, recorder('1.2'), 'a')).to.include({ firstOfChannel: false });
  });

  it('keeps apps apart', () => {
    const { app, apps, channels } = setUp();
    const other = createApp({ id: 'b', keys: [] });
    apps.add(other);
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    void channels.publish(other, ['a'], event('e'));
    expect(one.events).to.deep.equal([]);
    expect(channels.occupied(other)).to.deep.equal([]);
  });

  it('takes __proto__ for a name like any other', () => {
    const { app, channels } = setUp({ id: '__proto__' });
    const one = recorder('__proto__');
    void channels.publish(app, ['__proto__'], event('early'));
    channels.subscribe(app, one, '__proto__');
    void channels.publish(app, ['__proto__'], event('e'));
    channels.subscribe(app, one, 'presence-__proto__', { member: { id: '__proto__' } });
    expect(one.take()).to.deep.equal(['__proto__ e ']);
    expect(channels.userCount(app, 'presence-__proto__')).to.equal(1);
  });

  describe('refusals', () => {
    const limits = { channelNameLen: 20, subscriptions: 3, presenceMembers: 2, userIdLen: 5, presenceMemberBytes: 50 };
    const one = recorder('1.1');
    const presence = 'presence-a';
    const cases: [what: string, channel: string, member: unknown, reason: string][] = [
      ['a name with a space', 'a b', undefined, 'name_invalid'],
      ['a name too long', 'x'.repeat(21), undefined, 'name_too_long'],
      ['a second subscription', 'mine', undefined, 'exists'],
      ['presence without a member', presence, undefined, 'member_missing'],
      ['presence with an empty id', presence, { id: '' }, 'member_invalid'],
      ['presence with a long id', presence, { id: '123456' }, 'user_id_too_long'],
      ['presence with much info', presence, { id: '1', info: 'x'.repeat(50) }, 'member_too_large'],
      ['a full channel', presence, { id: '3' }, 'channel_full'],
    ];
    for (const [what, channel, member, reason] of cases) {
      it(`answers ${reason} for ${what} and changes nothing`, () => {
        const { app, channels, edges } = setUp({ limits });
        channels.subscribe(app, one, 'mine');
        for (const id of [1, 2]) channels.subscribe(app, recorder(`2.${id}`), presence, { member: { id } });
        const before = [...edges];
        const greet = () => expect.fail('greeted');
        expect(channels.subscribe(app, one, channel, { member: member as never, greet })).to.deep.equal({
          ok: false,
          reason,
        });
        expect(edges).to.deep.equal(before);
        expect(channels.occupied(app)).to.deep.equal(['mine', presence]);
        expect(channels.userCount(app, presence)).to.equal(2);
      });
    }

    it('answers too_many_subscriptions beyond the bound, until one is given up', () => {
      const { app, channels } = setUp({ limits });
      const mine = recorder('1.1');
      for (const name of ['a', 'b', 'c']) channels.subscribe(app, mine, name);
      expect(channels.subscribe(app, mine, 'd')).to.deep.equal({ ok: false, reason: 'too_many_subscriptions' });
      channels.unsubscribe(app, mine, 'a');
      expect(channels.subscribe(app, mine, 'd')).to.include({ ok: true });
    });

    it('answers disconnected for a connection that has left', () => {
      const { app, channels } = setUp();
      const mine = recorder('1.1');
      channels.disconnect(mine);
      expect(channels.subscribe(app, mine, 'a')).to.deep.equal({ ok: false, reason: 'disconnected' });
      expect(channels.occupied(app)).to.deep.equal([]);
    });
  });
});

describe('channels.unsubscribe', () => {
  it('ends only the events of that channel', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    channels.subscribe(app, one, 'b');
    expect(channels.unsubscribe(app, one, 'a')).to.deep.equal({ ok: true });
    void channels.publish(app, ['a', 'b'], event('e'));
    expect(one.take()).to.deep.equal(['b e ']);
  });

  it('answers not_subscribed for a channel that the connection is not on', () => {
    const { app, channels, edges } = setUp();
    channels.subscribe(app, recorder('1.1'), 'a');
    for (const name of ['a', 'b', '__proto__'])
      expect(channels.unsubscribe(app, recorder('1.2'), name)).to.deep.equal({ ok: false, reason: 'not_subscribed' });
    expect(edges).to.deep.equal(['occupied a']);
  });

  it('stops an event that is just being delivered', () => {
    const { app, channels } = setUp();
    const last = recorder('1.2');
    const first = { ...recorder('1.1'), deliver: () => void channels.unsubscribe(app, last, 'a') };
    channels.subscribe(app, first, 'a');
    channels.subscribe(app, last, 'a');
    void channels.publish(app, ['a'], event('e'));
    expect(last.events).to.deep.equal([]);
  });
});

describe('channels.disconnect', () => {
  it('leaves everything, once', () => {
    const { app, channels, edges } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    channels.subscribe(app, one, 'presence-b', { member: { id: '1' } });
    edges.length = 0;
    channels.disconnect(one);
    channels.disconnect(one);
    void channels.publish(app, ['a', 'presence-b'], event('e'));
    expect(edges).to.deep.equal(['vacated a', 'member_removed presence-b 1', 'vacated presence-b']);
    expect(one.events).to.deep.equal([]);
    expect(channels.occupied(app)).to.deep.equal([]);
  });
});

describe('presence channels', () => {
  it('tell the others of a user, and the new member of all', () => {
    const { app, channels } = setUp();
    const [one, two] = [recorder('1.1'), recorder('1.2')];
    channels.subscribe(app, one, 'presence-a', { member: { id: 1, info: { name: 'A' } } });
    let members: unknown;
    const greet = (grant: Grant) => {
      members = [...(grant.members ?? [])].map(([userId, { id, info }]) => [userId, id, info]);
    };
    channels.subscribe(app, two, 'presence-a', { member: { id: '2' }, greet });
    expect(members).to.deep.equal([
      ['1', 1, { name: 'A' }],
      ['2', '2', undefined],
    ]);
    expect(two.events).to.deep.equal([]);
    channels.disconnect(two);
    expect(one.take()).to.deep.equal([
      'presence-a member_added {"user_id":"2"}',
      'presence-a member_removed {"user_id":"2"}',
    ]);
    expect(one.events[0]).to.include({ type: 'member_added', userId: '2' });
  });

  it('send id and info as the user gave them', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    const two = recorder('1.2');
    channels.subscribe(app, one, 'presence-a', { member: { id: '1' } });
    channels.subscribe(app, two, 'presence-a', { member: { id: 2, info: { name: 'B' } } });
    channels.unsubscribe(app, two, 'presence-a');
    expect(one.take()).to.deep.equal([
      'presence-a member_added {"user_id":2,"user_info":{"name":"B"}}',
      'presence-a member_removed {"user_id":2}',
    ]);
  });

  it('count a user once, whatever the number of connections and the type of the id', () => {
    const { app, channels, edges } = setUp();
    const [witness, first, second] = [recorder('1.1'), recorder('1.2'), recorder('1.3')];
    channels.subscribe(app, witness, 'presence-a', { member: { id: 'w' } });
    edges.length = 0;
    channels.subscribe(app, first, 'presence-a', { member: { id: 10, info: 'first' } });
    const again = channels.subscribe(app, second, 'presence-a', { member: { id: '10', info: 'second' } });
    expect(again).to.include({ firstOfUser: false });
    expect(channels.userCount(app, 'presence-a')).to.equal(2);
    expect(channels.subscriptionCount(app, 'presence-a')).to.equal(3);
    expect(channels.members(app, 'presence-a').get('10')).to.include({ id: 10, info: 'first' });
    channels.disconnect(first);
    expect(edges).to.deep.equal(['member_added presence-a 10']);
    channels.disconnect(second);
    expect(edges).to.deep.equal(['member_added presence-a 10', 'member_removed presence-a 10']);
    expect(witness.take()).to.have.length(2);
  });

  it('let a further connection of a member in when they are full', () => {
    const { app, channels } = setUp({ limits: { presenceMembers: 1 } });
    channels.subscribe(app, recorder('1.1'), 'presence-a', { member: { id: 1 } });
    const join = (id: string) => channels.subscribe(app, recorder('1.2'), 'presence-a', { member: { id } });
    expect(join('1')).to.include({ ok: true });
    expect(join('2')).to.deep.equal({ ok: false, reason: 'channel_full' });
  });

  it('ignore a member on other channels', () => {
    const { app, channels, edges } = setUp();
    const grant = channels.subscribe(app, recorder('1.1'), 'private-a', { member: { id: '1' } });
    expect(grant).to.include({ members: undefined, firstOfUser: false });
    expect(edges).to.deep.equal(['occupied private-a']);
  });
});

describe('edges', () => {
  it('come once per change, in order', () => {
    const { app, channels, edges } = setUp();
    const [one, two] = [recorder('1.1'), recorder('1.2')];
    channels.subscribe(app, one, 'presence-a', { member: { id: 1 } });
    channels.subscribe(app, two, 'presence-a', { member: { id: 2 } });
    channels.unsubscribe(app, one, 'presence-a');
    channels.disconnect(two);
    channels.subscribe(app, one, 'presence-a', { member: { id: 1 } });
    expect(edges.map((edge) => edge.replace(' presence-a', ''))).to.deep.equal([
      'occupied',
      'member_added 1',
      'member_added 2',
      'member_removed 1',
      'member_removed 2',
      'vacated',
      'occupied',
      'member_added 1',
    ]);
  });

  it('do not come for user channels', () => {
    const { app, channels, edges } = setUp({ subscriptionCount: true });
    const one = recorder('1.1');
    channels.subscribe(app, one, '#server-to-user-1');
    void channels.publish(app, ['#server-to-user-1'], event('e'));
    expect(one.take()).to.deep.equal(['#server-to-user-1 e ']);
    channels.disconnect(one);
    expect(edges).to.deep.equal([]);
  });

  it('reach every listener though one throws, and the caller gets the error after the change', () => {
    const { app, channels } = setUp();
    channels.onEdge(() => {
      throw new Error('a bug');
    });
    const heard: string[] = [];
    channels.onEdge((edge) => heard.push(edgeText(edge)));
    const one = recorder('1.1');
    expect(() => channels.subscribe(app, one, 'a')).to.throw('a bug');
    expect(channels.occupied(app)).to.deep.equal(['a']);
    expect(() => channels.disconnect(one)).to.throw('a bug');
    expect(heard).to.deep.equal(['occupied a', 'vacated a']);
  });

  it('come all together with the errors of several listeners', () => {
    const { app, channels, edges } = setUp();
    for (const text of ['one', 'two'])
      channels.onEdge(() => {
        throw new Error(text);
      });
    expect(() => channels.subscribe(app, recorder('1.1'), 'a')).to.throw(AggregateError);
    expect(edges).to.deep.equal(['occupied a']);
  });

  it('come though the greeting throws', () => {
    const { app, channels, edges } = setUp();
    const greet = () => {
      throw new Error('a bug');
    };
    expect(() => channels.subscribe(app, recorder('1.1'), 'a', { greet })).to.throw('a bug');
    expect(edges).to.deep.equal(['occupied a']);
  });

  it('keep their order for all listeners when one of them makes further changes', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    channels.onEdge((edge) => {
      if (edge.type === 'occupied') channels.disconnect(one);
    });
    const heard: string[] = [];
    channels.onEdge((edge) => heard.push(edgeText(edge)));
    channels.subscribe(app, one, 'presence-a', { member: { id: 1 } });
    expect(heard).to.deep.equal([
      'occupied presence-a',
      'member_added presence-a 1',
      'member_removed presence-a 1',
      'vacated presence-a',
    ]);
  });

  it('keep their order when the greeting ends the connection', () => {
    const { app, channels, edges } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a', { greet: () => channels.disconnect(one) });
    expect(edges).to.deep.equal(['occupied a', 'vacated a']);
    expect(channels.subscriptionCount(app, 'a')).to.equal(0);
  });

  it('no longer reach a listener after it left', () => {
    const { app, channels } = setUp();
    const heard: string[] = [];
    const stop = channels.onEdge((edge) => heard.push(edgeText(edge)));
    stop();
    channels.subscribe(app, recorder('1.1'), 'a');
    expect(heard).to.deep.equal([]);
  });
});

describe('queries', () => {
  it('list occupied channels by prefix, without user channels', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    for (const name of ['a', 'private-a', 'private-b', '#server-to-user-1']) channels.subscribe(app, one, name);
    expect(channels.occupied(app)).to.deep.equal(['a', 'private-a', 'private-b']);
    expect(channels.occupied(app, 'private-')).to.deep.equal(['private-a', 'private-b']);
    expect(channels.occupied(app, '__proto__')).to.deep.equal([]);
  });

  it('count the channels with subscribers', () => {
    const { app, channels } = setUp();
    const other = createApp({ id: 'b', keys: [] });
    const [one, two] = [recorder('1.1'), recorder('1.2')];
    expect(channels.channelCount(app)).to.equal(0);
    for (const name of ['a', 'private-a', '#server-to-user-1']) channels.subscribe(app, one, name);
    for (const name of ['a', 'a', 'b']) channels.subscribe(app, two, name);
    expect(channels.channelCount(app)).to.equal(4);
    channels.unsubscribe(app, two, 'a');
    channels.unsubscribe(app, one, 'private-a');
    expect(channels.channelCount(app)).to.equal(3);
    channels.disconnect(one);
    expect(channels.channelCount(app)).to.equal(1);
    channels.disconnect(two);
    expect([channels.channelCount(app), channels.channelCount(other)]).to.deep.equal([0, 0]);
  });

  it('count 0 and have no members when no one is there', () => {
    const { app, channels } = setUp();
    for (const name of ['a', 'presence-a', '__proto__']) {
      expect(channels.subscriptionCount(app, name)).to.equal(0);
      expect(channels.userCount(app, name)).to.equal(0);
      expect(channels.members(app, name).size).to.equal(0);
    }
  });

  it('tell a connection who it is on a channel', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    channels.subscribe(app, one, 'presence-a', { member: { id: 10 } });
    expect(channels.subscription(app, one, 'a')).to.deep.equal({ userId: undefined });
    expect(channels.subscription(app, one, 'presence-a')).to.deep.equal({ userId: '10' });
    expect(channels.subscription(app, one, 'b')).to.equal(undefined);
    expect(channels.subscription(app, recorder('1.2'), 'a')).to.equal(undefined);
  });
});
