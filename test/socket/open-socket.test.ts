import { once } from 'node:events';
import { expect } from 'chai';
import type { Session } from '../../server/dialects/dialect.ts';
import { eventually } from '../support/eventually.ts';
import { connect } from '../support/socket.ts';
import { latest, startLayer } from './layer.ts';
import { CLOSE_ANSWER, CLOSE_FRAME, clientFrame, handshake, rawClient } from './raw-client.ts';

describe('a session', () => {
  it('is told about pongs and pings of its peer, and not about its own pings', async () => {
    let signs = 0;
    const session: Session = {
      receive() {},
      closed() {},
      ponged() {
        signs += 1;
      },
    };
    const layer = await startLayer({
      asked: {
        open(socket) {
          socket.ping();
          return session;
        },
      },
    });
    const client = await connect(`ws://127.0.0.1:${layer.port}/asked`);
    await eventually('the pong of the client', () => signs, { until: (count) => count === 1 });
    const answered = once(client.ws, 'pong');
    client.ws.ping();
    await answered;
    expect(signs).to.equal(2);
  });

  it('ends once, after the frames before the Close frame, while the peer keeps its connection', async () => {
    const layer = await startLayer();
    const client = await rawClient(layer.port, handshake('/socket'), true);
    await client.until(/\r\n\r\n/);
    const one = latest(layer);
    client.socket.write(Buffer.concat([clientFrame('a'), CLOSE_FRAME, clientFrame('b')]));
    await one.ended;
    expect(one.received).to.deep.equal(['a']);
    one.socket.send('too late');
    await client.until(CLOSE_ANSWER);
    client.socket.end();
    await client.closed;
    expect(client.text(), 'nothing follows the Close frame').to.match(CLOSE_ANSWER);
    await eventually('the socket is gone', () => layer.sockets.count() === 0);
    expect(one.closed).to.equal(1);
  });

  it('ends when the peer ends its side without a Close frame, though bytes wait for the peer', async () => {
    const layer = await startLayer();
    const client = await rawClient(layer.port, handshake('/socket'), true);
    await client.until(/\r\n\r\n/);
    client.socket.pause();
    const { socket, request, ended } = latest(layer);
    socket.send('x'.repeat(16 * 2 ** 20));
    client.socket.end();
    await ended;
    // A write after the end would be an error, which drops the bytes that wait.
    socket.send('too late');
    await new Promise((resolve) => setImmediate(resolve));
    expect(request.socket.destroyed).to.equal(false);
    expect(request.socket.writableLength).to.be.above(0);
    expect(layer.sockets.count()).to.equal(1);
  });

  it('that rejects a frame later closes its socket with 1011', async () => {
    const layer = await startLayer({ receive: () => Promise.reject(new Error('broken')) });
    const client = await layer.client();
    client.send('a');
    expect(await client.closed).to.deep.equal({ code: 1011, reason: 'internal error' });
    expect(layer.faults).to.deep.equal(['session fault: Error: broken']);
    expect(latest(layer).closed).to.equal(1);
  });

  it('that fails at its end leaves no socket, and harms no other', async () => {
    const layer = await startLayer({
      asked: {
        open: () => ({
          receive() {},
          closed() {
            throw new Error('broken');
          },
        }),
      },
    });
    const [client, other] = [await connect(`ws://127.0.0.1:${layer.port}/asked`), await layer.client()];
    client.ws.close(1000);
    await client.closed;
    await eventually('one socket is left', () => layer.sockets.count() === 1);
    expect(layer.faults).to.deep.equal(['session fault: Error: broken']);
    other.send('still there');
    expect(await other.next()).to.equal('still there');
  });
});

describe('a socket that closes', () => {
  it('keeps its place among the unauthenticated until its connection is gone', async () => {
    const layer = await startLayer({ limits: { maxUnauthenticated: 1 } });
    const first = await rawClient(layer.port, handshake('/socket'), true);
    await first.until(/\r\n\r\n/);
    const one = latest(layer);
    first.socket.write(CLOSE_FRAME);
    await one.ended;
    await layer.client();
    expect(layer.warnings, 'while the connection is open').to.deep.equal(['too many unauthenticated sockets']);
  });

  it('leaves its place when its connection is gone', async () => {
    const layer = await startLayer({ limits: { maxUnauthenticated: 1 } });
    const first = await layer.client();
    first.ws.terminate();
    await eventually('the socket is gone', () => layer.sockets.count() === 0);
    const next = await layer.client();
    next.send('in');
    expect(await next.next()).to.equal('in');
    expect(layer.warnings).to.deep.equal([]);
  });
});
