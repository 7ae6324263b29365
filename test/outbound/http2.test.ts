import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { ABORTED, type Answer, type Profile } from '../../server/outbound/client.ts';
import { createOutbound } from '../../server/outbound/outbound.ts';
import { NOT_PUBLIC } from '../../server/outbound/public-address.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { startProxy, startTarget } from '../transports/webhook/servers.ts';
import { certificate, created, startHttp2 } from './http2-target.ts';

const TIMEOUT = 10_000;
function setUp(profile: Partial<Profile> = {}, maxSockets = 256) {
  const clock = fakeClock();
  const outbound = createOutbound({ clock, maxSockets, ca: certificate.cert });
  onCleanup(() => outbound.close());
  const client = outbound.client({ timeout: TIMEOUT, http2: true, ...profile });
  const send = (
    url: string,
    body = 'x',
    { signal = new AbortController().signal, proxy }: { signal?: AbortSignal; proxy?: string } = {},
  ): Promise<Answer> =>
    client.send(
      { method: 'POST', url: new URL(`${url}/p?a=1`), headers: { 'x-own': 'a' }, body: Buffer.from(body), proxy },
      signal,
    );
  const sendMany = (count: number, url: string) =>
    Promise.all(Array.from({ length: count }, (_, index) => send(url, `m${index}`)));
  return { clock, client, send, sendMany };
}

const statuses = (answers: readonly Answer[]) =>
  answers.map((answer) => (answer.fault === undefined ? answer.status : answer.fault));

describe('a client with HTTP/2', () => {
  it('sends the request as it is, and returns status, phrase and body', async () => {
    const target = await startHttp2((stream) => {
      stream.respond({ ':status': 429, 'retry-after': '7' });
      stream.end('later');
    });
    const answer = await setUp().send(target.url, 'secret');
    const words = 'answered 429 Too Many Requests';
    expect(answer).to.deep.equal({ status: 429, words, after: 7000, body: Buffer.from('later'), isWhole: true });
    expect(target.arrived).to.deep.include({ path: '/p?a=1', body: 'secret', session: target.sessions[0] });
  });

  it('shares one connection among requests, also among those that come before it is open', async () => {
    const target = await startHttp2();
    const { send, sendMany } = setUp();
    expect(new Set(statuses(await sendMany(100, target.url)))).to.deep.equal(new Set([201]));
    await send(target.url);
    expect(target.sessions).to.have.length(1);
    expect(target.arrived).to.have.length(101);
  });

  it('has no more requests on a connection than the target allows, and opens others', async () => {
    const atOnce = new Map<unknown, number>();
    const target = await startHttp2(
      (stream) => {
        atOnce.set(stream.session, (atOnce.get(stream.session) ?? 0) + 1);
        stream.respond({ ':status': 201 });
        setImmediate(() => {
          expect(atOnce.get(stream.session)).to.be.at.most(3);
          atOnce.set(stream.session, (atOnce.get(stream.session) ?? 0) - 1);
          stream.end();
        });
      },
      { maxConcurrentStreams: 3 },
    );
    const answers = await setUp().sendMany(20, target.url);
    expect(new Set(statuses(answers))).to.deep.equal(new Set([201]));
    expect(target.sessions.length).to.be.within(2, 7);
  });

  it('counts each request against the sockets of the relay', async () => {
    const held: ServerHttp2Stream[] = [];
    const target = await startHttp2((stream) => void held.push(stream));
    const { sendMany } = setUp({}, 2);
    const answers = sendMany(3, target.url);
    await eventually('two requests are there', () => held.length === 2);
    created(held.shift() as ServerHttp2Stream, target, 0);
    await eventually('the third is there', () => held.length === 2);
    for (const stream of held) created(stream, target, 0);
    expect(statuses(await answers)).to.deep.equal([201, 201, 201]);
  });

  it('uses HTTP/1.1 where the target offers nothing else, and asks it once an hour', async () => {
    const target = await startTarget((response) => response.writeHead(201).end(), { ...certificate });
    onCleanup(() => target.close());
    const { send, clock } = setUp();
    expect(statuses([await send(target.url)])).to.deep.equal([201]);
    expect(target.sockets.accepted).to.equal(2);
    expect(statuses(await Promise.all([send(target.url), send(target.url)]))).to.deep.equal([201, 201]);
    expect(target.sockets.accepted).to.be.at.most(3);
    await clock.tick(3_600_000);
    const before = target.sockets.accepted;
    await send(target.url);
    expect(target.sockets.accepted).to.be.greaterThan(before);
  });

  describe('and a target that offers HTTP/2', () => {
    async function startLiar(act: (socket: TLSSocket) => void) {
      const protocols: unknown[] = [];
      const server = createTlsServer({ ...certificate, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
        protocols.push(socket.alpnProtocol);
        socket.on('error', () => {});
        if (socket.alpnProtocol === 'h2') act(socket);
        else socket.once('data', () => socket.end('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n'));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onCleanup(() => server.close());
      return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, protocols };
    }

    for (const [what, act] of [
      ['ends the connection', (socket: TLSSocket) => socket.end()],
      ['speaks something else', (socket: TLSSocket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ] as const) {
      it(`uses HTTP/1.1 if it then ${what}`, async () => {
        const { url, protocols } = await startLiar(act);
        const { send } = setUp();
        expect(statuses([await send(url), await send(url)])).to.deep.equal([201, 201]);
        expect(protocols[0]).to.equal('h2');
        expect(protocols.slice(1)).not.to.include('h2');
      });
    }

    it('uses HTTP/1.1 at the next request if it then says nothing', async () => {
      const { url, protocols } = await startLiar(() => {});
      const { send, clock } = setUp();
      const answer = send(url);
      await eventually('the connection is there', () => protocols.length === 1);
      await clock.tick(TIMEOUT);
      expect(await answer).to.deep.equal({ fault: `no answer within ${TIMEOUT} ms` });
      expect(statuses([await send(url)])).to.deep.equal([201]);
      expect(protocols[1]).not.to.equal('h2');
    });
  });

  it('goes through a proxy over HTTP/1.1', async () => {
    const [proxy, target] = [await startProxy(), await startTarget(undefined, { ...certificate })];
    onCleanup(() => proxy.close());
    onCleanup(() => target.close());
    expect(statuses([await setUp().send(target.url, 'x', { proxy: proxy.url })])).to.deep.equal([200]);
    expect(proxy.arrived).to.have.length(1);
  });

  it('calls no address inside the network for a client that is for the public internet', async () => {
    const target = await startHttp2();
    const { send } = setUp({ publicOnly: true });
    expect(await send(target.url.replace('127.0.0.1', 'localhost'))).to.deep.equal({ fault: NOT_PUBLIC });
    expect(target.sessions).to.deep.equal([]);
  });

  it('checks the certificate', async () => {
    const target = await startHttp2();
    const outbound = createOutbound({ clock: fakeClock(), maxSockets: 2 });
    onCleanup(() => outbound.close());
    const client = outbound.client({ timeout: TIMEOUT, http2: true });
    const request = { method: 'GET', url: new URL(target.url), headers: {}, proxy: undefined } as const;
    expect(await client.send(request, new AbortController().signal)).to.deep.equal({
      fault: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });

  it('names the fault of a target that is not there', async () => {
    expect(await setUp().send('https://127.0.0.1:1')).to.deep.equal({ fault: 'ECONNREFUSED' });
  });

  it('reads no more than the bound of its profile', async () => {
    const target = await startHttp2((stream) => {
      stream.respond({ ':status': 200 });
      stream.end('y'.repeat(100_000));
    });
    const answer = await setUp({ maxAnswer: 10 }).send(target.url);
    expect(answer).to.deep.include({ status: 200, body: Buffer.from('y'.repeat(10)), isWhole: false });
  });

  it('waits for the rest of an answer only as long as its profile says', async () => {
    const target = await startHttp2((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('head');
    });
    // The time moves before the headers are here, too.
    const { send, clock } = setUp({ answerTime: 500, timeout: 1_000_000_000 });
    let answer: Answer | undefined;
    const sent = send(target.url).then((one) => {
      answer = one;
    });
    await eventually('the answer is cut off', async () => {
      await clock.tick(100);
      return answer !== undefined;
    });
    await sent;
    expect(answer).to.deep.include({ status: 200, isWhole: false });
  });

  it('ends with its signal, and the connection goes on', async () => {
    const target = await startHttp2((stream, _target, number) => {
      if (number > 1) created(stream, target, number);
    });
    const { send } = setUp();
    const controller = new AbortController();
    const answer = send(target.url, 'x', { signal: controller.signal });
    await eventually('the request is there', () => target.arrived.length === 1);
    controller.abort();
    expect(await answer).to.deep.equal({ fault: ABORTED });
    expect(statuses([await send(target.url)])).to.deep.equal([201]);
    expect(target.sessions).to.have.length(1);
  });

  it('ends everything when it is closed, also while it connects', async () => {
    const target = await startHttp2(() => {});
    const { send, client } = setUp();
    const answers = [send(target.url)];
    await eventually('the request is there', () => target.arrived.length === 1);
    answers.push(send('https://192.0.2.1'));
    client.close();
    expect(await Promise.all([...answers, send(target.url)])).to.deep.equal(Array(3).fill({ fault: ABORTED }));
    await eventually('the connection is gone', () => target.open.size === 0);
  });
});

describe('a client with HTTP/2 and a hostile target', () => {
  it('gives up when no answer comes in time, and uses the connection no more', async () => {
    const target = await startHttp2((stream, _target, number) => {
      if (number > 1) created(stream, target, number);
    });
    const { send, clock } = setUp();
    const answer = send(target.url);
    await eventually('the request is there', () => target.arrived.length === 1);
    await clock.tick(TIMEOUT);
    expect(await answer).to.deep.equal({ fault: `no answer within ${TIMEOUT} ms` });
    expect(statuses([await send(target.url)])).to.deep.equal([201]);
    expect(target.sessions).to.have.length(2);
    await eventually('the first connection is gone', () => target.open.size === 1);
  });

  it('gives up in time when a target accepts the connection and says nothing', async () => {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
      socket.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => server.close());
    const { send, clock } = setUp();
    const answer = send(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await eventually('the connection is there', () => sockets.size === 1);
    await clock.tick(TIMEOUT);
    expect(await answer).to.deep.equal({ fault: `no answer within ${TIMEOUT} ms` });
    await eventually('the connection is gone', () => sockets.size === 0);
  });

  it('sends a request again that the target refused to read', async () => {
    const target = await startHttp2((stream, _target, number) => {
      if (number % 2 === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else created(stream, target, number);
    });
    expect(statuses([await setUp().send(target.url)])).to.deep.equal([201]);
    expect(target.arrived).to.have.length(2);
  });

  it('names the fault of a request that is reset, without a second one', async () => {
    const target = await startHttp2((stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    expect(await setUp().send(target.url)).to.deep.equal({ fault: 'ERR_HTTP2_STREAM_ERROR' });
    expect(target.arrived).to.have.length(1);
  });

  it('loses no request of a burst to a target that says goodbye again and again', async () => {
    const target = await startHttp2((stream, _target, number) => {
      created(stream, target, number);
      if (number % 30 === 0) stream.session?.close();
    });
    const { sendMany } = setUp();
    for (let burst = 0; burst < 5; burst += 1) {
      expect(new Set(statuses(await sendMany(50, target.url)))).to.deep.equal(new Set([201]));
    }
    expect(target.sessions.length).to.be.greaterThan(1);
  });

  it('sends a request again that met the end of a connection which has brought answers', async () => {
    const target = await startHttp2((stream, _target, number) => {
      if (number === 2) stream.session?.destroy();
      else created(stream, target, number);
    });
    const { send } = setUp();
    await send(target.url);
    expect(statuses([await send(target.url)])).to.deep.equal([201]);
    expect(target.sessions).to.have.length(2);
  });

  it('fails when a new connection ends without an answer', async () => {
    const target = await startHttp2((stream) => stream.session?.destroy());
    expect(await setUp().send(target.url)).to.have.property('fault');
    expect(target.arrived).to.have.length(1);
  });

  for (const [what, end] of [
    ['ends', (session: ServerHttp2Session) => session.destroy()],
    ['says goodbye on', (session: ServerHttp2Session) => session.close()],
  ] as const) {
    it(`opens at most two connections for a request to a target that ${what} each as soon as it is open`, async () => {
      const target = await startHttp2();
      target.server.on('session', (session) => {
        session.on('error', () => {});
        session.settings({}, () => end(session));
      });
      const answers = await setUp().sendMany(20, target.url);
      expect(answers).to.have.length(20);
      expect(target.sessions.length).to.be.at.most(40);
    });
  }

  it('fails when the headers of an answer are huge, and the next request works', async () => {
    const target = await startHttp2((stream, _target, number) => {
      const huge = number === 1 ? Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`x-${n}`, 'y'])) : {};
      stream.respond({ ':status': 201, ...huge }, { endStream: true });
    });
    const { send } = setUp();
    expect(await send(target.url)).to.have.property('fault');
    expect(statuses([await send(target.url)])).to.deep.equal([201]);
  });

  it('gives up in time when a target stops reading, and closes the connection', async () => {
    const target = await startHttp2(created, { initialWindowSize: 2 ** 30 });
    target.server.on('session', (session) => session.setLocalWindowSize(2 ** 30));
    const sockets = new Set<Socket>();
    const front = createTcpServer((socket) => {
      const inner = connect({ port: Number(new URL(target.url).port), host: '127.0.0.1' });
      for (const one of [socket, inner]) one.on('error', () => {});
      sockets.add(socket);
      socket.on('data', (bytes) => inner.write(bytes));
      inner.on('data', (bytes) => socket.write(bytes));
      socket.on('close', () => {
        sockets.delete(socket);
        inner.destroy();
      });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    onCleanup(() => front.close());
    const url = `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const { send, clock } = setUp();
    expect(statuses([await send(url)])).to.deep.equal([201]);
    for (const socket of sockets) socket.pause();
    // More than the buffers of both sides hold, in requests that begin in one turn.
    const body = 'x'.repeat(1_000_000);
    const answers: Answer[] = [];
    for (let count = 0; count < 8; count += 1) void send(url, body).then((answer) => answers.push(answer));
    await eventually('all give up', async () => {
      await clock.tick(TIMEOUT);
      return answers.length === 8;
    });
    expect(statuses(answers)).to.deep.equal(Array(8).fill(`no answer within ${TIMEOUT} ms`));
    for (const socket of sockets) socket.resume();
    await eventually('the connection is gone', () => sockets.size === 0);
  });

  it('closes the connection to a target that says goodbye and never closes its side', async () => {
    const target = await startHttp2((stream, _target, number) => {
      created(stream, target, number);
      stream.session?.goaway();
    });
    let isClosed = false;
    const front = createTcpServer({ allowHalfOpen: true }, (socket) => {
      const inner = connect({ port: Number(new URL(target.url).port), host: '127.0.0.1', allowHalfOpen: true });
      for (const one of [socket, inner]) one.on('error', () => {});
      socket.on('data', (bytes) => inner.write(bytes));
      inner.on('data', (bytes) => socket.write(bytes));
      // Only a side that is closed as a whole refuses bytes.
      socket.on('end', () => {
        const timer = setInterval(() => socket.write('x'), 1);
        socket.on('close', () => {
          clearInterval(timer);
          isClosed = true;
        });
      });
      onCleanup(() => {
        socket.destroy();
        inner.destroy();
      });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    onCleanup(() => front.close());
    const url = `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
    expect(statuses([await setUp().send(url)])).to.deep.equal([201]);
    await eventually('the connection is gone', () => isClosed);
  });

  it('keeps no more than 32 idle connections', async () => {
    const targets = await Promise.all(Array.from({ length: 40 }, () => startHttp2()));
    const { send } = setUp();
    await Promise.all(targets.map(({ url }) => send(url)));
    const open = () => targets.reduce((sum, target) => sum + target.open.size, 0);
    await eventually('the others are closed', () => open() === 32);
  });
});
