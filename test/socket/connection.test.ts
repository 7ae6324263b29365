import type { Socket as NetSocket } from 'node:net';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { event, latest, startLayer } from './layer.ts';
import { clientFrame, handshake, rawClient } from './raw-client.ts';

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

  it('leave in one write with the answer to the upgrade', async () => {
    let count = { writes: 0 };
    const layer = await startLayer({
      open({ socket, request }) {
        count = countWrites(request.socket);
        socket.send('hello');
        socket.send('again');
      },
    });
    const client = await layer.client();
    expect([await client.next(), await client.next()]).to.deep.equal(['hello', 'again']);
    expect(count.writes).to.equal(1);
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

  it('may leave one turn unread that is longer than maxBuffered, with a little more', async () => {
    const layer = await startLayer();
    const slow = await rawClient(layer.port, handshake('/socket'));
    await slow.until(/\r\n\r\n/);
    slow.socket.pause();
    const { socket, request } = latest(layer);
    // More than the kernel takes.
    socket.send('x'.repeat(16 * 2 ** 20));
    for (let turns = 0; turns < 20; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      socket.send('y');
    }
    expect(request.socket.destroyed).to.equal(false);
    slow.socket.resume();
    await eventually('all is read', () => slow.socket.bytesRead, { until: (bytes) => bytes >= 16 * 2 ** 20 + 60 });
    expect(layer.warnings).to.deep.equal([]);
  });

  it('is cut off when it takes nothing for stallTimeout', async () => {
    const layer = await startLayer({ limits: { stallTimeout: 50, maxBuffered: 2 ** 26 } });
    const slow = await rawClient(layer.port, handshake('/socket'));
    await slow.until(/\r\n\r\n/);
    slow.socket.pause();
    const { socket, ended } = latest(layer);
    socket.send('x'.repeat(16 * 2 ** 20));
    await ended;
    expect(layer.warnings).to.deep.equal(['slow reader cut off']);
  });

  it('is not cut off while it takes something', async () => {
    const layer = await startLayer({ limits: { stallTimeout: 2000, maxBuffered: 2 ** 26 } });
    const slow = await rawClient(layer.port, handshake('/socket'));
    await slow.until(/\r\n\r\n/);
    const { socket, request } = latest(layer);
    let read = 0;
    slow.socket.on('data', (chunk: Buffer) => {
      read += chunk.length;
      slow.socket.pause();
      setTimeout(() => slow.socket.resume(), 10);
    });
    const size = 16 * 2 ** 20;
    const began = performance.now();
    socket.send('x'.repeat(size));
    await eventually('all is read', () => read, { until: (bytes) => bytes >= size });
    expect(performance.now() - began).to.be.above(2000);
    expect(layer.warnings).to.deep.equal([]);
    expect(request.socket.destroyed).to.equal(false);
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

describe('caughtUp', () => {
  const LONG = 'x'.repeat(100_000);

  it('is certain of little that has left', async () => {
    const layer = await startLayer();
    await layer.client();
    const { socket } = latest(layer);
    socket.send('short');
    expect(socket.caughtUp?.()).to.equal(undefined);
  });

  it('resolves when the peer has read everything before', async () => {
    const layer = await startLayer();
    const client = await layer.client();
    const { socket } = latest(layer);
    socket.send(LONG);
    const [first, second] = [socket.caughtUp?.(), socket.caughtUp?.()];
    expect(first).to.be.instanceOf(Promise).and.equal(second);
    await first;
    expect(client.frames).to.deep.equal([LONG]);
    // What was read once need not be asked for again.
    expect(socket.caughtUp?.()).to.equal(undefined);
  });

  it('waits for a peer that does not read', async () => {
    const layer = await startLayer();
    const slow = await rawClient(layer.port, handshake('/socket'));
    await slow.until(/\r\n\r\n/);
    const { socket, received } = latest(layer);
    let done = false;
    socket.send(LONG);
    const answered = socket.caughtUp?.()?.then(() => {
      done = true;
    });
    // The ping came, and another frame does not answer it.
    await slow.until(/read 1/);
    slow.socket.write(clientFrame('hello'));
    await eventually('a frame is handled', () => received.length > 0);
    expect(done).to.equal(false);
    const pong = clientFrame('read 1');
    pong[0] = 0x8a;
    slow.socket.write(pong);
    await answered;
  });

  it('resolves when the socket is gone, and is certain from then on', async () => {
    const layer = await startLayer();
    const slow = await rawClient(layer.port, handshake('/socket'));
    await slow.until(/\r\n\r\n/);
    const { socket } = latest(layer);
    socket.send(LONG);
    const asked = socket.caughtUp?.();
    slow.socket.destroy();
    await asked;
    expect(socket.caughtUp?.()).to.equal(undefined);
  });
});
