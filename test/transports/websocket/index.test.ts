import { expect } from 'chai';
import { silentLogger } from '../../../server/base/logger.ts';
import type { ChannelEvent, PublishedEvent } from '../../../server/channel/connection.ts';
import { relayApp } from '../../../server/channel/relay-app.ts';
import { createOutbound } from '../../../server/outbound/outbound.ts';
import { websocket } from '../../../server/transports/websocket/index.ts';
import { fakeClock } from '../../support/clock.ts';
import { fromWire } from '../../support/message.ts';

const CONFIG = { window: 16, retryTimeout: 3000, maxBuffered: 4001 };

function setUp() {
  const clock = fakeClock();
  const published: { channels: readonly string[]; events: PublishedEvent | readonly PublishedEvent[] }[] = [];
  const state = { subscribers: 1 };
  const transport = websocket.create(CONFIG, {
    clock,
    logger: silentLogger,
    outbound: createOutbound({ clock, maxSockets: 1 }),
    token: () => 'token',
    channels: {
      publish: (_app, channels, events) => void published.push({ channels, events }),
      isOccupied: () => state.subscribers > 0,
      caughtUp: () => undefined,
    },
    relayApp: relayApp('key', 'secret'),
    vapid: { publicKey: '', privateKey: '' },
    messageTtl: 1000,
    pushGrace: 0,
  } as Parameters<typeof websocket.create>[1]);
  const signal = new AbortController().signal;
  const deliver = (device: string, one = message()) => transport.deliver(device, {}, one, signal);
  return { transport, published, state, deliver };
}

const message = (target = 'phone', sendType: 'personal' | 'group' = 'personal') =>
  fromWire({
    sendType,
    target,
    from: { method: 'http', name: '' },
    message: { text: 'hi', desp: '', extra: {} },
    mid: '5',
  });

describe('the websocket transport', () => {
  it('publishes the message on the channel of the device', () => {
    const { deliver, published } = setUp();
    expect(deliver('phone')).to.deep.equal({ kind: 'accepted' });
    const [{ channels, events } = { channels: [], events: [] }] = published;
    expect(channels).to.have.length(1);
    const [event] = events as readonly ChannelEvent[];
    expect(event).to.include({ name: 'message', channel: channels[0] });
    expect(JSON.parse((event as { data: string }).data)).to.deep.include({ target: 'phone', mid: '5' });
  });

  it('names the channel of the device, whatever form of the name the sender used', () => {
    const { deliver, published } = setUp();
    expect(deliver('caf\u00e9', message('cafe\u0301'))).to.deep.equal({ kind: 'accepted' });
    const [{ channels, events } = { channels: [], events: [] }] = published;
    expect((events as readonly ChannelEvent[]).map(({ channel }) => channel)).to.deep.equal(channels);
  });

  it('makes the event of a message once for all devices of a group', () => {
    const { deliver, published } = setUp();
    const one = message('family', 'group');
    for (const device of ['a', 'b']) expect(deliver(device, one)).to.deep.equal({ kind: 'accepted' });
    expect(published[0]?.events).to.equal(published[1]?.events);
    expect(published[0]?.channels).not.to.deep.equal(published[1]?.channels);
  });

  it('publishes messages together that follow each other, except those to a group', () => {
    const { transport, deliver, published } = setUp();
    const group = message('family', 'group');
    void deliver('tablet', group);
    const all = [message(), message(), group, message()];
    expect(transport.deliverAll?.('phone', {}, all)).to.deep.equal({ kind: 'accepted' });
    const [shared, ...batches] = published.map(({ events }) => events as readonly ChannelEvent[]);
    expect(batches.map(({ length }) => length)).to.deep.equal([2, 1, 1]);
    expect(batches[1]).to.equal(shared);
    expect(new Set(published.slice(1).map(({ channels }) => channels[0])).size).to.equal(1);
  });

  it('is offline for a device that is not connected', () => {
    const { transport, deliver, published, state } = setUp();
    expect(transport.isThere?.('phone')).to.equal(true);
    state.subscribers = 0;
    expect(transport.isThere?.('phone')).to.equal(false);
    expect(deliver('phone')).to.deep.equal({ kind: 'offline' });
    expect(transport.deliverAll?.('phone', {}, [message(), message()])).to.deep.equal({ kind: 'offline' });
    expect(published).to.deep.equal([]);
  });

  it('leaves half of what a socket may have unsent to everything else', () => {
    expect(setUp().transport.windowBytes).to.equal(2000);
  });
});
