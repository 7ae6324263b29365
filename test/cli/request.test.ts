import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { CommandError } from '../../server/cli/command.ts';
import { NOT_FOUND, request } from '../../server/cli/request.ts';
import type { ServerAccess } from '../../server/cli/server-access.ts';
import { onCleanup } from '../support/cleanup.ts';

const never = new AbortController().signal;

async function serverOf(listener: RequestListener): Promise<ServerAccess> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { http: `http://${address}`, websocket: `ws://${address}`, token: 'tökén' };
}

/** A server that answers everything with this status and body. */
const answering = (status: number, body: string) =>
  serverOf((_request, response) => response.writeHead(status).end(body));

/** The CommandError of a request that fails. */
async function failureOf(server: ServerAccess): Promise<CommandError> {
  try {
    await request(server, { method: 'GET', path: '/', signal: never });
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error('the request succeeded');
}

describe('request', () => {
  it('sends method, path, token and body, and returns the object of the answer', async () => {
    const seen: { request: IncomingMessage; body: string }[] = [];
    const server = await serverOf(async (incoming, response) => {
      seen.push({ request: incoming, body: await text(incoming) });
      response.end('{"a":1}');
    });
    const answer = await request(server, { method: 'POST', path: '/x?y=1', body: { b: '张' }, signal: never });
    expect(answer).to.deep.equal({ a: 1 });
    const [{ request: incoming, body } = { request: undefined, body: '' }] = seen;
    expect([incoming?.method, incoming?.url, body]).to.deep.equal(['POST', '/x?y=1', '{"b":"张"}']);
    expect(incoming?.headers).to.include({ 'content-type': 'application/json', accept: 'application/json' });
    expect(Buffer.from(incoming?.headers.authorization ?? '', 'latin1').toString()).to.equal('tökén');
  });

  it('sends no token and no content type if there are none', async () => {
    let headers: IncomingMessage['headers'] = {};
    const server = await serverOf((incoming, response) => {
      headers = incoming.headers;
      response.end('{}');
    });
    await request({ ...server, token: undefined }, { method: 'DELETE', path: '/', signal: never });
    expect(headers).to.not.have.any.keys('authorization', 'content-type');
  });

  it('distinguishes a missing token from a wrong one', async () => {
    const server = await answering(401, '{"error":"no"}');
    expect((await failureOf(server)).message).to.contain('refuses the token');
    expect((await failureOf({ ...server, token: undefined })).message).to.contain('needs a token');
  });

  it("repeats the relay's text, made safe and shortened", async () => {
    const server = await answering(400, JSON.stringify({ error: `\u001b[2J${'x'.repeat(600)}` }));
    const { message, exitCode } = await failureOf(server);
    expect(message).to.equal(`${server.http}: \\u001b[2J${'x'.repeat(496)}`);
    expect(exitCode).to.equal(1);
  });

  it("reads the refusals of mpush's paths as well", async () => {
    const server = await answering(400, '{"cmd":"INFO","data":"expected a text"}');
    expect((await failureOf(server)).message).to.equal(`${server.http}: expected a text`);
  });

  it('exits with 4 if the resource does not exist', async () => {
    expect((await failureOf(await answering(404, '{"error":"no device"}'))).exitCode).to.equal(NOT_FOUND);
  });

  it('does not follow a redirect, and names its target', async () => {
    const server = await serverOf((_request, response) => response.writeHead(308, { location: 'https://h/' }).end());
    expect((await failureOf(server)).message).to.equal(
      `${server.http} redirects to https://h/: use that address with --server`,
    );
  });

  for (const body of ['', 'null', '[]', '"x"', '{', '<html>', '{"error":5}']) {
    it(`takes the answer ${JSON.stringify(body)} for that of another program`, async () => {
      const { message } = await failureOf(await answering(body === '{"error":5}' ? 500 : 200, body));
      expect(message).to.match(/ does not answer as a Herald relay does \(HTTP \d+\)$/);
    });
  }

  it('gives up after its timeout', async () => {
    const server = await serverOf(() => {});
    const asked = { method: 'GET', path: '/', timeout: 20, signal: never } as const;
    const error = await request(server, asked).catch((problem: unknown) => problem);
    expect(error).to.be.instanceOf(CommandError).and.to.have.property('message').that.contains('no answer in time');
  });

  it('ends when the signal aborts', async () => {
    const stop = new AbortController();
    const server = await serverOf(() => stop.abort());
    const error = await request(server, { method: 'GET', path: '/', signal: stop.signal }).catch((problem) => problem);
    expect(error).to.be.instanceOf(CommandError).and.to.have.property('message', 'interrupted');
  });
});
