import { expect } from 'chai';
import type { Envelope } from '../../server/bus.ts';
import type { Grant } from '../../server/channel/admission.ts';
import { type App, createApp } from '../../server/channel/app.ts';
import { createChannels } from '../../server/channel/channels.ts';
import type { ChannelEvent, PublishedEvent } from '../../server/channel/connection.ts';
import { event, fakeClock, recorder, setUp } from './fixtures.ts';

describe('channels.publish', () => {
  it('gives all subscribers of a channel the same array of events, with the channel in each', () => {
    const { app, channels } = setUp();
    const all = ['1.1', '1.2', '1.3'].map(recorder);
    for (const one of all) channels.subscribe(app, one, 'a');
    void channels.publish(app, ['a'], event('e', '{"x":1}'));
    expect(new Set(all.flatMap(({ deliveries }) => deliveries)).size).to.equal(1);
    expect(all[0]?.events[0]).to.deep.equal({ type: 'event', channel: 'a', name: 'e', data: '{"x":1}' });
  });

  it('makes one object for each of several channels', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    channels.subscribe(app, one, 'b');
    void channels.publish(app, ['a', 'b'], event('e'));
    expect(one.events.map(({ channel }) => channel)).to.deep.equal(['a', 'b']);
  });

  it('hands several events over together, in order', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    void channels.publish(app, ['a'], [event('x'), event('y'), event('x')]);
    expect(one.deliveries).to.have.length(1);
    expect(one.take()).to.deep.equal(['a x ', 'a y ', 'a x ']);
  });

  it('hands events that name a channel over in the array they came in, wherever they are published', () => {
    const { app, channels } = setUp();
    const all = ['1.1', '1.2'].map(recorder);
    for (const one of all) channels.subscribe(app, one, `private-device-${one.id}`);
    const messages: ChannelEvent[] = [{ type: 'event', channel: 'private-device-1.1', name: 'message', data: '{}' }];
    for (const one of all) void channels.publish(app, [`private-device-${one.id}`], messages);
    expect(all.flatMap(({ deliveries }) => deliveries)).to.satisfy(
      (all: unknown[]) => all.length === 2 && all.every((one) => one === messages),
    );
    expect(all[1]?.take()).to.deep.equal(['private-device-1.2 message {}']);
  });

  it('delivers once for a channel that is named twice, in one envelope', () => {
    const { app, bus, channels } = setUp();
    const envelopes: Envelope<PublishedEvent>[] = [];
    bus.subscribe((envelope) => envelopes.push(envelope));
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    void channels.publish(app, ['a', 'b', 'a'], event('e'));
    expect(one.take()).to.deep.equal(['a e ']);
    expect(envelopes.map(({ channels: names }) => names)).to.deep.equal([['a', 'b']]);
  });

  it('tells the meter of each event that is published, and of each that somebody is handed', () => {
    const { app, apps, bus } = setUp();
    const told: unknown[] = [];
    const channels = createChannels({
      apps,
      bus,
      clock: fakeClock().clock,
      meter: {
        published: (appId, count) => void told.push(`${appId} in ${count}`),
        delivered: (appId, count) => void told.push(`${appId} out ${count}`),
      },
    });
    for (const id of ['1.1', '1.2', '1.3']) channels.subscribe(app, recorder(id), 'a');
    void channels.publish(app, ['a'], [event('x'), event('y')], { except: '1.2' });
    expect(told).to.deep.equal(['a in 2', 'a out 4']);
  });

  it('tells the meter nothing of an app that neither exists nor has subscribers, for there is no end of such', () => {
    const { app, apps, bus } = setUp();
    const told: string[] = [];
    const meter = { published: (appId: string) => void told.push(appId), delivered: () => undefined };
    const channels = createChannels({ apps, bus, clock: fakeClock().clock, meter });
    const [unknown, visited] = ['unknown', 'visited'].map((id) => createApp({ id, keys: [] }));
    const visitor = recorder('1.1');
    channels.subscribe(visited as App, visitor, 'a');
    for (const one of [app, unknown, visited]) void channels.publish(one as App, ['b'], event('x'));
    channels.disconnect(visitor);
    void channels.publish(visited as App, ['b'], event('x'));
    expect(told).to.deep.equal(['a', 'visited']);
  });

  it('leaves the excepted socket out, and no one for an unknown id', () => {
    const { app, channels } = setUp();
    const [one, two] = [recorder('1.1'), recorder('1.2')];
    channels.subscribe(app, one, 'a');
    channels.subscribe(app, two, 'a');
    void channels.publish(app, ['a'], event('x'), { except: '1.1' });
    void channels.publish(app, ['a'], event('y'), { except: '9.9' });
    expect(one.take()).to.deep.equal(['a y ']);
    expect(two.take()).to.deep.equal(['a x ', 'a y ']);
  });

  it('keeps the order of publishing', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    for (let n = 0; n < 5; n += 1) void channels.publish(app, ['a'], event(`${n}`));
    expect(one.events.map(({ name }) => name)).to.deep.equal(['0', '1', '2', '3', '4']);
  });

  it('hands the user id of a client event on', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'presence-a', { member: { id: '1' } });
    void channels.publish(app, ['presence-a'], { type: 'event', name: 'client-e', data: '', userId: '2' });
    expect(one.events[0]).to.include({ userId: '2' });
  });

  it('delivers what arrives from another node', () => {
    const { app, bus, channels } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    bus.publish({ app: app.id, channels: ['a', 'b'], events: [event('e')] });
    bus.publish({ app: 'unknown', channels: ['cache-a'], events: [event('e')], cache: true });
    expect(one.take()).to.deep.equal(['a e ']);
  });

  it('reaches no one after close', () => {
    const { app, channels } = setUp();
    const one = recorder('1.1');
    channels.subscribe(app, one, 'a');
    channels.close();
    void channels.publish(app, ['a'], event('e'));
    expect(one.events).to.deep.equal([]);
  });
});

describe('cache channels', () => {
  const cached = (grant: unknown) => (grant as Grant).cached;

  it('give a new subscriber the last event published for keeping, before any other', () => {
    const { app, channels } = setUp();
    void channels.publish(app, ['cache-a'], event('first'), { cache: true });
    void channels.publish(app, ['cache-a'], event('last', '2'), { cache: true });
    void channels.publish(app, ['cache-a'], event('client-e'));
    const grant = channels.subscribe(app, recorder('1.1'), 'cache-a');
    expect(cached(grant)).to.deep.equal({ type: 'event', channel: 'cache-a', name: 'last', data: '2' });
  });

  it('keep the last of several events', () => {
    const { app, channels } = setUp();
    void channels.publish(app, ['cache-a'], [event('first'), event('last')], { cache: true });
    expect(channels.cached(app, 'cache-a')?.event.name).to.equal('last');
  });

  it('say miss when nothing is kept', () => {
    const { app, channels } = setUp();
    expect(cached(channels.subscribe(app, recorder('1.1'), 'private-cache-a'))).to.equal('miss');
  });

  it('keep their event when they become empty, and for its lifetime', () => {
    const { app, channels, time } = setUp({ limits: { cacheTtlSec: 60 } });
    const one = recorder('1.1');
    channels.subscribe(app, one, 'cache-a');
    void channels.publish(app, ['cache-a'], event('e'), { cache: true, except: '1.1' });
    channels.unsubscribe(app, one, 'cache-a');
    time.tick(59_000);
    expect(channels.cached(app, 'cache-a')).to.deep.include({ ttlSec: 1 });
    time.tick(1_000);
    expect(channels.cached(app, 'cache-a')).to.equal(undefined);
    expect(cached(channels.subscribe(app, one, 'cache-a'))).to.equal('miss');
  });

  it('are the only ones that keep events', () => {
    const { app, channels } = setUp();
    void channels.publish(app, ['a', 'private-a', 'my-cache-a'], event('e'), { cache: true });
    for (const name of ['a', 'private-a', 'my-cache-a']) expect(channels.cached(app, name)).to.equal(undefined);
  });

  it('share one bound per app', () => {
    const { app, channels } = setUp({ limits: { cachedEvents: 2 } });
    for (const name of ['cache-a', 'cache-b', 'cache-c'])
      void channels.publish(app, [name], event('e'), { cache: true });
    const kept = ['cache-a', 'cache-b', 'cache-c'].filter((name) => channels.cached(app, name) !== undefined);
    expect(kept).to.deep.equal(['cache-b', 'cache-c']);
  });

  it('are emptied for an app that is forgotten', () => {
    const { app, channels } = setUp();
    void channels.publish(app, ['cache-a'], event('e'), { cache: true });
    channels.forget(app.id);
    expect(channels.cached(app, 'cache-a')).to.equal(undefined);
  });
});
