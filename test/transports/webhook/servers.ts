// Real HTTP targets and proxies for the webhook tests. No test lives here.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server on a port of its own. */
export interface Running {
  readonly port: number;
  readonly url: string;
  readonly arrived: Arrived[];
  /** Connections accepted so far, and those open now. */
  readonly sockets: { accepted: number; readonly open: Set<Socket> };
  /** Resolves when the next request, or CONNECT, has arrived whole. */
  next(): Promise<void>;
  close(): Promise<void>;
}

/** How a server answers; the default is an empty 200. */
export type Answer = (response: ServerResponse, arrived: Arrived) => void;

/** Certificate and key of a server, both PEM. The certificate is its own authority. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate in a directory, for these names. Needs openssl (`apt-get install openssl`). */
export function makeCertificate(dir: string, names = 'IP:127.0.0.1,DNS:localhost'): Certificate {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=herald test', '-addext', `subjectAltName=${names}`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** An HTTP target, or an HTTPS one when it gets a certificate. */
export function startTarget(answer: Answer = (response) => response.end(), tls?: Certificate): Promise<Running> {
  const handle = (arrived: Arrived, response: ServerResponse) => answer(response, arrived);
  return tls === undefined
    ? run(createServer(), 'http', handle)
    : run(createHttpsServer({ cert: tls.cert, key: tls.key }), 'https', handle);
}

/** A proxy that forwards absolute-form requests and opens CONNECT tunnels; `connect` may answer a CONNECT itself. */
export function startProxy(tls?: Certificate, answerConnect?: (socket: Socket) => void): Promise<Running> {
  const server = tls === undefined ? createServer() : createHttpsServer({ cert: tls.cert, key: tls.key });
  const running = run(server, tls === undefined ? 'http' : 'https', forward);
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    server.emit('arrived', read(incoming, ''));
    if (answerConnect !== undefined) {
      answerConnect(socket);
      return;
    }
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(incoming.url ?? '') ?? [];
    const beyond = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(beyond).pipe(socket);
    });
    beyond.on('error', () => socket.destroy());
    socket.on('close', () => beyond.destroy());
  });
  return running;
}

function forward({ method, url, headers, body }: Arrived, response: ServerResponse): void {
  const onward = request(url, { method, headers: { ...headers, via: '1.1 proxy' }, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.writeHead(502).end());
  onward.end(body);
}

function read({ method = '', url = '', headers }: IncomingMessage, body: string): Arrived {
  return { method, url, headers, body };
}

async function run(
  server: Server | HttpsServer,
  scheme: string,
  handle: (arrived: Arrived, response: ServerResponse) => void,
): Promise<Running> {
  const arrived: Arrived[] = [];
  const sockets = { accepted: 0, open: new Set<Socket>() };
  server.on('connection', (socket: Socket) => {
    sockets.accepted += 1;
    sockets.open.add(socket);
    socket.on('close', () => sockets.open.delete(socket));
  });
  server.on('arrived', (one: Arrived) => {
    arrived.push(one);
    server.emit('noted');
  });
  server.on('request', (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const one = read(incoming, Buffer.concat(chunks).toString());
      server.emit('arrived', one);
      handle(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    arrived,
    sockets,
    next: () => new Promise((resolve) => server.once('noted', () => resolve())),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.open) socket.destroy();
      }),
  };
}
