import { expect } from 'chai';
import { recorder, setUp } from './fixtures.ts';

describe('subscription_count', () => {
  const count = (channel: string, n: number) => `${channel} subscription_count {"subscription_count":${n}}`;

  it('goes to all subscribers with each change, when the app wants it', () => {
    const { app, channels } = setUp({ subscriptionCount: true });
    const [one, two] = [recorder('1.1'), recorder('1.2')];
    channels.subscribe(app, one, 'a');
    channels.subscribe(app, two, 'a');
    channels.unsubscribe(app, two, 'a');
    expect(one.take()).to.deep.equal([count('a', 1), count('a', 2), count('a', 1)]);
    expect(two.take()).to.deep.equal([count('a', 2)]);
  });

  it('is told to listeners as it is to subscribers, and so never as 0', () => {
    const { app, channels } = setUp({ subscriptionCount: true });
    const counts: unknown[] = [];
    const stop = channels.onCount(({ id }, channel, n) => counts.push([id, channel, n]));
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    channels.unsubscribe(app, one, 'a');
    stop();
    channels.subscribe(app, one, 'a');
    expect(counts).to.deep.equal([['a', 'a', 1]]);
  });

  it('goes to no subscriber of an encrypted channel, only to listeners', () => {
    const { app, channels } = setUp({ subscriptionCount: true });
    const counts: unknown[] = [];
    channels.onCount((_app, channel, n) => counts.push([channel, n]));
    const [one, two] = [recorder('1.1'), recorder('1.2')];
    for (const channel of ['private-encrypted-a', 'private-encrypted-cache-a']) {
      channels.subscribe(app, one, channel);
      channels.subscribe(app, two, channel);
      channels.unsubscribe(app, two, channel);
    }
    expect([one.take(), two.take()]).to.deep.equal([[], []]);
    expect(counts).to.deep.equal(
      ['private-encrypted-a', 'private-encrypted-cache-a'].flatMap((channel) => [1, 2, 1].map((n) => [channel, n])),
    );
  });

  it('begins and ends with an app that has changed its mind', () => {
    const { app, channels } = setUp();
    const [one, two, three] = [recorder('1.1'), recorder('1.2'), recorder('1.3')];
    channels.subscribe(app, one, 'a');
    channels.subscribe({ ...app, subscriptionCount: true }, two, 'a');
    expect(one.take()).to.deep.equal([count('a', 2)]);
    channels.subscribe(app, three, 'a');
    expect(one.take()).to.deep.equal([]);
  });

  it('is never sent when the app does not want it, nor on presence and user channels', () => {
    const off = setUp();
    const on = setUp({ subscriptionCount: true });
    const one = recorder('1.1');
    off.channels.subscribe(off.app, one, 'a');
    on.channels.subscribe(on.app, one, 'presence-a', { member: { id: 1 } });
    on.channels.subscribe(on.app, one, '#server-to-user-1');
    expect(one.events).to.deep.equal([]);
  });

  function crowd(size: number) {
    const world = setUp({ subscriptionCount: true });
    const all = Array.from({ length: size }, (_, n) => recorder(`1.${n}`));
    for (const one of all) world.channels.subscribe(world.app, one, 'a');
    const [first] = all;
    if (first === undefined) throw new Error('nobody');
    return { ...world, all, first };
  }

  it('comes at most every 5 s above 100 subscribers, with the latest count', () => {
    const { app, channels, first, time } = crowd(103);
    expect(first.take().at(-1)).to.equal(count('a', 101));
    time.tick(4_999);
    expect(first.take()).to.deep.equal([]);
    time.tick(1);
    expect(first.take()).to.deep.equal([count('a', 103)]);
    channels.subscribe(app, recorder('2.1'), 'a');
    expect(first.take()).to.deep.equal([]);
    time.tick(5_000);
    expect(first.take()).to.deep.equal([count('a', 104)]);
    time.tick(60_000);
    expect(first.take()).to.deep.equal([]);
    expect(time.countTimers()).to.equal(0);
  });

  it('comes at once again when the channel shrinks to 100, and not a second time', () => {
    const { channels, all, first, time } = crowd(102);
    first.take();
    for (const one of all.slice(-2)) channels.disconnect(one);
    expect(first.take()).to.deep.equal([count('a', 100)]);
    time.tick(60_000);
    expect(first.take()).to.deep.equal([]);
  });

  it('leaves no timer behind when the channel empties or the registry closes', () => {
    const emptied = crowd(102);
    for (const one of emptied.all) emptied.channels.disconnect(one);
    expect(emptied.time.countTimers()).to.equal(0);
    const closed = crowd(102);
    closed.channels.close();
    expect(closed.time.countTimers()).to.equal(0);
  });
});
