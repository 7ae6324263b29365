import { once } from 'node:events';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { latest, startLayer, startSlowLayer } from './layer.ts';
import { CLOSE_ANSWER, CLOSE_FRAME, clientFrame, handshake, rawClient } from './raw-client.ts';

/** A client that keeps its TCP connection open, whatever the relay does. */
async function stubborn(port: number) {
  const client = await rawClient(port, handshake('/socket'), true);
  await client.until(/\r\n\r\n/);
  return client;
}

describe('a Close frame of the peer', () => {
  it('ends the session in the same turn, though the connection stays open', async () => {
    const layer = await startLayer();
    const client = await stubborn(layer.port);
    client.socket.write(Buffer.concat([clientFrame('a'), CLOSE_FRAME, clientFrame('b')]));
    await client.until(CLOSE_ANSWER);
    const { closed, received } = latest(layer);
    expect(closed).to.equal(1);
    expect(received).to.deep.equal(['a']);
    expect(layer.sockets.count()).to.equal(1);
    client.socket.destroy();
    await once(latest(layer).request.socket, 'close');
    expect(latest(layer).closed).to.equal(1);
  });

  it('ends the session after the frames before it, of which one takes long', async () => {
    const { layer, end } = await startSlowLayer();
    const client = await stubborn(layer.port);
    client.socket.write(Buffer.concat([clientFrame('slow'), clientFrame('a'), CLOSE_FRAME]));
    await client.until(CLOSE_ANSWER);
    expect(latest(layer).closed).to.equal(0);
    end();
    await latest(layer).ended;
    expect(latest(layer).received).to.deep.equal(['slow', 'a']);
  });

  it('ends the session that the relay has closed, and not before', async () => {
    const layer = await startLayer();
    const client = await stubborn(layer.port);
    const one = latest(layer);
    one.socket.close(4000, 'go');
    client.socket.write(clientFrame('last words'));
    await client.until(/\x88..\xa0go$/s);
    expect(one.closed).to.equal(0);
    client.socket.write(CLOSE_FRAME);
    await one.ended;
    expect(one.received).to.deep.equal(['last words']);
    expect(one.closed).to.equal(1);
  });

  it('leaves a peer among the unauthenticated for as long as it keeps its connection', async () => {
    const layer = await startLayer({ limits: { maxUnauthenticated: 1 } });
    const client = await stubborn(layer.port);
    client.socket.write(CLOSE_FRAME);
    await client.until(CLOSE_ANSWER);
    // It counts still, so it is the one that makes room.
    await layer.client();
    await layer.clock.tick(1_000);
    await eventually('one socket is left', () => layer.sockets.count(), { until: (count) => count === 1 });
  });
});

describe('a peer that ends its side of the connection', () => {
  it('ends the session, though it does not read what is still on its way', async () => {
    const layer = await startLayer({ limits: { maxBuffered: 2 ** 30 } });
    const client = await stubborn(layer.port);
    client.socket.pause();
    const one = latest(layer);
    while (one.request.socket.writableLength < 2 ** 20) {
      one.socket.send('x'.repeat(65_536));
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.socket.end(clientFrame('last words'));
    await one.ended;
    expect(one.received).to.deep.equal(['last words']);
    expect(layer.sockets.count()).to.equal(1);
  });
});

describe('a frame that breaks the protocol', () => {
  it('ends the session, though the connection stays open', async () => {
    const layer = await startLayer();
    const client = await stubborn(layer.port);
    client.socket.write(Buffer.from([0xff, 0x80, 0, 0, 0, 0]));
    await client.until(/\x88..\xea$/s);
    expect(latest(layer).closed).to.equal(1);
  });
});
