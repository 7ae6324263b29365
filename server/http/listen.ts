// Listening: one server for HTTP and WebSocket, or one each when their ports differ; and an orderly end.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

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
  // From Node 24 on, a client that offers HTTP/2 by an upgrade is answered over HTTP/1.1; before, Node asks nobody.
  shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
};

/** A server for requests. Slow senders of headers and bodies are cut off by Node's own bounds. */
export function createHttpServer(answer: RequestListener): Server {
  const server = createServer(OPTIONS, answer);
  server.on('request', (_request, response) => {
    // A connection that was busy when the server began to close would stay open for a next request.
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections();
    });
  });
  return server;
}

/** A server that upgrades alone, as mpush 2.1 has on its second port. */
export function createUpgradeServer(): Server {
  return createServer((_request, response) => {
    response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end('expected a WebSocket upgrade');
  });
}

/** Stops accepting, lets running requests end, and cuts off what is left after `grace` ms. */
export async function closeServer(server: Server, grace: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(cut);
}
