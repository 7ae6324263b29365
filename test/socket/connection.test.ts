import type { Socket as NetSocket } from 'node:net';
import { expect } from 'chai';
import { event, latest, startLayer } from './layer.ts';
import { handshake, rawClient } from './raw-client.ts';

/** Counts what leaves for the kernel: a corked stream calls `_writev` once, an uncorked one `_write` each time. */
function countWrites(stream: NetSocket): { writes: number } {
  const count = { writes: 0 };
  for (const method of ['_write', '_writev'] as const) {
    const original = stream[method] as (...args: unknown[]) => void;
    Object.assign(stream, {
      [method](...args: unknown[]) {
        count.writes += 1;
        original.apply(stream, args);
      },
    });
  }
  return count;
}

describe('send and deliver', () => {
  it('let all frames of one turn leave in one write, in order', async () => {
    const layer = await startLayer();
    const client = await layer.client();
    const { socket, request } = latest(layer);
    const count = countWrites(request.socket);
    for (let n = 0; n < 50; n += 1) {
      if (n % 2 === 0) socket.send(`${n}`);
      else socket.deliver([event(`${n}`)], '');
    }
    const received: string[] = [];
    while (received.length < 50) received.push(await client.next());
    expect(received).to.deep.equal(Array.from({ length: 50 }, (_, n) => `${n}`));
    expect(count.writes).to.equal(1);
    socket.send('another turn');
    await client.next();
    expect(count.writes).to.equal(2);
  });

  it('keep their order with the close frame that ws writes itself', async () => {
    const layer = await startLayer();
    const client = await layer.client();
    const { socket } = latest(layer);
    socket.send('last words');
    socket.close(4409, 'taken over');
    socket.send('too late');
    expect(await client.closed).to.deep.equal({ code: 4409, reason: 'taken over' });
    expect(client.frames).to.deep.equal(['last words']);
  });

  it('reach the peer before the layer closes its socket', async () => {
    const layer = await startLayer();
    const client = await layer.client();
    latest(layer).socket.deliver([event('a'), event('b')], '');
    await layer.sockets.close(10_000);
    await client.closed;
    expect(client.frames).to.deep.equal(['a', 'b']);
  });

  it('write nothing for an event that the dialect has no text for', async () => {
    const layer = await startLayer();
    const client = await layer.client();
    const { socket, request } = latest(layer);
    const count = countWrites(request.socket);
    socket.deliver([event('')], '');
    await new Promise((resolve) => setImmediate(resolve));
    expect(count.writes).to.equal(0);
    socket.send('next');
    expect(await client.next()).to.equal('next');
  });

  it('do nothing once the socket is gone', async () => {
    const layer = await startLayer();
    const client = await layer.client();
    const { socket, ended } = latest(layer);
    client.ws.terminate();
    await ended;
    socket.send('a');
    socket.deliver([event('b')], '');
    socket.close();
  });
});

describe('a reader', () => {
  const CHUNK = 'x'.repeat(60_000);

  it('is cut off when it leaves more than maxBuffered of earlier turns unread', async () => {
    const layer = await startLayer();
    const slow = await rawClient(layer.port, handshake('/socket'));
    await slow.until(/\r\n\r\n/);
    slow.socket.pause();
    const { socket, request } = latest(layer);
    let [turns, most] = [0, 0];
    while (!request.socket.destroyed) {
      socket.send(CHUNK);
      most = Math.max(most, request.socket.writableLength);
      turns += 1;
      expect(turns).to.be.below(2000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(most).to.be.below(3 * 65_536);
    expect(layer.warnings).to.deep.equal(['slow reader cut off']);
    await latest(layer).ended;
  });

  it('gets more than maxBuffered in one turn when it reads', async () => {
    const layer = await startLayer();
    const client = await layer.client();
    const { socket } = latest(layer);
    for (let n = 0; n < 100; n += 1) socket.deliver([event(CHUNK)], '');
    for (let n = 0; n < 100; n += 1) expect(await client.next()).to.have.length(CHUNK.length);
    expect(layer.warnings).to.deep.equal([]);
  });
});
