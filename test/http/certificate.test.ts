import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { Agent, get, request } from 'node:https';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { CERTIFICATE_INTERVAL, Certificate } from '../../server/http/certificate.ts';
import { closeServer, createHttpServer, listen } from '../../server/http/listen.ts';
import { onCleanup } from '../support/cleanup.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { createSelfSigned } from '../support/push-service/self-signed.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';
import { connect } from '../support/socket.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, world } from '../world.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };

/** Writes a new pair into a folder. */
async function writePair(dir: string) {
  const pair = createSelfSigned(['localhost', '127.0.0.1']);
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  await Promise.all([writeFile(files.cert, pair.cert), writeFile(files.key, pair.key)]);
  return { ...pair, files };
}

/** A server with the certificate in a folder, and the serial number of the one that it shows. */
async function serve(dir: string, clock: FakeClock = fakeClock()) {
  const { files } = await writePair(dir);
  const { logger, lines } = recordingLogger();
  const certificate = await Certificate.open(files, { clock, logger });
  onCleanup(() => certificate.close());
  const server = createHttpServer((_request, response) => void response.end('hello'), certificate);
  const port = await listen(server, LOCAL);
  onCleanup(() => closeServer(server, 0));
  async function shown(): Promise<string> {
    const socket = connectTls({ ...LOCAL, port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }
  /** Looks at the files now. The look reads them with real I/O, so it has to be waited for. */
  const look = () => clock.tick(CERTIFICATE_INTERVAL);
  return { files, lines, port, shown, look, clock };
}

describe('Certificate', () => {
  it('shows a new certificate to new connections, and goes on with the old ones', async () => {
    const dir = await tempDir();
    const { shown, look, lines, port } = await serve(dir);
    const before = await shown();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    onCleanup(() => agent.destroy());
    const read = () =>
      new Promise<string>((resolve, reject) => {
        get({ ...LOCAL, port, agent }, (response) => resolve(readText(response))).on('error', reject);
      });
    expect(await read()).to.equal('hello');
    await writePair(dir);
    await eventually('the new one is shown', async () => {
      await look();
      return (await shown()) !== before;
    });
    expect(await read()).to.equal('hello');
    expect(lines.filter(({ level }) => level !== 'debug').map(({ level, text }) => [level, text])).to.deep.equal([
      ['info', 'the new certificate is in use'],
    ]);
  });

  it('sees links that lead to other files, as certbot replaces them', async () => {
    const dir = await tempDir();
    const [first, second] = [await tempDir(), await tempDir()];
    const [one, two] = [await writePair(first), await writePair(second)];
    const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
    for (const name of ['cert', 'key'] as const) await symlink(one.files[name], files[name]);
    const clock = fakeClock();
    const { logger, lines } = recordingLogger();
    const certificate = await Certificate.open(files, { clock, logger });
    onCleanup(() => certificate.close());
    for (const name of ['cert', 'key'] as const) {
      await symlink(two.files[name], join(dir, 'next'));
      await rename(join(dir, 'next'), files[name]);
    }
    await eventually('it is read', async () => {
      await clock.tick(CERTIFICATE_INTERVAL);
      return lines.some(({ text }) => text === 'the new certificate is in use');
    });
  });

  it('keeps the old one while the new files do not fit, and says so once', async () => {
    const dir = await tempDir();
    const { files, shown, look, lines } = await serve(dir);
    const before = await shown();
    await writeFile(files.cert, createSelfSigned(['localhost']).cert);
    await eventually('the log says so', async () => {
      await look();
      return lines.length > 0;
    });
    for (let looks = 0; looks < 5; looks += 1) await look();
    expect(lines.map(({ level, text }) => [level, text])).to.deep.equal([
      ['warn', 'the new certificate cannot be used; the old one stays in use'],
    ]);
    expect(await shown()).to.equal(before);
    await writePair(dir);
    await eventually('the right pair is shown', async () => {
      await look();
      return (await shown()) !== before;
    });
  });

  it('says each day that the certificate ends soon', async () => {
    const clock = fakeClock(Date.now() + 24 * 86_400_000);
    const { lines, look } = await serve(await tempDir(), clock);
    expect(lines.map(({ level, text }) => [level, text])).to.deep.equal([
      ['warn', 'the certificate ends soon, or has ended: renew it'],
    ]);
    await eventually('it is said again after a day', async () => {
      await clock.tick(86_400_000);
      await look();
      return lines.length === 2;
    });
  });

  it('refuses files that cannot be used, and names them', async () => {
    const parts = { clock: fakeClock(), logger: recordingLogger().logger };
    const { files } = await writePair(await tempDir());
    const dir = await tempDir();
    const bad = async (name: string, content: string) => {
      await writeFile(join(dir, name), content);
      return join(dir, name);
    };
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
    });
    const problems: [string, Partial<typeof files>][] = [
      ['http.tls.cert: ENOENT', { cert: join(dir, 'missing') }],
      ['http.tls.key: EISDIR', { key: dir }],
      ['http.tls: expected a PEM certificate', { cert: await bad('text', 'no certificate') }],
      ['http.tls: expected a PEM certificate', { key: await bad('empty', '') }],
      ['http.tls: expected a PEM certificate', { key: await bad('other', createSelfSigned(['a']).key) }],
      ['its key without a passphrase', { key: await bad('encrypted', privateKey) }],
    ];
    for (const [expected, given] of problems) {
      const error = await rejection(Certificate.open({ ...files, ...given }, parts));
      expect(error.message).to.include(expected);
      expect(error).to.have.property('code', 'invalid');
    }
    expect(parts.clock.timers()).to.equal(0);
  });
});

describe('a relay with its own certificate', () => {
  it('speaks https and wss, and its addresses say so', async () => {
    const { cert: ca, files } = await writePair(await tempDir());
    const relay = await world({ config: { http: { tls: files }, websocket: { port: 0 } } });
    const ask = async (path: string, init: { method?: string; body?: string } = {}) => {
      const asked = request({
        host: '127.0.0.1',
        port: relay.ports.http,
        ca,
        method: init.method ?? 'GET',
        path,
        headers: { authorization: TOKEN, ...(init.body && { 'content-type': 'application/json' }) },
      });
      asked.end(init.body);
      const [response] = await once(asked, 'response');
      return { status: response.statusCode as number, text: await readText(response) };
    };
    const phone = await connect(`wss://127.0.0.1:${relay.ports.websocket}`, { ca });
    phone.send({ cmd: 'AUTH', data: { name: 'phone', token: TOKEN, group: '' } });
    await phone.packet('AUTH');
    const sent = ask('/phone.send?text=hello');
    const message = await phone.packet('MESSAGE');
    phone.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: (message.data as { mid: string }).mid } });
    expect((await sent).status).to.equal(200);
    // Node's parser refuses the raw bytes, so the relay hands the connection to its server again.
    const raw = connectTls({ ...LOCAL, port: relay.ports.http, ca });
    raw.write(
      Buffer.from(
        `GET /phone.send?text=你好&wait=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${TOKEN}\r\nConnection: close\r\n\r\n`,
      ),
    );
    expect(await readText(raw)).to.match(/^HTTP\/1\.1 200 /);
    const made = await ask('/v1/keys', { method: 'POST', body: '{"name":"cron","send":["phone"]}' });
    expect(JSON.parse(made.text)).to.have.property('key');
    expect(made.text).to.include(`https://127.0.0.1:${relay.ports.http}`);
    // Plain http gets no answer, because the handshake fails.
    await rejection(fetch(`http://127.0.0.1:${relay.ports.http}/health`));
    const plain = new WebSocket(`ws://127.0.0.1:${relay.ports.websocket}`);
    await rejection(once(plain, 'open'));
  });
});
