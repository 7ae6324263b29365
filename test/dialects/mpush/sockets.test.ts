import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { freePort } from '../../support/free-port.ts';
import { TOKEN, world } from '../../world.ts';
import { open, raw, readAll } from './requests.ts';

describe('an upgrade', () => {
  for (const path of ['/', '/anything/at/all', '/?token=x&y', '/a.send?text=x', '/health', '//x', '/%ZZ', '/ws/']) {
    it(`is taken on ${path}`, async () => {
      const relay = await world();
      const socket = await relay.socket(path);
      socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a' } });
      expect((await socket.packet('AUTH')).data.code).to.equal(200);
    });
  }

  it('sends nothing on a send path', async () => {
    const relay = await world();
    const device = await relay.device('a');
    await relay.socket(`/a.send?text=x&token=${TOKEN}`);
    await device.settle();
    expect(device.frames.some((frame) => frame.includes('MESSAGE'))).to.equal(false);
  });

  it('of a broken kind is refused, and harms nobody', async () => {
    const relay = await world();
    const heads = [
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n',
    ];
    for (const head of heads) {
      const socket = await open(relay);
      const answer = readAll(socket);
      socket.write(head);
      expect(await answer, head).to.match(/^HTTP\/1\.1 4\d\d /);
    }
    await (await relay.device('a')).settle();
  });

  it('is taken below basePath alone', async () => {
    const relay = await world({ config: { http: { basePath: '/mpush' } } });
    for (const path of ['/mpush', '/mpush/', '/mpush/x?y']) await relay.socket(path);
    for (const path of ['/', '/mpushx', '/other']) {
      const ws = new WebSocket(`ws://127.0.0.1:${relay.relay.ports.websocket}${path}`);
      const [error] = await once(ws, 'error');
      expect(String(error), path).to.include('404');
    }
  });
});

describe('http.basePath', () => {
  it('stands before every path', async () => {
    const relay = await world({ config: { http: { basePath: '/mpush' } } });
    const socket = await relay.socket('/mpush');
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a' } });
    await socket.packet('AUTH');
    expect((await relay.request('/mpush/a.send?wait=0&text=x')).json.data.a).to.equal('wait');
    expect((await relay.post({ cmd: 'TEST_HTTP' })).status).to.equal(404);
    expect((await relay.request('/a.send?text=x')).status).to.equal(404);
    expect((await relay.request('/mpushx/a.send?text=x')).status).to.equal(404);
    expect((await relay.fetch('/mpush/health')).json.status).to.equal('ok');
    const packet = await relay.request('/mpush', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"cmd":"TEST_HTTP"}',
    });
    expect(packet.status).to.equal(200);
  });
});

describe('two ports', () => {
  it('keep HTTP and sockets apart: the one of the sockets answers requests with 426', async () => {
    const port = await freePort();
    const relay = await world({ config: { websocket: { port } } });
    expect(relay.relay.ports.websocket).to.equal(port).and.not.equal(relay.relay.ports.http);
    const device = await relay.device('a', { acknowledge: true });
    expect((await relay.request('/a.send?text=x')).json.data.a).to.equal('ok');
    await device.packet('MESSAGE');
    const answer = await raw(relay, { port, path: '/a.send?text=y' });
    expect([answer.status, answer.headers.upgrade]).to.deep.equal([426, 'websocket']);
    await device.settle();
    expect(device.frames.filter((frame) => frame.startsWith('{"cmd":"MESSAGE"'))).to.have.length(1);
    const ws = new WebSocket(`ws://127.0.0.1:${relay.relay.ports.http}/`);
    await once(ws, 'error');
  });
});

describe('limits of sockets', () => {
  it('close a socket with 1009 for a frame beyond maxPayload', async () => {
    const relay = await world({ config: { websocket: { maxPayload: 1024 } } });
    const device = await relay.device('a');
    device.ws.send('x'.repeat(1024));
    expect(await device.next()).to.include('expected JSON');
    device.ws.send('x'.repeat(1025));
    expect((await device.closed).code).to.equal(1009);
    await (await relay.device('a')).settle();
  });

  it('let no more than maxUnauthenticated wait, and count only those', async () => {
    const relay = await world({ config: { websocket: { maxUnauthenticated: 2 } } });
    await relay.device('a');
    await relay.device('b');
    const [first, second] = [await relay.socket(), await relay.socket()];
    const third = await relay.socket();
    // The newcomer takes the place of the oldest one that has said nothing.
    await first.closed;
    expect([second, third].map(({ ws }) => ws.readyState)).to.deep.equal([WebSocket.OPEN, WebSocket.OPEN]);
  });

  it('answer a ping of the protocol once', async () => {
    const device = await (await world()).device('a');
    let pongs = 0;
    device.ws.on('pong', () => {
      pongs += 1;
    });
    device.ws.ping('hello');
    await once(device.ws, 'pong');
    await device.settle();
    expect(pongs).to.equal(1);
  });

  it('close a socket whose text is no UTF-8 with 1007, and one that breaks the protocol with 1002', async () => {
    const relay = await world();
    const mask = randomBytes(4);
    const masked = (bytes: number[]) => Buffer.from(bytes.map((byte, i) => byte ^ (mask[i % 4] ?? 0)));
    const text = await relay.device('a');
    text.stream?.write(Buffer.concat([Buffer.from([0x81, 0x82]), mask, masked([0xc3, 0x28])]));
    expect((await text.closed).code).to.equal(1007);
    const unmasked = await relay.device('a');
    unmasked.stream?.write(Buffer.from([0x81, 0x01, 0x78]));
    expect((await unmasked.closed).code).to.equal(1002);
    expect((await raw(relay, { path: '/health' })).status).to.equal(200);
  });
});
