import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type RequestOptions, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text as readText } from 'node:stream/consumers';
import { expect } from 'chai';
import { judgeProxy } from '../server/cli/doctor/relay.ts';
import { configSchema } from '../server/config/schema.ts';
import { onCleanup } from './support/cleanup.ts';
import { freePort } from './support/free-port.ts';
import { connect } from './support/socket.ts';
import { tempDir } from './support/temp-dir.ts';
import { TOKEN, type World, world } from './world.ts';

const EXAMPLE = new URL('../nginx.example.conf', import.meta.url);
const env = { ...process.env, PATH: [process.env['PATH'], '/usr/sbin', '/sbin'].join(delimiter) };
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

/** What a program that is missing is told by; nothing is skipped. */
function needed(error: Error, program: string, name: string): Error {
  return new Error(`${program} cannot be run (${error.message}). Install with:\n  sudo apt-get install ${name}`);
}

/** A certificate for this machine, made for this run. */
async function certificate(): Promise<{ cert: string; key: string }> {
  const dir = await tempDir();
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const { error, status, stderr } = spawnSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1'
      .split(' ')
      .concat('-keyout', key, '-out', cert),
    { encoding: 'utf8' },
  );
  if (error !== undefined) throw needed(error, 'openssl', 'openssl');
  if (status !== 0) throw new Error(stderr);
  return { cert, key };
}

/** Replaces what the file asks its reader to replace; each of them must be there. */
function fill(example: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((config, [placeholder, value]) => {
    expect(config).to.include(placeholder);
    return config.replaceAll(placeholder, value);
  }, example);
}

/** nginx with a folder of its own, ready for connections. */
async function startNginx(config: string, dir: string): Promise<void> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${dir}/tmp;`);
  // Workers of root's nginx would run as a user who may not enter the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const file = join(dir, 'nginx.conf');
  await writeFile(
    file,
    `${user} daemon off; worker_processes 1; pid ${dir}/pid; error_log stderr notice; events {}
    http { access_log off; ${temporary.join(' ')}\n${config}\n}`,
  );
  const nginx = spawn('nginx', ['-p', dir, '-e', 'stderr', '-c', file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = once(nginx, 'exit');
  exit.catch(() => {});
  onCleanup(async () => {
    nginx.kill();
    await exit.catch(() => {});
  });
  const lines: string[] = [];
  const output = createInterface({ input: nginx.stderr });
  const failed = new Promise<never>((_resolve, reject) => {
    nginx.once('error', (error) => reject(needed(error, 'nginx', 'nginx-light')));
    output.once('close', () => reject(new Error(`nginx ended:\n${lines.join('\n')}`)));
  });
  failed.catch(() => {});
  // Written once every port is bound.
  const ready = new Promise<void>((resolve) => {
    output.on('line', (line) => {
      lines.push(line);
      if (line.includes('start worker process ')) resolve();
    });
  });
  await Promise.race([ready, failed]);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The front door of a relay. */
interface Front {
  readonly port: number;
  readonly plainPort: number;
  readonly ca: string;
  readonly dir: string;
  fetch(path: string, options?: RequestOptions, body?: string): Promise<Answer>;
}

/** Starts nginx with the example before the relay; `edit` is what a reader may change beside the placeholders. */
async function front(relay: World, edit: (config: string) => string = (config) => config): Promise<Front> {
  const example = edit(await readFile(EXAMPLE, 'utf8'));
  const [dir, { cert, key }, port, plainPort] = await Promise.all([tempDir(), certificate(), freePort(), freePort()]);
  const ipv6 = hasIpv6 ? '[::1]' : '127.0.0.2';
  const config = fill(example, {
    '127.0.0.1:9093': `127.0.0.1:${relay.relay.ports.http}`,
    '/etc/letsencrypt/live/herald.example.com/fullchain.pem': cert,
    '/etc/letsencrypt/live/herald.example.com/privkey.pem': key,
    'server_name herald.example.com': 'server_name localhost',
    'listen [::]:443': `listen ${ipv6}:${port}`,
    'listen [::]:80': `listen ${ipv6}:${plainPort}`,
    'listen 443': `listen 127.0.0.1:${port}`,
    'listen 80': `listen 127.0.0.1:${plainPort}`,
    '/var/log/nginx': dir,
  });
  await startNginx(config, dir);
  const ca = await readFile(cert, 'utf8');
  return {
    port,
    plainPort,
    ca,
    dir,
    fetch: (path, options = {}, body = '') =>
      new Promise((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path, ca, agent: false, ...options });
        sent.on('error', reject);
        sent.on('response', (response) => {
          const { statusCode = 0, headers } = response;
          readText(response).then((text) => resolve({ status: statusCode, headers, text }), reject);
        });
        sent.end(body);
      }),
  };
}

/** A device that came through nginx; its AUTH is done. */
async function deviceThrough({ port, ca }: Front, path: string, name: string) {
  const socket = await connect(`wss://127.0.0.1:${port}${path}`, { ca });
  socket.send({ cmd: 'AUTH', data: { token: TOKEN, name } });
  expect((await socket.packet('AUTH')).data.code).to.equal(200);
  return socket;
}

const authorized: RequestOptions = { headers: { authorization: TOKEN } };
const behindProxy = { http: { trustProxy: true } };

describe('nginx.example.conf', () => {
  for (const prefix of ['', '/mpush']) {
    it(`carries a message from https to a device on wss at "${prefix || '/'}"`, async () => {
      const nginx = await front(await world({ config: behindProxy }));
      const device = await deviceThrough(nginx, prefix === '' ? '/' : prefix, '张三 phone');
      const path = `${prefix}/${encodeURIComponent('张三 phone')}.send?text=%E4%BD%A0%E5%A5%BD%3F`;
      const reply = nginx.fetch(path, authorized);
      const { data } = await device.packet('MESSAGE');
      expect(data.message.text).to.equal('你好?');
      device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
      expect(JSON.parse((await reply).text).data).to.include({ mid: data.mid, '张三 phone': 'ok' });
    });
  }

  it('keeps the prefix where it is told to, for a relay with that http.basePath', async () => {
    const relay = await world({ config: { http: { trustProxy: true, basePath: '/mpush' } } });
    const nginx = await front(relay, (config) =>
      config.replaceAll(/^ {4}location .*$/gm, '').replace('#location', 'location'),
    );
    const device = await deviceThrough(nginx, '/mpush', 'phone');
    const reply = nginx.fetch('/mpush/phone.send?text=hi', authorized);
    const { data } = await device.packet('MESSAGE');
    device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
    expect(JSON.parse((await reply).text).data).to.include({ phone: 'ok' });
  });

  it('shows the relay the real address of a peer, whatever X-Forwarded-For it sends', async () => {
    const nginx = await front(await world({ config: { http: { trustProxy: true, maxAuthFailures: 2 } } }));
    const guess = async (localAddress: string, claimed: string) => {
      // Different tokens: the same wrong one counts once.
      const headers = { authorization: `wrong ${localAddress} ${claimed}`, 'x-forwarded-for': claimed };
      return (await nginx.fetch('/phone.send', { localAddress, headers })).status;
    };
    expect(await guess('127.0.0.1', '192.0.2.1')).to.equal(401);
    expect(await guess('127.0.0.1', '192.0.2.2')).to.equal(401);
    expect(await guess('127.0.0.1', '192.0.2.3'), 'a claimed address changes nothing').to.equal(429);
    expect(await guess('127.0.0.2', '127.0.0.1'), 'another peer is not held back').to.equal(401);

    const socket = await connect(`wss://127.0.0.1:${nginx.port}/mpush`, { ca: nginx.ca });
    socket.send({ cmd: 'AUTH', data: { token: 'wrong as well', name: 'phone' } });
    expect((await socket.packet('AUTH')).data.code, 'sockets are counted alike').to.equal(429);
  });

  it('is what herald doctor expects of a proxy', async () => {
    const seen = async (http: object) => {
      const nginx = await front(await world({ config: { http } }));
      const { text } = await nginx.fetch('/v1/caller', authorized);
      return judgeProxy(JSON.parse(text), `https://127.0.0.1:${nginx.port}`);
    };
    expect(await seen({ trustProxy: true })).to.deep.equal([
      { check: 'proxy', state: 'ok', text: 'the relay sees callers as 127.0.0.1 over https' },
    ]);
    expect((await seen({}))[0]).to.include({ state: 'warning', advice: 'set http.trustProxy to true' });
  });

  it('shows the relay that a peer came by TLS, whatever X-Forwarded-Proto it sends', async () => {
    const apps = [{ id: '1', key: 'app-key', secret: 's', forceTLS: true }];
    const nginx = await front(await world({ config: { ...behindProxy, apps } }));
    for (const claimed of ['http', 'https']) {
      const headers = { 'x-forwarded-proto': claimed };
      const socket = await connect(`wss://127.0.0.1:${nginx.port}/app/app-key?protocol=7`, { ca: nginx.ca, headers });
      expect(JSON.parse(await socket.next()).event, claimed).to.equal('pusher:connection_established');
    }
  });

  it('speaks HTTP/2, and tells health at the root and below the prefix', async () => {
    const nginx = await front(await world({ config: behindProxy }));
    const session = connectHttp2(`https://127.0.0.1:${nginx.port}`, { ca: nginx.ca });
    onCleanup(() => session.destroy());
    for (const path of ['/health', '/mpush/health']) {
      const stream = session.request({ ':path': path });
      const [headers] = await once(stream, 'response');
      expect(headers[':status']).to.equal(200);
      expect(JSON.parse(await readText(stream))).to.include({ status: 'ok' });
    }
  });

  it('takes bodies of http.maxBody, and no larger ones', async () => {
    const nginx = await front(await world({ config: behindProxy }));
    const { maxBody } = configSchema.parse({}).http;
    const post = (length: number) =>
      nginx.fetch(
        '/mpush/nobody.send?wait=0',
        { method: 'POST', headers: { ...authorized.headers, 'content-type': 'text/plain', 'content-length': length } },
        'x'.repeat(length),
      );
    expect((await post(maxBody)).text).to.include('"nobody":"no"');
    const refused = await post(maxBody + 1);
    expect(refused.status).to.equal(413);
    expect(refused.text, 'refused before the relay is troubled').to.include('nginx');
  });

  it('holds a question open, with and without the prefix', async () => {
    const nginx = await front(await world({ config: behindProxy }));
    const device = await deviceThrough(nginx, '/', '张三 100%');
    for (const prefix of ['', '/mpush']) {
      const path = `${prefix}/${encodeURIComponent('张三 100%')}.ask?text=%E5%90%83%3F&options=yes%2B,no&wait=600`;
      const reply = nginx.fetch(path, authorized);
      const { mid, message } = (await device.packet('MESSAGE')).data;
      expect(message.text).to.equal('吃?');
      device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
      device.send({ cmd: 'ANSWER', data: { mid, answer: 'yes+' } });
      expect((await reply).text).to.equal('yes+\n');
    }
  });

  it('waits longer than the longest reply and the rarest ping of the relay', async () => {
    const { http, websocket, answers } = configSchema.parse({});
    const example = await readFile(EXAMPLE, 'utf8');
    for (const name of ['proxy_read_timeout', 'proxy_send_timeout']) {
      const seconds = Number(new RegExp(`${name} +(\\d+)s;`).exec(example)?.[1]);
      expect(seconds * 1000).to.be.above(Math.max(http.maxWaitTimeout, websocket.pingInterval) + 10_000);
    }
    const forQuestions = [...example.matchAll(/ask\$ \{.*?proxy_read_timeout (\d+)s;/g)].map(([, seconds]) =>
      Number(seconds),
    );
    expect(forQuestions).to.have.length(2);
    for (const seconds of forQuestions) expect(seconds * 1000).to.be.above(answers.maxWait + 10_000);
  });

  it('sends plain HTTP to https with the method kept', async () => {
    const nginx = await front(await world({ config: behindProxy }));
    const answer = await fetch(`http://127.0.0.1:${nginx.plainPort}/phone.send?text=hi`, {
      method: 'POST',
      redirect: 'manual',
      headers: { connection: 'close' },
    });
    expect(answer.status).to.equal(308);
    expect(answer.headers.get('location')).to.equal('https://127.0.0.1/phone.send?text=hi');
  });

  describe('with several nodes', () => {
    /** A node that answers everything in one way, and counts what comes. */
    async function node(answer: (response: ServerResponse) => void) {
      const requests: string[] = [];
      const server = createServer((request, response) => {
        requests.push(`${request.method} ${request.url}`);
        answer(response);
      });
      onCleanup(() => server.close());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { port: (server.address() as AddressInfo).port, requests };
    }

    const withNode = (relay: World, port: number) =>
      front(relay, (config) =>
        config.replace('#least_conn', 'least_conn').replace('#server 192.0.2.12:9093', `server 127.0.0.1:${port}`),
      );

    it('gives a GET and a socket to another one if a node refuses them, and a POST to none', async () => {
      const refusing = await node((response) => {
        response.writeHead(503, { 'retry-after': '1' }).end('closing');
      });
      const relay = await world({ config: behindProxy });
      const device = await deviceThrough(await withNode(relay, refusing.port), '/', 'phone');
      device.ws.terminate();
      const nginx = await withNode(relay, refusing.port);
      for (let n = 0; n < 4; n += 1) {
        expect((await nginx.fetch('/nobody.send?text=hi', authorized)).status).to.equal(200);
      }
      expect(refusing.requests).to.include('GET /nobody.send?text=hi');

      const fresh = await withNode(relay, refusing.port);
      const before = refusing.requests.length;
      const post = async () => (await fresh.fetch('/nobody.send', { method: 'POST', ...authorized }, 'text=hi')).status;
      const statuses = [await post(), await post()];
      expect(statuses.filter((status) => status === 503)).to.have.length(refusing.requests.length - before);
    });

    it('repeats no GET whose connection broke', async () => {
      const breaking = await node((response) => response.destroy());
      const nginx = await withNode(await world({ config: behindProxy }), breaking.port);
      const statuses: number[] = [];
      for (let n = 0; n < 4; n += 1) statuses.push((await nginx.fetch('/nobody.send?text=hi', authorized)).status);
      expect(breaking.requests, 'one try, then it is left out').to.have.length(1);
      expect(statuses.toSorted()).to.deep.equal([200, 200, 200, 502]);
    });

    it('answers 503 or 502 if every node refuses, after one try of each', async () => {
      const refuse = (response: ServerResponse) => void response.writeHead(503, { 'retry-after': '1' }).end('closing');
      const [one, two] = [await node(refuse), await node(refuse)];
      const relay = await world({ config: behindProxy });
      const nginx = await front(relay, (config) =>
        config
          .replace('server 127.0.0.1:9093', 'server 127.0.0.1:9093 down')
          .replace('#server 192.0.2.12:9093', `server 127.0.0.1:${one.port}; server 127.0.0.1:${two.port}`),
      );
      const answer = await nginx.fetch('/health');
      expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '1']);
      expect([...one.requests, ...two.requests]).to.deep.equal(['GET /health', 'GET /health']);
      expect((await nginx.fetch('/health')).status).to.be.oneOf([502, 503]);
    });
  });

  it('writes no token into its logs, even when the relay is gone', async () => {
    const relay = await world({ config: behindProxy });
    const nginx = await front(relay);
    expect((await nginx.fetch(`/nobody.send?token=${TOKEN}&text=private`)).status).to.equal(200);
    await relay.stop();
    expect((await nginx.fetch(`/mpush/nobody.send?token=${TOKEN}&text=private`)).status).to.equal(502);
    // nginx logs a request after its answer, and before it takes up the next one.
    await nginx.fetch('/health');
    const access = await readFile(join(nginx.dir, 'herald.access.log'), 'utf8');
    const errors = await readFile(join(nginx.dir, 'herald.error.log'), 'utf8');
    expect(access).to.include('"GET /nobody.send HTTP/1.1" 200').and.to.include('502');
    expect(access + errors)
      .to.not.include(TOKEN)
      .and.to.not.include('private');
  });
});
