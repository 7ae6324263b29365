import { once } from 'node:events';
import { expect } from 'chai';
import { TOKEN, world } from '../../world.ts';
import { open, readAll, stored, target } from './requests.ts';

describe('hostile connections', () => {
  const head = (more: string) =>
    `POST /a.send HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${TOKEN}\r\n${more}\r\n\r\n`;

  it('with huge or broken heads are refused', async () => {
    const { relay, unharmed } = await target();
    const heads: [string, RegExp][] = [
      [head(`X: ${'y'.repeat(20_000)}`), /^HTTP\/1\.1 431 /],
      [`GET /${'x'.repeat(20_000)}.send HTTP/1.1\r\n\r\n`, /^HTTP\/1\.1 431 /],
      ['\u0000\u0001\u0002\r\n\r\n', /^HTTP\/1\.1 400 /],
      ['GET / HTTP/9.9\r\n\r\n', /^HTTP\/1\.1 400 /],
      [head('Content-Length: -1'), /^HTTP\/1\.1 400 /],
      [head('Content-Length: 1\r\nTransfer-Encoding: chunked'), /^HTTP\/1\.1 400 /],
      [head('Content-Length: 1\r\nContent-Length: 2'), /^HTTP\/1\.1 400 /],
      [`${head('Transfer-Encoding: chunked')}zz\r\n`, /^HTTP\/1\.1 400 /],
    ];
    for (const [text, expected] of heads) {
      const socket = await open(relay);
      const answer = readAll(socket);
      socket.write(text);
      expect(await answer, text.slice(0, 60)).to.match(expected);
    }
    await unharmed();
  });

  it('that end in the middle send nothing', async () => {
    const { relay, unharmed } = await target();
    const starts = [
      'GET /a.send?te',
      'GET /a.send?text=x HTTP/1.1\r\nAuthorization: test-token\r\n',
      `${head('Content-Length: 10\r\nContent-Type: text/plain')}half`,
      `${head('Transfer-Encoding: chunked\r\nContent-Type: text/plain')}4\r\nhalf\r\n`,
      `${head('Content-Length: 500\r\nContent-Type: multipart/form-data; boundary=XX')}--XX\r\nContent-Disposition: form-data; name="text"\r\n\r\nx`,
    ];
    for (const text of starts) {
      const cut = await open(relay);
      cut.write(text);
      await relay.fetch('/health');
      cut.destroy();
      const ended = await open(relay);
      const answer = readAll(ended);
      ended.end(text);
      expect(await answer, text.slice(0, 60)).to.match(/^$|^HTTP\/1\.1 400 /);
    }
    await unharmed();
  });

  it('go on after a body that was too large, however it was sent', async () => {
    const relay = await world({ config: { http: { maxBody: 1_024 } } });
    const body = 'x'.repeat(200_000);
    const post = `POST /a.send HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}`;
    for (const large of [
      `${post}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      `${post}\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ]) {
      const socket = await open(relay);
      const answers = readAll(socket);
      socket.write(`${large}GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect((await answers).match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 413', 'HTTP/1.1 200']);
    }
  });

  it('that stay half open hold nobody up', async () => {
    const { relay, unharmed } = await target();
    for (let i = 0; i < 20; i += 1) {
      const socket = await open(relay);
      socket.write(i % 2 === 0 ? 'GET /a.send?text=x HTTP/1.1\r\n' : head('Content-Length: 10'));
    }
    await unharmed();
  });

  it('that leave before their reply do no harm', async () => {
    const { relay, device } = await target();
    const other = await relay.device('b');
    const socket = await open(relay);
    socket.write(`GET /b.send?text=x HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}\r\n\r\n`);
    const { mid } = (await other.packet('MESSAGE')).data;
    socket.destroy();
    await once(socket, 'close');
    other.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
    await other.settle();
    expect((await stored(relay, 'b'))[0]).to.include({ mid, status: 'ok' });
    await device.settle();
  });
});
