import { expect } from 'chai';
import type { ChannelEvent } from '../../../server/channel/connection.ts';
import type { Socket } from '../../../server/dialects/dialect.ts';
import { exactly } from '../../../server/dialects/gusher-cluster/allowed.ts';
import { appOf, channelFor } from '../../../server/dialects/gusher-cluster/names.ts';
import { ADD, RELOAD, Subscriber } from '../../../server/dialects/gusher-cluster/subscriber.ts';

/** A subscriber on a core that refuses the channel `full`. */
function setUp(list: readonly string[] = ['A', 'B', 'full'], userId = 'U1') {
  const log: string[] = [];
  const socket: Socket = {
    id: '1.2',
    remoteAddress: '',
    deliver: (events) => log.push(`deliver ${events.map(({ data }) => data)}`),
    send: (text) => log.push(text),
    ping() {},
    authenticated() {},
    close: (code) => log.push(`close ${code}`),
  };
  const channels = {
    subscribe: (_app: object, _connection: object, channel: string) =>
      channel === 'c-full' ? { ok: false, reason: 'too_many_subscriptions' } : { ok: true },
    unsubscribe: () => ({ ok: true }),
    disconnect: () => log.push('disconnect'),
  };
  const login = { app: appOf('TEST'), userId, list };
  return { log, subscriber: new Subscriber(socket, channels as never, login, exactly) };
}

const control = (name: string, value: unknown): ChannelEvent => ({
  type: 'event',
  channel: channelFor('u-', 'U1'),
  name,
  data: JSON.stringify(value),
});

describe('Subscriber', () => {
  it('subscribes to what it is allowed, again without a change', () => {
    const { subscriber } = setUp();
    expect(['A', 'A', 'C', '', 'full'].map((name) => subscriber.subscribe(name))).to.deep.equal([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect([...subscriber.subscribed]).to.deep.equal(['A']);
    expect([subscriber.unsubscribe('A'), subscriber.unsubscribe('A')]).to.deep.equal([true, false]);
  });

  it('subscribes to all of several channels, or changes nothing', async () => {
    const { subscriber } = setUp();
    await subscriber.subscribe('A');
    expect(await subscriber.subscribeAll(['A', 'B', 'C'])).to.equal(false);
    expect([...subscriber.subscribed]).to.deep.equal(['A']);
    expect(await subscriber.subscribeAll(['A', 'B'])).to.equal(true);
    expect([...subscriber.subscribed]).to.deep.equal(['A', 'B']);
  });

  it('is allowed one more channel when its app says so, and tells the client', () => {
    const { log, subscriber } = setUp();
    subscriber.deliver([control(ADD, 'C')], 'u-U1');
    expect(log).to.deep.equal([`{"data":{"channel":"C"},"event":"${ADD}","socket_id":""}`]);
    expect(subscriber.subscribe('C')).to.equal(true);
  });

  it('loses the channels that a new list does not have', async () => {
    const { log, subscriber } = setUp();
    await subscriber.subscribeAll(['A', 'B']);
    subscriber.deliver([control(RELOAD, ['B'])], 'u-U1');
    expect([...subscriber.subscribed]).to.deep.equal(['B']);
    expect(subscriber.list).to.deep.equal(['B']);
    expect(log).to.deep.equal([`{"data":{"channels":["B"]},"event":"${RELOAD}","socket_id":""}`]);
  });

  it('takes events of those names on other channels for data', () => {
    const { log, subscriber } = setUp();
    subscriber.deliver([{ ...control(ADD, 'C'), channel: 'c-A' }], 'c-A');
    expect(log).to.deep.equal(['deliver "C"']);
    expect(subscriber.isAllowed('C')).to.equal(false);
  });

  it('ignores a list that would grow beyond the limit', () => {
    const { log, subscriber } = setUp(Array.from({ length: 10_000 }, (_, n) => `${n}`));
    subscriber.deliver([control(ADD, 'C')], 'u-U1');
    expect([subscriber.isAllowed('C'), log.length]).to.deep.equal([false, 0]);
  });
});
