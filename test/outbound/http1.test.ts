import { Agent } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import { expect } from 'chai';
import { createAgents } from '../../server/outbound/agents.ts';
import { sendOverHttp1 } from '../../server/outbound/http1.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually, soon } from '../support/eventually.ts';
import { createSelfSigned } from '../support/push-service/self-signed.ts';
import { rejection } from '../support/rejection.ts';
import { certificate } from './http2-target.ts';
import { startTcp, startTls } from './raw-target.ts';

const BOUNDS = { maxAnswer: 1000, answerTime: 500 };
const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';

function setUp({ ca = certificate.cert, lookup }: { ca?: string; lookup?: LookupFunction } = {}) {
  const clock = fakeClock();
  const agents = createAgents({ clock, timeout: 1000, ca, ...(lookup === undefined ? {} : { lookup }) });
  onCleanup(() => agents.destroy());
  const send = (
    url: string,
    { body = Buffer.from('body'), signal = new AbortController().signal }: { body?: Buffer; signal?: AbortSignal } = {},
  ) =>
    soon(
      'the request is over',
      sendOverHttp1(
        { method: 'POST', url: new URL(url), headers: {}, body, proxy: undefined },
        agents,
        { clock, ...BOUNDS },
        signal,
      ),
    );
  return { clock, agents, send };
}

/** Answers each request on a connection, once its headers are there. */
function answerWith(answer: string) {
  return (socket: Socket) => socket.on('data', (bytes) => bytes.includes('\r\n\r\n') && socket.write(answer));
}

const codeOf = (error: Error) => ('code' in error ? error.code : error.message);

describe('sendOverHttp1', () => {
  it('keeps its connection for the next request', async () => {
    const target = await startTcp(answerWith(NO_CONTENT));
    const { send, clock, agents } = setUp();
    for (let count = 0; count < 3; count += 1) {
      expect(await send(`http://${target.authority}/`)).to.include({ status: 204, isWhole: true });
      await eventually('the connection is idle', async () => {
        const { httpAgent } = await agents.wayTo(new URL('http://a/'), undefined);
        return httpAgent instanceof Agent && Object.keys(httpAgent.freeSockets).length === 1;
      });
    }
    expect(target.accepted).to.equal(1);
    expect(clock.timers()).to.equal(0);
    agents.destroy();
    await eventually('the connection is gone', () => target.open.size === 0);
  });

  for (const [what, answer, code] of [
    ['ends the connection', '', 'ECONNRESET'],
    ['sends half of its headers and ends', 'HTTP/1.1 200 OK\r\ncontent-le', 'ECONNRESET'],
    ['does not speak HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'HPE_INVALID_CONSTANT'],
    ['sends huge headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
    [
      'sends two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      'HPE_UNEXPECTED_CONTENT_LENGTH',
    ],
    [
      'changes to another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      'EPROTO',
    ],
    ['says only that it will answer', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n', 'ECONNRESET'],
  ] as const) {
    it(`rejects if the target ${what}, and closes the connection`, async () => {
      const target = await startTcp((socket) => socket.once('data', () => socket.end(answer)));
      const { send, clock } = setUp();
      expect(codeOf(await rejection(send(`http://${target.authority}/`)))).to.equal(code);
      await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
      expect(target.accepted).to.equal(1);
    });
  }

  it('rejects if the target resets the connection, without a second request', async () => {
    const target = await startTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(codeOf(await rejection(setUp().send(`http://${target.authority}/`)))).to.equal('ECONNRESET');
    expect(target.accepted).to.equal(1);
  });

  it('rejects if nothing listens there, or the name has no address', async () => {
    const { send } = setUp();
    expect(codeOf(await rejection(send('http://127.0.0.1:1/')))).to.equal('ECONNREFUSED');
    expect(codeOf(await rejection(send('http://nothing.invalid/')))).to.be.oneOf(['ENOTFOUND', 'EAI_AGAIN']);
  });

  it('rejects if the certificate is not trusted, or is for another name', async () => {
    const [mine, other] = [createSelfSigned(['127.0.0.1']), createSelfSigned(['other.example'])];
    for (const [served, ca, code] of [
      [mine, certificate.cert, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      [other, other.cert, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const) {
      const target = await startTls(served, answerWith(NO_CONTENT));
      const { send } = setUp({ ca });
      for (let count = 0; count < 2; count += 1) {
        expect(codeOf(await rejection(send(`https://${target.authority}/`)))).to.equal(code);
      }
      await eventually('the connections are gone', () => target.open.size === 0);
    }
  });

  for (const [what, act] of [
    ['says nothing', () => {}],
    ['sends half of its headers', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nx-a')],
    ['says only that it will answer', (socket: Socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n')],
  ] as const) {
    it(`ends with its signal while a target ${what}`, async () => {
      let hasRequest = false;
      const target = await startTcp((socket) =>
        socket.once('data', () => {
          act(socket);
          hasRequest = true;
        }),
      );
      const controller = new AbortController();
      const { send, clock } = setUp();
      const failure = rejection(send(`http://${target.authority}/`, { signal: controller.signal }));
      await eventually('the request is there', () => hasRequest);
      controller.abort();
      await failure;
      await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
    });
  }

  it('ends with its signal while it connects, looks up a name, or has not begun', async () => {
    const controller = new AbortController();
    let asked = 0;
    const lookup: LookupFunction = () => {
      asked += 1;
    };
    const silent = await startTcp(() => {});
    const { send } = setUp({ lookup });
    const failures = ['http://slow.example/', `https://${silent.authority}/`].map((url) =>
      rejection(send(url, { signal: controller.signal })),
    );
    await eventually('both have begun', () => asked === 1 && silent.open.size === 1);
    controller.abort();
    await Promise.all(failures);
    await rejection(send('http://slow.example/', { signal: controller.signal }));
    await eventually('the connection is gone', () => silent.open.size === 0);
    expect(asked).to.equal(1);
  });

  it('keeps the beginning of an answer when its signal aborts', async () => {
    let socket: Socket | undefined;
    const target = await startTcp((one) => {
      socket = one;
      answerWith('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegin')(one);
    });
    const controller = new AbortController();
    const { send, clock } = setUp();
    const answer = send(`http://${target.authority}/`, { signal: controller.signal });
    await eventually('the answer is being read', () => clock.timers() === 1 && socket?.writableLength === 0);
    controller.abort();
    expect(await answer).to.include({ status: 200, isWhole: false });
    await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
  });

  for (const [what, answer] of [
    ['stops in the middle', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegin'],
    ['stops in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbegin\r\nff\r\nx'],
    ['has no end', 'HTTP/1.1 200 OK\r\n\r\nbegin'],
  ] as const) {
    it(`does not wait longer than its time for an answer that ${what}`, async () => {
      const target = await startTcp(answerWith(answer));
      const { send, clock } = setUp();
      const sent = send(`http://${target.authority}/`);
      await eventually('the answer is being read', () => clock.timers() === 1);
      await clock.tick(BOUNDS.answerTime);
      expect(await sent).to.include({ status: 200, isWhole: false });
      await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
    });
  }

  it('says of an answer that is cut off that it is not whole', async () => {
    const target = await startTcp((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegin')),
    );
    const answer = await setUp().send(`http://${target.authority}/`);
    expect(answer).to.deep.include({ status: 200, body: Buffer.from('begin'), isWhole: false });
  });

  it('reads no more than its bound of an answer without end', async () => {
    let sent = 0;
    const target = await startTcp((socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'y'))) sent += 65_536;
      };
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.on('drain', more);
        more();
      });
    });
    const { send, clock } = setUp();
    const answer = await send(`http://${target.authority}/`);
    expect(answer).to.deep.include({ body: Buffer.alloc(1000, 'y'), isWhole: false });
    await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
    expect(sent).to.be.below(20_000_000);
  });

  it('closes the connection to a target that answers and never reads the request', async () => {
    const target = await startTcp((socket) =>
      socket.once('data', () => {
        socket.write(NO_CONTENT);
        socket.pause();
      }),
    );
    // More than the buffers of both sides hold.
    const body = Buffer.alloc(64_000_000);
    const { send, agents } = setUp();
    expect(await send(`http://${target.authority}/`, { body })).to.include({ status: 204 });
    await eventually('the connection is gone', async () => {
      const { httpAgent } = await agents.wayTo(new URL('http://a/'), undefined);
      return Object.keys(httpAgent.sockets).length === 0;
    });
  });

  for (const [what, act] of [
    ['ends', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    for (const size of [4, 4_000_000]) {
      it(`sends ${size} bytes again that met a kept connection which the target ${what}`, async () => {
        const target = await startTcp((socket) => {
          let requests = 0;
          socket.on('data', (bytes) => {
            if (!bytes.includes('\r\n\r\n')) return;
            requests += 1;
            if (requests === 1) socket.write(NO_CONTENT);
            else act(socket);
          });
        });
        const { send, agents } = setUp();
        expect(await send(`http://${target.authority}/`)).to.include({ status: 204 });
        await eventually('the connection is idle', async () => {
          const { httpAgent } = await agents.wayTo(new URL('http://a/'), undefined);
          return httpAgent instanceof Agent && Object.keys(httpAgent.freeSockets).length === 1;
        });
        const again = await send(`http://${target.authority}/`, { body: Buffer.alloc(size) });
        expect(again).to.include({ status: 204 });
        expect(target.accepted).to.equal(2);
      });
    }
  }

  it('sends a request only twice to a target that cuts each', async () => {
    let isFirst = true;
    const target = await startTcp((socket) =>
      socket.on('data', () => {
        if (isFirst) socket.write(NO_CONTENT);
        else socket.resetAndDestroy();
        isFirst = false;
      }),
    );
    const { send } = setUp();
    await send(`http://${target.authority}/`);
    expect(codeOf(await rejection(send(`http://${target.authority}/`)))).to.equal('ECONNRESET');
    expect(target.accepted).to.be.at.most(2);
  });

  it('follows no redirect', async () => {
    const elsewhere = await startTcp(answerWith(NO_CONTENT));
    const location = `location: http://${elsewhere.authority}/`;
    const target = await startTcp(
      answerWith(`HTTP/1.1 307 Temporary Redirect\r\n${location}\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(await setUp().send(`http://${target.authority}/`)).to.include({ status: 307 });
    expect(elsewhere.accepted).to.equal(0);
  });

  it('does not take bytes that come before a request for its answer', async () => {
    const target = await startTcp((socket) =>
      socket.on('data', () => socket.write(`${NO_CONTENT}HTTP/1.1 200 Early\r\ncontent-length: 0\r\n\r\n`)),
    );
    const { send } = setUp();
    for (let count = 0; count < 3; count += 1) {
      const answer = await send(`http://${target.authority}/`).catch((error: Error) => error);
      if (!(answer instanceof Error)) expect(answer.status).to.equal(204);
    }
  });
});
