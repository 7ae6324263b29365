// A target that answers in bytes, for answers that no HTTP server would give. Closed after the test. No test lives here.
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { onCleanup } from '../support/cleanup.ts';

/** A running target. */
export interface RawTarget {
  /** `host:port`, for a URL. */
  readonly authority: string;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Those open now. */
  readonly open: ReadonlySet<Socket>;
}

/** Starts a target over TCP. Connections are numbered from 1. */
export function startTcp(act: (socket: Socket, number: number) => void): Promise<RawTarget> {
  let number = 0;
  const server = createTcpServer((socket) => {
    number += 1;
    act(socket, number);
    socket.resume();
  });
  return run(server);
}

/** Starts a target over TLS. Connections are numbered from 1, once they are secure. */
export function startTls(options: TlsOptions, act: (socket: TLSSocket, number: number) => void): Promise<RawTarget> {
  let number = 0;
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {});
    number += 1;
    act(socket, number);
    // A socket that nothing reads does not notice its end.
    socket.resume();
  });
  server.on('tlsClientError', () => {});
  return run(server);
}

async function run(server: Server): Promise<RawTarget> {
  const open = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    authority,
    get accepted() {
      return accepted;
    },
    open,
  };
}
