// The relay under the names of other services, for programs that know only those: as with a line in the hosts file and a
// TLS proxy in front, whose certificate the machine trusts.
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { onCleanup } from '../../support/cleanup.ts';
import { listen } from '../../support/push-service/listen.ts';
import { createSelfSigned } from '../../support/push-service/self-signed.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** Where these names lead now. */
export interface Hosts {
  /** Port of the proxy on 127.0.0.1. */
  readonly port: number;
  /** The certificate, PEM. */
  readonly ca: string;
  /** A proxy of requests that leads there too, for programs that have such a setting. */
  readonly proxy: string;
  /** What a program in Python or Node needs in its environment to find them and to trust them. */
  readonly env: NodeJS.ProcessEnv;
}

/** Passes on what each side sends. */
function bind(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
  }
}

/** Puts the relay on a port behind these names until the end of the test or suite. */
export async function hosts(names: readonly string[], relayPort: number): Promise<Hosts> {
  const { key, cert } = createSelfSigned(names);
  const ends = createServer({ key, cert }, (client) => bind(client, connect(relayPort, '127.0.0.1')));
  const port = await listen(ends, 0, '127.0.0.1');
  const proxy = createHttpServer().on('connect', (_request, client: Socket) => {
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    bind(client, connect(port, '127.0.0.1'));
  });
  const proxyPort = await listen(proxy, 0, '127.0.0.1');
  for (const server of [ends, proxy]) onCleanup(() => void server.close());
  const bundle = join(await tempDir(), 'ca.pem');
  await writeFile(bundle, cert);
  const env = {
    INTEROP_HOSTS: `${names.join(',')}=${port}`,
    PYTHONPATH: fileURLToPath(new URL('python', import.meta.url)),
    REQUESTS_CA_BUNDLE: bundle,
    SSL_CERT_FILE: bundle,
    NODE_OPTIONS: `--import=${new URL('node/hosts.mjs', import.meta.url).href}`,
    NODE_EXTRA_CA_CERTS: bundle,
  };
  return { port, ca: cert, proxy: `http://127.0.0.1:${proxyPort}`, env };
}
