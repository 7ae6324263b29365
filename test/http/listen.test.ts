import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { closeServer, createHttpServer, createUpgradeServer, listen } from '../../server/http/listen.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };

describe('listen', () => {
  it('picks a free port for 0 and says which', async () => {
    const server = createServer();
    onCleanup(() => closeServer(server, 0));
    const port = await listen(server, LOCAL);
    expect(port).to.be.greaterThan(0);
    expect(server.address()).to.include({ port, address: '127.0.0.1' });
    expect(server.listenerCount('error')).to.equal(0);
  });

  it('listens everywhere for an empty host', async () => {
    const server = createServer();
    onCleanup(() => closeServer(server, 0));
    await listen(server, { host: '', port: 0 });
    expect(server.address()).to.have.property('address').that.is.oneOf(['::', '0.0.0.0']);
  });

  it("fails with Node's own error for a port in use", async () => {
    const [first, second] = [createServer(), createServer()];
    onCleanup(() => closeServer(first, 0));
    const port = await listen(first, LOCAL);
    const error = await listen(second, { ...LOCAL, port }).catch((fault: unknown) => fault);
    expect(error).to.include({ code: 'EADDRINUSE', port });
  });
});

describe('createHttpServer', () => {
  const EXPECTING = 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n';

  async function open(answer: RequestListener) {
    const server = createHttpServer(answer);
    onCleanup(() => closeServer(server, 0));
    const socket = connect({ ...LOCAL, port: await listen(server, LOCAL) });
    onCleanup(() => void socket.destroy());
    let text = '';
    let isOver = false;
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => {
      isOver = true;
    });
    return { socket, text: () => text, isOver: () => isOver };
  }

  it('lets a peer that waits for 100 Continue send its body when the body is read', async () => {
    const { socket, text } = await open(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end(`read ${body}`);
    });
    socket.write(EXPECTING);
    await eventually('it may continue', () => text() === 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('ab');
    await eventually('the answer', () => text().includes('read ab'));
    expect(text()).to.include('Connection: keep-alive');
    // The connection is good for another one.
    socket.write(EXPECTING);
    await eventually('it may continue again', () => text().endsWith('100 Continue\r\n\r\n'));
  });

  it('refuses without the body, and ends the connection, because the body may come nevertheless', async () => {
    const { socket, text, isOver } = await open((_request, response) => response.writeHead(413).end('too much'));
    socket.write(EXPECTING);
    await eventually('the end of the connection', isOver);
    expect(text())
      .to.match(/^HTTP\/1.1 413 /)
      .and.include('Connection: close')
      .and.not.include('100 Continue');
  });
});

describe('createUpgradeServer', () => {
  it('answers every request with 426 and closes', async () => {
    const server = createUpgradeServer();
    onCleanup(() => closeServer(server, 0));
    const port = await listen(server, LOCAL);
    const answer = await fetch(`http://127.0.0.1:${port}/a.send`, { method: 'POST', body: 'x' });
    expect([answer.status, answer.headers.get('upgrade'), answer.headers.get('connection')]).to.deep.equal([
      426,
      'websocket',
      'close',
    ]);
    expect(await answer.text()).to.equal('expected a WebSocket upgrade');
  });
});

describe('closeServer', () => {
  it('lets a running request finish', async () => {
    let finish = () => {};
    const server = createHttpServer((_request, response) => {
      finish = () => void response.end('done');
    });
    const port = await listen(server, LOCAL);
    const request = get({ ...LOCAL, port });
    await once(server, 'request');
    const closed = closeServer(server, 60_000);
    finish();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).to.equal(200);
    await once(response, 'end');
    request.destroy();
    await closed;
    expect(server.listening).to.equal(false);
  });

  it('tells clients in its last answers that the connection closes', async () => {
    let finish = () => {};
    const server = createHttpServer((_request, response) => {
      finish = () => void response.end('done');
    });
    const agent = new Agent({ keepAlive: true });
    onCleanup(() => agent.destroy());
    const port = await listen(server, LOCAL);
    const request = get({ ...LOCAL, port, agent });
    await once(server, 'request');
    const closed = closeServer(server, 60_000);
    finish();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.headers.connection).to.equal('close');
    await closed;
  });

  it('cuts off requests that exceed the grace period', async () => {
    const server = createHttpServer(() => {});
    const port = await listen(server, LOCAL);
    const request = get({ ...LOCAL, port });
    const failed = once(request, 'error');
    await once(server, 'request');
    await closeServer(server, 1);
    const [error] = await failed;
    expect(error).to.have.property('code', 'ECONNRESET');
  });

  it('closes a connection that never sent anything', async () => {
    const server = createHttpServer(() => {});
    const port = await listen(server, LOCAL);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(server, 'connection');
    const gone = once(socket, 'close');
    await closeServer(server, 1);
    await gone;
  });

  it('resolves at once for a server that does not listen', async () => {
    await closeServer(createServer(), 60_000);
  });
});
