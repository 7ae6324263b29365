import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect } from 'chai';
import { refusalOf, refusalText } from '../../server/http/client-errors.ts';
import { closeServer, createUpgradeServer, listen } from '../../server/http/listen.ts';
import { rawClient } from '../socket/raw-client.ts';
import { onCleanup } from '../support/cleanup.ts';
import { soon } from '../support/eventually.ts';
import { echoServer } from './echo-server.ts';

/** Everything that comes back for some bytes, until the server closes. */
async function exchange(port: number, bytes: string): Promise<string> {
  const client = await rawClient(port, bytes);
  await client.closed;
  return client.text();
}

const TUNNEL = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n';

describe('a request that the parser refuses', () => {
  const post = (headers: string, body = '') => `POST / HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;
  const cases: readonly (readonly [what: string, bytes: string, status: number, said: RegExp])[] = [
    ['no request', 'hello\r\n\r\n', 400, /expected a request such as/],
    ['an unknown method', 'HELLO / HTTP/1.1\r\nHost: x\r\n\r\n', 400, /expected a request such as/],
    ['a handshake of TLS', '\x16\x03\x01\x02\x00\x01\x00', 400, /use http:\/\/ instead of https:\/\//],
    ['a blank in the address', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n', 400, /a blank in an address is written as %20/],
    ['NUL in the address', 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n', 400, /percent-encoded/],
    ['DEL in the address', 'GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n', 400, /percent-encoded/],
    ['another version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', 400, /expected HTTP\/1/],
    ['a huge address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, /too large/],
    ['huge headers', post(`X: ${'x'.repeat(20_000)}`), 431, /too large/],
    ['NUL in a header', post('X: a\0b'), 400, /./],
    ['a header without a name', post(': x'), 400, /./],
    ['a blank before the colon of a header', post('Content-Length : 3', 'abc'), 400, /./],
    ['a folded Transfer-Encoding', post('Transfer-Encoding:\r\n chunked', '0\r\n\r\n'), 400, /./],
    ['two different lengths', post('Content-Length: 1\r\nContent-Length: 2', 'ab'), 400, /Content-Length/],
    ['two equal lengths', post('Content-Length: 2\r\nContent-Length: 2', 'ab'), 400, /Content-Length/],
    ['a list of lengths', post('Content-Length: 2, 2', 'ab'), 400, /Content-Length/],
    [
      'a length and chunks',
      post('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
      400,
      /Content-Length/,
    ],
    [
      'chunks and a length',
      post('Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'),
      400,
      /Content-Length/,
    ],
    ['a negative length', post('Content-Length: -1'), 400, /Content-Length/],
    ['a length in hex', post('Content-Length: 0x2', 'ab'), 400, /Content-Length/],
    ['an encoding after chunked', post('Transfer-Encoding: chunked, gzip', '0\r\n\r\n'), 400, /./],
    ['an unknown encoding', post('Transfer-Encoding: xchunked', '0\r\n\r\n'), 400, /Transfer-Encoding/],
    ['a chunk without a size', post('Transfer-Encoding: chunked', 'zz\r\nab\r\n0\r\n\r\n'), 400, /size/],
    ['a huge chunk size', post('Transfer-Encoding: chunked', 'fffffffffffffffff\r\nab'), 400, /./],
    [
      'huge chunk extensions',
      post('Transfer-Encoding: chunked', `2;${'x'.repeat(20_000)}\r\nab\r\n0\r\n\r\n`),
      413,
      /extensions/,
    ],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, /Host/],
    ['an unknown expectation', post('Expect: a wonder'), 417, /Expect/],
    ['a tunnel', TUNNEL, 405, /not a proxy/],
  ];
  for (const [what, bytes, status, said] of cases) {
    it(`is told why: ${what}`, async () => {
      const { port } = await echoServer();
      const answer = await exchange(port, bytes);
      expect(answer).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
      const [, body = ''] = answer.split('\r\n\r\n');
      const { error, code } = JSON.parse(body);
      expect(error).to.be.a('string').that.matches(said);
      expect(code).to.match(/^[a-z_]+$/);
      expect(answer.match(/HTTP\/1\.1 \d/g)).to.have.length(1);
    });
  }

  it('cannot smuggle a second request', async () => {
    const urls: string[] = [];
    const { port } = await echoServer(({ url }) => void urls.push(url ?? ''));
    const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
    for (const bytes of [
      post(`Content-Length: ${smuggled.length}\r\nContent-Length: 0`, smuggled),
      post('Content-Length: 0\r\nTransfer-Encoding: chunked', smuggled),
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', `0\r\n\r\n${smuggled}`),
      post('Transfer-Encoding : chunked\r\nContent-Length: 0', smuggled),
      post('X: y\rTransfer-Encoding: chunked', smuggled),
      `GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n${smuggled}`,
      `POST /é HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `GET /é\rGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`,
    ]) {
      const client = await rawClient(port, bytes);
      await client.closed;
      expect(client.text(), JSON.stringify(bytes)).to.match(/^HTTP\/1\.1 400 /);
    }
    expect(urls.filter((url) => url.includes('smuggled'))).to.deep.equal([]);
  });

  it('is answered after the requests before it', async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { port, server } = await echoServer(() => slow);
    const asked = once(server, 'request');
    const client = await rawClient(port, 'GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /\0 HTTP/1.1\r\n\r\n');
    await asked;
    release();
    await client.closed;
    expect(client.text().match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('is answered even while the peer keeps sending', async () => {
    const { port } = await echoServer();
    const client = await rawClient(port, `GET / HTTP/1.1\r\nX: ${'x'.repeat(1_000_000)}`);
    await client.until(/^HTTP\/1\.1 431 [\s\S]+too_large/);
    client.socket.write('x'.repeat(100_000));
    client.socket.end();
    await client.closed;
  });

  it('does not end the process when it asks for a tunnel and resets the connection', async () => {
    const { port, server } = await echoServer();
    const asked = once(server, 'connect');
    const { socket } = await rawClient(port, TUNNEL);
    const [, stream] = await asked;
    // Not by `once`, which would listen to the error as well.
    const gone = new Promise((resolve) => stream.on('close', resolve));
    socket.resetAndDestroy();
    await soon('the end of the connection', gone);
    expect(stream.errored).to.include({ code: 'ECONNRESET' });
  });

  it('does not keep the server open when it asks for a tunnel and holds the connection', async () => {
    const { port, server } = await echoServer();
    const client = await rawClient(port, TUNNEL, true);
    await client.until(/not a proxy/);
    await soon('the end of the server', closeServer(server, 100));
  });

  it('is told that its time is over if it stops halfway', async () => {
    const { port, server } = await echoServer();
    const client = await rawClient(port, post('Content-Length: 5', 'ab'));
    const [request] = await once(server, 'request');
    server.emit('clientError', Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), request.socket);
    await client.until(/^HTTP\/1\.1 408 [\s\S]+"code":"timeout"/);
  });

  it('is told why on the port for sockets as well', async () => {
    const server = createUpgradeServer();
    onCleanup(() => server.close());
    const port = await listen(server, { host: '127.0.0.1', port: 0 });
    expect(await exchange(port, 'hello\r\n\r\n')).to.match(/^HTTP\/1\.1 400 [\s\S]+expected a request such as/);
  });
});

describe('refusalOf', () => {
  it('has a sentence for every parser error', () => {
    expect(refusalOf(Object.assign(new Error(), { code: 'HPE_NEW' }))).to.include({ status: 400, code: 'invalid' });
  });

  it('has no sentence for a failed connection', () => {
    expect(refusalOf(Object.assign(new Error(), { code: 'ECONNRESET' }))).to.equal(undefined);
    expect(refusalOf(new Error('x'))).to.equal(undefined);
  });
});

describe('refusalText', () => {
  it('is an answer that a client can read', async () => {
    const server = createServer();
    server.on('connection', (socket) =>
      socket.end(refusalText({ status: 400, code: 'invalid', error: 'Grüße' }, 'Allow: GET')),
    );
    onCleanup(() => server.close());
    const port = await listen(server, { host: '127.0.0.1', port: 0 });
    const answer = await fetch(`http://127.0.0.1:${port}`);
    expect([answer.status, answer.headers.get('allow'), await answer.json()]).to.deep.equal([
      400,
      'GET',
      { error: 'Grüße', code: 'invalid' },
    ]);
  });
});
