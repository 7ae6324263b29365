import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { Tunnel } from '../../server/outbound/tunnel.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { makeCertificate, type Running, startProxy, startTarget } from '../transports/webhook/servers.ts';

const TIMEOUT = 1000;
const KEEP = { keepAlive: true, maxFreeSockets: 8, timeout: 4000 };

function kept(one: Running): Running {
  onCleanup(() => one.close());
  return one;
}

async function setUp(answerConnect?: (socket: Socket) => void) {
  const certificate = makeCertificate(await tempDir());
  const target = kept(await startTarget((response) => response.end('hi'), certificate));
  const proxy = kept(await startProxy(undefined, answerConnect));
  const clock = fakeClock();
  const tunnel = new Tunnel(new URL(proxy.url), { ...KEEP, ca: certificate.cert }, { clock, timeout: TIMEOUT });
  onCleanup(() => tunnel.destroy());
  /** The text of the answer, or the code of the error. */
  const get = () =>
    new Promise<string>((resolve) => {
      httpsRequest(target.url, { agent: tunnel }, (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve(text));
      })
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
        .end();
    });
  return { target, proxy, clock, tunnel, get };
}

describe('Tunnel', () => {
  it('keeps a tunnel for the next request', async () => {
    const { get, proxy } = await setUp();
    expect(await get()).to.equal('hi');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await get()).to.equal('hi');
    expect(proxy.arrived.map(({ method }) => method)).to.deep.equal(['CONNECT']);
  });

  for (const status of ['204 No Content', '403 Forbidden', '502 Bad Gateway']) {
    it(`is none when the proxy answers ${status}`, async () => {
      const { get } = await setUp((socket) => socket.end(`HTTP/1.1 ${status}\r\n\r\n`));
      expect(await get()).to.equal(`proxy answered ${status.slice(0, 3)}`);
    });
  }

  it('gives up a proxy that does not answer in time', async () => {
    const { get, clock, proxy } = await setUp((socket) => socket.resume().on('end', () => socket.end()));
    const answer = get();
    await eventually('the proxy is asked', () => proxy.arrived.length === 1);
    await clock.tick(TIMEOUT);
    expect(await answer).to.equal('ABORT_ERR');
    await eventually('the connection is gone', () => proxy.sockets.open.size === 0);
  });

  it('gives up what is being opened when it is destroyed', async () => {
    const { get, tunnel, proxy } = await setUp((socket) => socket.resume().on('end', () => socket.end()));
    const answer = get();
    await eventually('the proxy is asked', () => proxy.arrived.length === 1);
    tunnel.destroy();
    expect(await answer).to.equal('ABORT_ERR');
    await eventually('the connection is gone', () => proxy.sockets.open.size === 0);
  });
});
