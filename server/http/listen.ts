// Servers: one for HTTP and WebSocket together, or one for each if their ports differ. Also closes them in an orderly way.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificate.ts';
import { answerClientErrors, type Refusal, refuseConnection } from './client-errors.ts';

/** Where to listen. Port 0 picks a free one. */
export interface ListenOptions {
  /** Empty for all interfaces. */
  readonly host: string;
  readonly port: number;
}

/** Starts listening. Rejects with Node's own error, such as EADDRINUSE. */
export function listen(server: Server, { host, port }: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

const OPTIONS = {
  keepAliveTimeout: 65_000,
  requestTimeout: 60_000,
  // Node would refuse a request without a Host header without saying why. The relay refuses it below, with a text.
  requireHostHeader: false,
  // Lets Node 24 and later answer a client that offers an upgrade to HTTP/2 over HTTP/1.1. Earlier versions ignore this option.
  shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
};

/** The unfinished responses of each server. When the server closes, they tell their peers that the connection will end. */
const running = new WeakMap<Server, Set<ServerResponse>>();

function endConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

const NO_HOST: Refusal = { status: 400, code: 'invalid', error: 'expected a Host header' };
const NO_EXPECTATION: Refusal = { status: 417, code: 'invalid', error: 'expected 100-continue, or no Expect header' };
const NO_PROXY: Refusal = { status: 405, code: 'method_not_allowed', error: 'the relay is not a proxy' };

function refuse(response: ServerResponse, { status, code, error }: Refusal): void {
  const body = JSON.stringify({ error, code });
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
}

/**
 * Lets a peer that waits for `100 Continue` send its body once the body is read. A refusal that needs no body then spares it,
 * and ends the connection, because the peer may still send the body.
 */
function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const { _read: read } = request;
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  // Every way to read a stream ends here.
  request._read = (size) => {
    request._read = read;
    if (!response.headersSent) {
      response.shouldKeepAlive = shouldKeepAlive;
      response.writeContinue();
    }
    read.call(request, size);
  };
}

/** What makes a server: the certificate makes those that speak https. */
type ServerFactory = Pick<Certificate, 'createServer'>;

/** A server for requests. Node's own timeouts cut off slow senders. @param factory the certificate, for https */
export function createHttpServer(answer: RequestListener, factory: ServerFactory = { createServer }): Server {
  const responses = new Set<ServerResponse>();
  const take: RequestListener = (request, response) => {
    responses.add(response);
    if (!server.listening) endConnection(response);
    response.on('close', done);
    if (request.headers.host === undefined && request.httpVersionMinor === 1) refuse(response, NO_HOST);
    else answer(request, response);
  };
  const server = factory.createServer(OPTIONS, take);
  server.on('checkContinue', (request, response) => {
    continueWhenRead(request, response);
    take(request, response);
  });
  server.on('checkExpectation', (_request, response) => refuse(response, NO_EXPECTATION));
  server.on('connect', (_request, stream) => refuseConnection(stream, NO_PROXY, 'Allow: GET, POST, PUT'));
  answerClientErrors(server, responses);
  running.set(server, responses);
  /** One function for all responses, because a new one for each costs more. */
  function done(this: ServerResponse): void {
    responses.delete(this);
    // A connection that was busy when the server began to close would otherwise stay open for another request.
    if (!server.listening) server.closeIdleConnections();
  }
  return server;
}

/** A server only for upgrades, as on the second port of mpush 2.1. @param factory the certificate, for https */
export function createUpgradeServer(factory: ServerFactory = { createServer }): Server {
  const server = factory.createServer({}, (_request, response) => {
    response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end('expected a WebSocket upgrade');
  });
  answerClientErrors(server, new Set());
  return server;
}

/** Stops accepting connections, lets running requests end, and cuts off the rest after `grace` ms. */
export async function closeServer(server: Server, grace: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  for (const response of running.get(server) ?? []) endConnection(response);
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(cut);
}
