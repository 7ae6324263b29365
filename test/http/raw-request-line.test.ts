import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { rawClient } from '../socket/raw-client.ts';
import { eventually } from '../support/eventually.ts';
import { echoServer } from './echo-server.ts';

const HELLO = '%E4%BD%A0%E5%A5%BD';
const END = ' HTTP/1.1\r\nHost: x\r\n\r\n';
const LAST = 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/** The answers of one connection, as `<status> <body>`, once the peer has closed it. */
async function answers(port: number, ...packets: readonly (string | Buffer)[]): Promise<string[]> {
  const client = await rawClient(port, '');
  for (const packet of packets) {
    client.socket.write(packet);
    // The server has read it before the next one comes.
    await new Promise(setImmediate);
  }
  await client.closed;
  return readAnswers(client.text());
}

function readAnswers(text: string): string[] {
  return text
    .split(/(?=HTTP\/1\.1 \d{3})/)
    .map((answer) => `${answer.slice(9, 12)} ${answer.split('\r\n\r\n').slice(1).join('')}`)
    .map((answer) => answer.replace(/^200 (?:[\da-f]+\r\n)?/, '200 '));
}

describe('a request line with raw UTF-8', () => {
  it('is served as if it had been percent-encoded', async () => {
    const { port } = await echoServer();
    const given = await answers(port, `GET /d.send?text=你好 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(given).to.deep.equal([`200 GET /d.send?text=${HELLO} `]);
  });

  it('may have the raw bytes in its path, and be of any method', async () => {
    const { port } = await echoServer();
    for (const method of ['GET', 'PUT', 'OPTIONS', 'DELETE', 'POST']) {
      const line = `${method} /你好.send HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      expect(await answers(port, line)).to.deep.equal([`200 ${method} /${HELLO}.send `]);
    }
  });

  it('keeps the connection open for further requests', async () => {
    const { port } = await echoServer();
    const client = await rawClient(port, '');
    for (const [path, seen] of [
      ['/1?你', '/1?%E4%BD%A0'],
      ['/2?plain', '/2?plain'],
      ['/3?好', '/3?%E5%A5%BD'],
      ['/4?é', '/4?%C3%A9'],
    ]) {
      client.socket.write(`GET ${path}${END}`);
      await client.until(new RegExp(`GET ${seen?.replace('?', '\\?')} $`));
    }
    client.socket.write(LAST);
    await client.closed;
    expect(readAnswers(client.text())).to.have.length(5);
  });

  it('does not disturb requests in the same packet', async () => {
    const { port } = await echoServer();
    const packet = `GET /1${END}GET /2?你${END}GET /3?好${END}GET /4${END}${LAST}`;
    expect(await answers(port, packet)).to.deep.equal([
      '200 GET /1 ',
      '200 GET /2?%E4%BD%A0 ',
      '200 GET /3?%E5%A5%BD ',
      '200 GET /4 ',
      '200 GET /last ',
    ]);
  });

  it('is answered after the requests before it, however long they take', async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { port, server } = await echoServer(({ url }) => (url === '/1' ? slow : undefined));
    const first = once(server, 'request');
    const given = answers(port, `GET /1${END}GET /2${END}GET /3?你${END}${LAST}`);
    await first;
    release();
    expect(await given).to.deep.equal(['200 GET /1 ', '200 GET /2 ', '200 GET /3?%E4%BD%A0 ', '200 GET /last ']);
  });

  it('is recognized after the body of another request', async () => {
    const { port } = await echoServer();
    const head = 'POST /1?é HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n';
    expect(await answers(port, `${head}MPUTGET /2?你${END}${LAST}`)).to.deep.equal([
      '200 POST /1?%C3%A9 MPUT',
      '200 GET /2?%E4%BD%A0 ',
      '200 GET /last ',
    ]);
  });

  it('may arrive byte by byte on a reused connection', async () => {
    const { port } = await echoServer();
    const bytes = Buffer.from(
      `GET /1?é${END}POST /2?text=hello你好 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc${LAST}`,
    );
    const packets = [...bytes].map((byte) => Buffer.of(byte));
    // The first one begins in the packet with its raw byte.
    const first = Buffer.concat(packets.splice(0, 10));
    expect(await answers(port, first, ...packets)).to.deep.equal([
      '200 GET /1?%C3%A9 ',
      `200 POST /2?text=hello${HELLO} abc`,
      '200 GET /last ',
    ]);
  });

  it('may be split inside a character', async () => {
    const { port } = await echoServer();
    const line = Buffer.from(`GET /1?你好${END}`);
    for (const cut of [8, 9, 10, 11, 20]) {
      const given = await answers(port, line.subarray(0, cut), line.subarray(cut), LAST);
      expect(given, `cut at ${cut}`).to.deep.equal([`200 GET /1?${HELLO} `, '200 GET /last ']);
    }
  });

  it('may have a body, which may arrive later and in chunks', async () => {
    const { port } = await echoServer();
    const head = 'POST /1?é HTTP/1.1\r\nHost: x\r\n';
    const sized = await answers(port, `${head}Content-Length: 6\r\n\r\nab`, 'cd', `ef${LAST}`);
    const chunked = await answers(
      port,
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
      '3\r\nab',
      `c\r\n0\r\n\r\n${LAST}`,
    );
    expect(sized).to.deep.equal(['200 POST /1?%C3%A9 abcdef', '200 GET /last ']);
    expect(chunked).to.deep.equal(['200 POST /1?%C3%A9 abc', '200 GET /last ']);
  });

  it('may have a body of many packets, whose raw bytes stay unchanged', async () => {
    const { port } = await echoServer();
    const body = '你好\r\n'.repeat(100_000);
    const head = `POST /1?é HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const client = await rawClient(port, `${head}${body}${LAST}`);
    await client.closed;
    const [echo] = readAnswers(Buffer.from(client.text(), 'latin1').toString());
    expect(echo === `200 POST /1?%C3%A9 ${body}`).to.equal(true);
  });

  it('may ask for 100-continue', async () => {
    const { port } = await echoServer();
    const client = await rawClient(
      port,
      'POST /1?é HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
    );
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    client.socket.write('hi');
    await client.until(/POST \/1\?%C3%A9 hi/);
  });

  it('may be an upgrade request', async () => {
    const { port, server } = await echoServer();
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      stream.write(`upgraded ${request.url} ${head}`);
      stream.on('data', (chunk: Buffer) => stream.write(`got ${chunk}`));
    });
    const client = await rawClient(
      port,
      'GET /a?é HTTP/1.1\r\nHost: x\r\nUpgrade: test\r\nConnection: upgrade\r\n\r\nhead',
    );
    await client.until(/upgraded \/a\?%C3%A9 head/);
    client.socket.write('é');
    await client.until(/got \xc3\xa9$/);
  });

  it('keeps the peer’s address, and the timeout for the next request', async () => {
    let seen: string | undefined;
    const { port, server } = await echoServer(({ socket }) => {
      seen = socket.remoteAddress;
    });
    server.keepAliveTimeout = 1;
    expect(await answers(port, `GET /1?é${END}`)).to.deep.equal(['200 GET /1?%C3%A9 ']);
    expect(seen).to.equal('127.0.0.1');
  });

  it('is not answered if the request before it ended the connection', async () => {
    const { port } = await echoServer();
    const first = 'GET /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect(await answers(port, `${first}GET /2?é${END}`)).to.deep.equal(['200 GET /1 ']);
  });

  it('is refused if it is too long', async () => {
    const { port } = await echoServer();
    expect((await answers(port, `GET /1?${'é'.repeat(20_000)}${END}`))[0]).to.match(/^431 /);
  });

  it('is refused if more is wrong than raw bytes', async () => {
    const { port } = await echoServer();
    for (const line of ['GET /é\0', 'GET é', 'GET /é\x7f', 'GET /é b c', 'FOO /é', 'GET /é HTTP/9.9\r\n']) {
      expect((await answers(port, `${line}${END}`))[0], line).to.match(/^400 \{"error":".+","code":"invalid"\}$/);
    }
  });

  it('is forgotten with its connection, however often it arrived', async () => {
    const { port, server } = await echoServer();
    const client = await rawClient(port, `GET /1?é${END}`.repeat(50));
    await eventually('all 50 are answered', () => client.text().split('GET').length > 50);
    const sockets = await new Promise<number>((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
    expect(sockets).to.equal(1);
    client.socket.end();
    await client.closed;
  });

  it('is forgotten when the peer leaves before earlier requests are answered', async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const urls: (string | undefined)[] = [];
    const { port, server } = await echoServer(({ url }) => {
      urls.push(url);
      return slow;
    });
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const asked = once(server, 'request');
    const client = await rawClient(port, `GET /1${END}GET /2?é${END}`);
    const [socket] = await connected;
    await asked;
    const gone = new Promise((resolve) => socket.once('close', resolve));
    client.socket.resetAndDestroy();
    await gone;
    release();
    expect(urls).to.deep.equal(['/1']);
  });
});
