import { expect } from 'chai';
import type { Session, Socket } from '../../server/dialects/dialect.ts';
import { eventually } from '../support/eventually.ts';
import { connect } from '../support/socket.ts';
import { type Layer, latest, PING_INTERVAL, startLayer, startSlowLayer } from './layer.ts';
import { clientFrame, handshake, rawClient } from './raw-client.ts';

/** Waits until the layer's server has no connection left. */
async function abandoned({ server }: Layer): Promise<void> {
  const count = () =>
    new Promise<number>((resolve, reject) => {
      server.getConnections((error, open) => (error === null ? resolve(open) : reject(error)));
    });
  await eventually('the server has no connection', count, { until: (open) => open === 0 });
}

describe('an upgrade', () => {
  it('opens a session on a path that a dialect claims', async () => {
    const layer = await startLayer();
    const client = await connect(`ws://127.0.0.1:${layer.port}/socket?a=1`);
    client.send('hello');
    expect(await client.next()).to.equal('hello');
    const { socket, request } = latest(layer);
    expect(socket.remoteAddress).to.equal('127.0.0.1');
    expect(socket.id).to.match(/^\d+\.\d+$/);
    expect(request.url).to.equal('/socket?a=1');
  });

  for (const path of ['/', '/other', '/socket/deeper', '/deaf']) {
    it(`is answered 404 on ${path}, which no dialect with sockets claims`, async () => {
      const layer = await startLayer();
      const client = await rawClient(layer.port, handshake(path));
      expect(await client.until(/\r\n\r\n/)).to.match(/^HTTP\/1\.1 404 Not Found\r\n/);
      await client.closed;
    });
  }

  it('that was refused leaves no connection, though the peer keeps its side open', async () => {
    const layer = await startLayer();
    const client = await rawClient(layer.port, handshake('/other'), true);
    await client.until(/404/);
    await abandoned(layer);
    expect(layer.opened).to.deep.equal([]);
  });

  it('that is no WebSocket handshake is refused, and opens nothing', async () => {
    const layer = await startLayer();
    for (const text of [
      'GET /socket HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      handshake('/socket').replace('Version: 13', 'Version: 7'),
      handshake('/socket').replace(/Key: .*\r/, 'Key: short\r'),
      handshake('/socket').replace('GET', 'POST'),
    ]) {
      const client = await rawClient(layer.port, text);
      expect(await client.until(/\r\n\r\n/)).to.match(/^HTTP\/1\.1 4\d\d /);
      await client.closed;
    }
    expect(layer.opened).to.deep.equal([]);
  });

  it('closes with 1011 when its session cannot be made', async () => {
    const layer = await startLayer({
      open() {
        throw new Error('broken');
      },
    });
    const client = await layer.client();
    expect(await client.closed).to.deep.equal({ code: 1011, reason: 'internal error' });
    expect(layer.faults).to.deep.equal(['session fault: Error: broken']);
  });
});

describe('maxUnauthenticated', () => {
  const OVERLOADED = { code: 1013, reason: 'too many sockets have not authenticated' };

  it('makes room for a new socket by closing the oldest silent one, and warns once', async () => {
    const layer = await startLayer({ limits: { maxUnauthenticated: 2 } });
    const [first, second] = [await layer.client(), await layer.client()];
    first.send('hello');
    await first.next();
    const third = await layer.client();
    expect(await second.closed).to.deep.equal(OVERLOADED);
    const fourth = await layer.client();
    expect(await third.closed).to.deep.equal(OVERLOADED);
    for (const client of [first, fourth]) {
      client.send('still there');
      expect(await client.next()).to.equal('still there');
    }
    expect(layer.warnings).to.deep.equal(['too many unauthenticated sockets']);
  });

  it('hears nothing more from a socket that made room', async () => {
    const layer = await startLayer({ limits: { maxUnauthenticated: 1 } });
    const first = await rawClient(layer.port, handshake('/socket'));
    await first.until(/\r\n\r\n/);
    const { received, ended } = latest(layer);
    await layer.client();
    await ended;
    first.socket.write(clientFrame('too late'));
    await layer.clock.tick(1_000);
    await first.closed;
    expect(received).to.deep.equal([]);
  });

  it('lets a device in past a thousand idle sockets of one address', async () => {
    const layer = await startLayer({ limits: { maxUnauthenticated: 50, maxUnauthenticatedPerAddress: 20 } });
    const idle = await Promise.all(Array.from({ length: 100 }, () => rawClient(layer.port, handshake('/socket'))));
    await Promise.all(idle.map((client) => client.until(/\r\n\r\n/)));
    const device = await layer.client();
    device.send('hello');
    expect(await device.next()).to.equal('hello');
    await layer.clock.tick(1_000);
    await eventually('20 sockets are left', () => layer.sockets.count(), { until: (count) => count <= 20 });
  });

  it('does not count sockets that proved who they are, nor those that are gone', async () => {
    const layer = await startLayer({ limits: { maxUnauthenticated: 1 } });
    const first = await layer.client();
    latest(layer).socket.authenticated();
    latest(layer).socket.authenticated();
    const second = await layer.client();
    second.ws.terminate();
    await latest(layer).ended;
    const third = await layer.client();
    for (const client of [first, third]) {
      client.send('in');
      expect(await client.next()).to.equal('in');
    }
    expect(layer.warnings).to.deep.equal([]);
  });
});

describe('frames', () => {
  it('of binary data reach the session as null', async () => {
    const layer = await startLayer();
    const client = await layer.client();
    client.ws.send(Buffer.from('{"cmd":"PING"}'));
    expect(await client.next()).to.equal('null');
  });

  it('wait in order while one is being handled, and the socket is not read', async () => {
    const { layer, end } = await startSlowLayer();
    const client = await layer.client();
    for (const text of ['slow', 'a', 'b']) client.send(text);
    expect(await client.next()).to.equal('slow');
    expect(latest(layer).request.socket.isPaused()).to.equal(true);
    expect(latest(layer).received).to.deep.equal(['slow']);
    end();
    expect([await client.next(), await client.next()]).to.deep.equal(['a', 'b']);
    expect(latest(layer).request.socket.isPaused()).to.equal(false);
  });

  it('that come in one packet are all handled', async () => {
    const layer = await startLayer();
    const client = await rawClient(layer.port, handshake('/socket'));
    await client.until(/\r\n\r\n/);
    client.socket.write(Buffer.concat(Array.from({ length: 1000 }, (_, n) => clientFrame(`${n}`))));
    await client.until(/999$/);
    expect(latest(layer).received).to.deep.equal(Array.from({ length: 1000 }, (_, n) => `${n}`));
  });

  it('that make the session fail close the socket with 1011, and nothing of the fault is told', async () => {
    const layer = await startLayer({
      receive() {
        throw new Error('secret');
      },
    });
    const client = await layer.client();
    client.send('a');
    expect(await client.closed).to.deep.equal({ code: 1011, reason: 'internal error' });
    expect(layer.faults).to.deep.equal(['session fault: Error: secret']);
    expect(client.frames).to.deep.equal([]);
  });

  const broken: readonly (readonly [string, Buffer, number])[] = [
    ['longer than maxPayload', Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1]), 1009],
    ['not masked', Buffer.from([0x81, 0x01, 0x61]), 1002],
    ['with reserved bits', Buffer.from([0xf1, 0x80, 0, 0, 0, 0]), 1002],
    ['of an unknown kind', Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
    ['of text that is not UTF-8', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]), 1007],
    ['with a length of 2^63', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ];
  for (const [what, bytes, code] of broken) {
    it(`${what} close the socket with ${code}`, async () => {
      const layer = await startLayer();
      const client = await rawClient(layer.port, handshake('/socket'));
      await client.until(/\r\n\r\n/);
      client.socket.write(bytes);
      await client.closed;
      const frame = Buffer.from(client.text().split('\r\n\r\n')[1] ?? '', 'latin1');
      expect([frame[0], frame.readUInt16BE(2)]).to.deep.equal([0x88, code]);
      expect(latest(layer).received).to.deep.equal([]);
    });

    it(`${what} do no harm on a socket that the relay has closed already`, async () => {
      const layer = await startLayer();
      const client = await rawClient(layer.port, handshake('/socket'));
      await client.until(/\r\n\r\n/);
      latest(layer).socket.close(4409, 'taken over');
      await client.until(/taken over/);
      client.socket.write(bytes);
      await client.closed;
      await latest(layer).ended;
      const other = await layer.client();
      other.send('still there');
      expect(await other.next()).to.equal('still there');
    });
  }
});

describe('maxPayload of a dialect', () => {
  it('bounds its own frames and those of no other', async () => {
    const open = (socket: Socket): Session => ({ receive: (text) => socket.send(`${text}`), closed() {} });
    const layer = await startLayer({ asked: { open, maxPayload: 10 } });
    const [own, other] = await Promise.all([connect(`ws://127.0.0.1:${layer.port}/asked`), layer.client()]);
    own.ws.send('x'.repeat(10));
    expect(await own.next()).to.have.length(10);
    own.ws.send('x'.repeat(11));
    expect((await own.closed).code).to.equal(1009);
    other.ws.send('x'.repeat(11));
    expect(await other.next()).to.have.length(11);
  });
});

describe('close', () => {
  it('tells every socket 1001 and resolves when all have answered', async () => {
    const layer = await startLayer();
    const clients = await Promise.all([layer.client(), layer.client()]);
    await layer.sockets.close(10_000);
    for (const client of clients) {
      expect(await client.closed).to.deep.equal({ code: 1001, reason: 'the relay is closing' });
    }
    expect(layer.opened.map(({ closed }) => closed)).to.deep.equal([1, 1]);
  });

  it('cuts off a socket that does not answer', async () => {
    const layer = await startLayer();
    const client = await rawClient(layer.port, handshake('/socket'));
    await client.until(/\r\n\r\n/);
    await layer.sockets.close(10);
    await client.closed;
    expect(client.text()).to.contain('the relay is closing');
    expect(latest(layer).closed).to.equal(1);
  });

  it('cuts off a socket whose frame is being handled for ever', async () => {
    const layer = await startLayer({ receive: () => new Promise(() => {}) });
    const client = await layer.client();
    client.send('a');
    await eventually('a frame is handled', () => latest(layer).received.length > 0);
    await layer.sockets.close(10);
    expect((await client.closed).code).to.equal(1001);
    expect(latest(layer).closed).to.equal(1);
  });

  it('answers upgrades with 503 from then on', async () => {
    const layer = await startLayer();
    await layer.sockets.close(10);
    const client = await rawClient(layer.port, handshake('/socket'));
    expect(await client.until(/\r\n\r\n/)).to.match(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    await client.closed;
  });

  it('stops the heartbeat', async () => {
    const layer = await startLayer();
    await layer.sockets.close(10);
    await layer.clock.tick(10 * PING_INTERVAL);
    await abandoned(layer);
  });
});
