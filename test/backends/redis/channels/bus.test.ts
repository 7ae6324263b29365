import { expect } from 'chai';
import type { Envelope } from '../../../../server/bus.ts';
import type { PublishedEvent } from '../../../../server/channel/connection.ts';
import { deviceChannel, groupChannel } from '../../../../server/channel/relay-app.ts';
import { event } from '../../../channel/fixtures.ts';
import { eventually } from '../../../support/eventually.ts';
import { startRedis } from '../../../support/redis/server.ts';
import { keys, openChannelNode, RELAY } from './node.ts';

async function openTwo(options: Parameters<typeof openChannelNode>[1] = {}) {
  const redis = await startRedis({ config: { appendonly: 'yes' } });
  return {
    redis,
    one: await openChannelNode(redis.url(), options),
    two: await openChannelNode(redis.url(), options),
  };
}

describe('the bus over Redis', () => {
  it('brings what one node publishes to every node with subscribers, in order and once', async () => {
    const { one, two } = await openTwo();
    const [near, far] = [one.socket(), two.socket()];
    for (const channel of ['a', 'b']) await one.channels.subscribe(one.app, near, channel);
    await two.channels.subscribe(two.app, far, 'b');
    const published: unknown[] = [];
    for (let n = 0; n < 20; n += 1)
      published.push(one.channels.publish(one.app, ['a', 'b'], [event('e', `${n}`), event('f', '"\n')]));
    await Promise.all(published);
    await eventually('all come', () => far.events.length === 40);
    const expected = (channels: readonly string[]) =>
      Array.from({ length: 20 }, (_, n) =>
        channels.flatMap((channel) => [`${channel} e ${n}`, `${channel} f "\n`]),
      ).flat();
    expect(near.take()).to.deep.equal(expected(['a', 'b']));
    expect(far.take()).to.deep.equal(expected(['b']));
    expect(far.deliveries.every((together) => together.length === 2)).to.equal(true);
  });

  it('tells only nodes that have a subscriber, each once', async () => {
    const { one, two } = await openTwo();
    await two.channels.subscribe(two.app, two.socket(), 'a');
    await two.channels.subscribe(two.app, two.socket(), 'b');
    const got: [node: string, envelope: Envelope<PublishedEvent>][] = [];
    one.backend.bus.subscribe((envelope) => got.push(['one', envelope]));
    two.backend.bus.subscribe((envelope) => got.push(['two', envelope]));
    await one.channels.publish(one.app, ['a', 'b', 'c'], event('news', 'x'), { except: '1.9' });
    await eventually('it comes', () => got.length > 0);
    await two.channels.publish(two.app, ['nobody'], event('news', 'x'));
    await two.channels.publish(two.app, ['b'], event('last', 'x'));
    await eventually('the last comes', () => got.length === 2);
    expect(got[0]).to.deep.equal([
      'two',
      { app: 'a', channels: ['a', 'b', 'c'], events: [{ type: 'event', name: 'news', data: 'x' }], except: '1.9' },
    ]);
  });

  it('hands the messages of one turn to devices in one notice to each node, in order', async () => {
    const { one, two } = await openTwo();
    const [near, far] = [one.socket(), two.socket()];
    await one.channels.subscribe(RELAY, near, deviceChannel('near'));
    await two.channels.subscribe(RELAY, far, deviceChannel('far'));
    const before = two.backend.redis?.figures().received ?? 0;
    const group = [{ ...event('message', 'to all'), channel: groupChannel('all') }];
    const published = ['near', 'far'].flatMap((name) =>
      [[event('message', 'first')], group, [event('message', 'last'), event('message', '"\n')]].map((events) =>
        one.channels.publish(RELAY, [deviceChannel(name)], events),
      ),
    );
    published.push(one.channels.publish(RELAY, [deviceChannel('far')], event('other', 'behind')) as Promise<void>);
    await Promise.all(published);
    await eventually('all come', () => far.events.length === 5);
    const expected = (channel: string) => [
      `${channel} message first`,
      `${channel} message to all`,
      `${channel} message last`,
      `${channel} message "\n`,
    ];
    expect(near.take()).to.deep.equal(expected(deviceChannel('near')));
    expect(far.take()).to.deep.equal([...expected(deviceChannel('far')), 'private-device-far other behind']);
    expect((two.backend.redis?.figures().received ?? 0) - before).to.be.at.most(3);
  });

  it('leaves out the socket that is named, on whichever node', async () => {
    const { one, two } = await openTwo();
    const [left, gets] = [two.socket(), two.socket()];
    for (const socket of [left, gets]) await two.channels.subscribe(two.app, socket, 'a');
    await one.channels.publish(one.app, ['a'], event('news', 'x'), { except: left.id });
    await eventually('it comes', () => gets.events.length === 1);
    expect(left.events).to.deep.equal([]);
  });

  it('keeps the last event of cache channels for subscribers of all nodes', async () => {
    const { one, two } = await openTwo();
    await one.channels.publish(one.app, ['cache-a', 'cache-b', 'c'], [event('e', '1'), event('e', 'ü')], {
      cache: true,
    });
    await one.channels.publish(one.app, ['cache-a'], event('client', 'x'));
    const grant = await two.channels.subscribe(two.app, two.socket(), 'cache-a');
    const kept = { type: 'event', channel: 'cache-a', name: 'e', data: 'ü' };
    expect(grant).to.deep.include({ cached: kept });
    const cached = await two.channels.cached(two.app, 'cache-b');
    expect(cached).to.deep.equal({ event: { ...kept, channel: 'cache-b' }, ttlSec: 1800 });
    expect(await two.channels.subscribe(two.app, two.socket(), 'cache-none')).to.include({ cached: 'miss' });
    expect(await two.channels.cached(two.app, 'c')).to.equal(undefined);
  });

  it('drops the last events of an app that was removed', async () => {
    const { one, two } = await openTwo();
    await one.channels.publish(one.app, ['cache-a'], event('e', '1'), { cache: true });
    two.channels.forget('a');
    await eventually('it is dropped', async () => (await one.channels.cached(one.app, 'cache-a')) === undefined);
  });

  it('keeps no more events than the app may have, and drops the oldest', async () => {
    const { redis, one } = await openTwo({ limits: { cachedEvents: 2 } });
    for (const name of ['cache-a', 'cache-b', 'cache-a', 'cache-c'])
      await one.channels.publish(one.app, [name], event('e', name), { cache: true });
    expect((await redis.command<string[]>('KEYS', keys.cached('a', '*'))).sort()).to.deep.equal([
      keys.cached('a', 'cache-a'),
      keys.cached('a', 'cache-c'),
    ]);
  });
});
