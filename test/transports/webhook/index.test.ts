import { createHmac } from 'node:crypto';
import { createClock } from '@sinonjs/fake-timers';
import { expect } from 'chai';
import type { Outcome } from '../../../server/delivery/ports.ts';
import { createAgents } from '../../../server/transports/agents.ts';
import type { RunningTransport } from '../../../server/transports/transport.ts';
import { type WebhookClient, webhookConfig } from '../../../server/transports/webhook/config.ts';
import { createWebhook } from '../../../server/transports/webhook/index.ts';
import type { Message } from '../../../shared/message.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { type Answer, type Certificate, makeCertificate, type Running, startProxy, startTarget } from './servers.ts';

const NOW = Date.UTC(2026, 10, 22, 1, 0, 0);
const TIMEOUT = 10_000;
const MESSAGE: Message = {
  sendType: 'personal',
  target: 'wh',
  from: { method: 'http', name: 'cron' },
  message: { text: 'a b', desp: '', extra: { n: 1 } },
  mid: '1795298858174',
};
const PACKET = `{"cmd":"MESSAGE","data":${JSON.stringify(MESSAGE)}}`;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function kept<T extends { close(): Promise<void> }>(one: T): T {
  closing.push(() => one.close());
  return one;
}

async function target(answer?: Answer, tls?: Certificate): Promise<Running> {
  return kept(await startTarget(answer, tls));
}

function client(url: string, over: Partial<WebhookClient> = {}): WebhookClient {
  return { name: 'wh', group: [], url, method: 'POST', proxy: undefined, secret: undefined, ...over };
}

function start(over: { proxy?: string; ca?: string } = {}) {
  const fake = createClock(NOW);
  const clock = {
    now: () => fake.now,
    setTimeout: (run: () => void, ms: number) => fake.setTimeout(run, ms),
    clearTimeout: (timer: unknown) => fake.clearTimeout(timer as ReturnType<typeof fake.setTimeout>),
  };
  const transport: RunningTransport = kept(
    createWebhook(
      { retryTimeout: 3000, timeout: TIMEOUT, proxy: over.proxy },
      { clock, token: 'secret' },
      createAgents({ clock, timeout: TIMEOUT, ...(over.ca === undefined ? {} : { ca: over.ca }) }),
    ),
  );
  const deliver = async (address: unknown, signal = new AbortController().signal): Promise<Outcome> =>
    transport.deliver('wh', address, MESSAGE, signal);
  return { transport, fake, deliver };
}

describe('createWebhook', () => {
  it('waits between attempts as the config says, and has one delivery in flight', () => {
    const { name, window, retry, awaitsAcknowledgement, statuses } = start().transport;
    expect({ name, window, retry, awaitsAcknowledgement, statuses }).to.deep.equal({
      name: 'webhook',
      window: 1,
      retry: { base: 3000, cap: 600_000 },
      awaitsAcknowledgement: false,
      statuses: { retrying: 'wait' },
    });
  });
});

describe('deliver', () => {
  it('takes a target as the config gives it', async () => {
    const { url, arrived } = await target();
    const { clients } = webhookConfig.parse({ clients: [{ name: 'wh', group: 'a,b', url, proxy: '', secret: '' }] });
    expect(await start().deliver(clients[0])).to.deep.equal({ kind: 'confirmed' });
    expect(arrived).to.have.length(1);
  });

  it('POSTs the packet with the token', async () => {
    const { url, arrived } = await target();
    expect(await start().deliver(client(`${url}/p?x=1`))).to.deep.equal({ kind: 'confirmed' });
    const [{ method, url: path, headers, body } = { method: '', url: '', headers: {}, body: '' }] = arrived;
    expect([method, path, body]).to.deep.equal(['POST', '/p?x=1', PACKET]);
    expect(headers).to.include({
      authorization: 'secret',
      'content-type': 'application/json;charset=utf-8',
      'content-length': String(PACKET.length),
      'user-agent': 'herald',
      'accept-encoding': 'identity',
    });
    expect(headers).not.to.have.property('x-herald-signature');
  });

  it('GETs with the message in the query', async () => {
    const { url, arrived } = await target();
    expect(await start().deliver(client(`${url}/p?x=1`, { method: 'GET' }))).to.deep.equal({ kind: 'confirmed' });
    const path =
      '/p?x=1&sendType=personal&target=wh&fromMethod=http&fromName=cron&mid=1795298858174&text=a+b&desp=&n=1';
    expect(arrived[0]).to.include({ method: 'GET', url: path, body: '' });
    expect(arrived[0]?.headers).to.include({ authorization: 'secret' });
    expect(arrived[0]?.headers).not.to.have.any.keys('content-type', 'content-length', 'transfer-encoding');
  });

  for (const method of ['GET', 'POST'] as const) {
    it(`signs what a ${method} sends when the target has a secret`, async () => {
      const { url, arrived } = await target();
      await start().deliver(client(`${url}/?q='é`, { method, secret: 'key' }));
      const sent = method === 'GET' ? arrived[0]?.url.slice(2) : arrived[0]?.body;
      const hex = createHmac('sha256', 'key')
        .update(sent ?? '')
        .digest('hex');
      expect(arrived[0]?.headers['x-herald-signature']).to.equal(`sha256=${hex}`);
    });
  }

  it('gives the credentials of the address in place of the token, as mpush did', async () => {
    const { port, arrived } = await target();
    await start().deliver(client(`http://me:p%40ss@127.0.0.1:${port}/`));
    expect(arrived[0]?.headers.authorization).to.equal(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  for (const status of [200, 201, 202, 204, 206, 226, 299]) {
    it(`counts ${status} as received`, async () => {
      const { url } = await target((response) => response.writeHead(status).end());
      expect(await start().deliver(client(url))).to.deep.equal({ kind: 'confirmed' });
    });
  }

  for (const status of [300, 301, 302, 303, 307, 308]) {
    it(`does not follow ${status}`, async () => {
      const elsewhere = await target();
      const { url } = await target((response) => response.writeHead(status, { location: elsewhere.url }).end());
      const outcome = await start().deliver(client(url));
      expect(outcome).to.have.property('kind', 'retry');
      expect(outcome)
        .to.have.property('reason')
        .that.matches(new RegExp(`^answered ${status} `));
      expect(elsewhere.arrived).to.deep.equal([]);
    });
  }

  const refusals: [number, string, string][] = [
    [400, 'Bad Request', 'answered 400 Bad Request'],
    [401, '', 'answered 401'],
    [404, 'x'.repeat(500), `answered 404 ${'x'.repeat(100)}`],
    [410, 'Gone', 'answered 410 Gone'],
    [500, 'caf\xe9 \xffbar', 'answered 500 caf bar'],
    [503, 'Busy', 'answered 503 Busy'],
  ];
  for (const [status, text, reason] of refusals) {
    it(`tries again after ${status} ${text.slice(0, 12)} without repeating the body`, async () => {
      const { url } = await target((response) => {
        response.socket?.end(Buffer.from(`HTTP/1.1 ${status} ${text}\r\nContent-Length: 4\r\n\r\nbody`, 'latin1'));
      });
      expect(await start().deliver(client(url))).to.deep.equal({ kind: 'retry', reason });
    });
  }

  const rests: [string, number | undefined][] = [
    ['7', 7000],
    [' 7 ', 7000],
    ['0', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['1e3', undefined],
    ['86400', 600_000],
    ['9'.repeat(400), 600_000],
    ['Sun, 22 Nov 2026 01:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 00:59:30 GMT', undefined],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 600_000],
    ['Someday GMT', undefined],
  ];
  for (const [value, after] of rests) {
    it(`reads Retry-After: ${value.slice(0, 30)} as ${after ?? 'nothing'}`, async () => {
      const { url } = await target((response) => response.writeHead(429, { 'retry-after': value }).end());
      const outcome = await start().deliver(client(url));
      const reason = 'answered 429 Too Many Requests';
      expect(outcome).to.deep.equal(after === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, after });
    });
  }

  it('gives up an attempt that gets no answer in time, and lets go of the connection', async () => {
    const hanging = await target(() => {});
    const { deliver, fake } = start();
    const arrives = hanging.next();
    const outcome = deliver(client(hanging.url));
    await arrives;
    fake.tick(TIMEOUT);
    expect(await outcome).to.deep.equal({ kind: 'retry', reason: 'no answer within 10000 ms' });
    await gone(hanging);
  });

  it('gives up an attempt whose answer drips in too slowly', async () => {
    const dripping = await target((response) => response.socket?.write('HTTP/1.1 200 OK\r\nX-Drip: '));
    const { deliver, fake } = start();
    const arrives = dripping.next();
    const outcome = deliver(client(dripping.url));
    await arrives;
    fake.tick(TIMEOUT - 1);
    for (const socket of dripping.sockets.open) socket.write('x');
    fake.tick(1);
    expect(await outcome).to.deep.equal({ kind: 'retry', reason: 'no answer within 10000 ms' });
    await gone(dripping);
  });

  it('takes an upgrade for no answer', async () => {
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n';
    const server = await target((response) => response.socket?.end(upgrade));
    const { deliver, fake } = start();
    const arrives = server.next();
    const outcome = deliver(client(server.url));
    await arrives;
    fake.tick(TIMEOUT);
    expect(await outcome).to.have.property('kind', 'retry');
  });

  it('goes by the status when the body drips, and cuts the body off', async () => {
    const dripping = await target((response) => response.write('x'));
    const { deliver, fake } = start();
    const outcome = deliver(client(dripping.url));
    await until(() => fake.countTimers() === 2);
    fake.tick(1000);
    expect(await outcome).to.deep.equal({ kind: 'confirmed' });
    await gone(dripping);
  });

  it('goes by the status when the body has no end, and cuts it off', async () => {
    const flooding = await target((response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect(await start().deliver(client(flooding.url))).to.deep.equal({ kind: 'confirmed' });
    await gone(flooding);
  });

  it('does not unpack what an answer claims to be packed', async () => {
    const { url } = await target((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'));
    expect(await start().deliver(client(url))).to.deep.equal({ kind: 'confirmed' });
  });

  const broken: [string, string][] = [
    ['nothing', ''],
    ['half an answer', 'HTTP/1.1 200'],
    ['something that is no HTTP', '\0\0\0'.repeat(100)],
    ['headers without end', `HTTP/1.1 200 OK\r\n${`X: ${'y'.repeat(1000)}\r\n`.repeat(100)}`],
  ];
  for (const [what, bytes] of broken) {
    it(`tries again when the target answers with ${what}`, async () => {
      const { url, sockets } = await target((response) => response.socket?.end(bytes));
      const outcome = await start().deliver(client(url));
      expect(outcome).to.have.property('kind', 'retry');
      expect(outcome)
        .to.have.property('reason')
        .that.matches(/^[A-Z_]+$/);
      expect(sockets.accepted).to.equal(1);
    });
  }

  it('tries again when nobody listens', async () => {
    const { url, close } = await startTarget();
    await close();
    expect(await start().deliver(client(url))).to.deep.equal({ kind: 'retry', reason: 'ECONNREFUSED' });
  });

  it('ends at once when the signal aborts, before and during the attempt', async () => {
    const hanging = await target(() => {});
    const { deliver } = start();
    const ended = { kind: 'retry', reason: 'aborted' };
    expect(await deliver(client(hanging.url), AbortSignal.abort())).to.deep.equal(ended);
    expect(hanging.arrived).to.deep.equal([]);
    const control = new AbortController();
    const arrives = hanging.next();
    const outcome = deliver(client(hanging.url), control.signal);
    await arrives;
    control.abort();
    expect(await outcome).to.deep.equal(ended);
  });

  it('leaves no timer behind', async () => {
    const { url } = await target();
    const { deliver, fake } = start();
    await deliver(client(url));
    expect(fake.countTimers()).to.equal(0);
  });

  it('uses one connection for messages that follow each other', async () => {
    const { url, sockets } = await target((response) => response.end('ok'));
    const { deliver } = start();
    for (let n = 0; n < 5; n += 1) await deliver(client(url));
    expect(sockets.accepted).to.equal(1);
  });

  it('asks again at once when a kept connection is found closed', async () => {
    let answers = 0;
    const server = await target((response) => {
      answers += 1;
      if (answers === 2) response.socket?.resetAndDestroy();
      else response.end();
    });
    const { deliver } = start();
    await deliver(client(server.url));
    expect(await deliver(client(server.url))).to.deep.equal({ kind: 'confirmed' });
    expect(server.arrived).to.have.length(3);
  });

  it('serves a target while another one hangs on the same host', async () => {
    const server = await target((response, { url }) => {
      if (url === '/fast') response.end();
    });
    const { deliver, transport } = start();
    const arrives = server.next();
    const slow = Array.from({ length: 50 }, (_, n) => deliver(client(`${server.url}/slow`, { name: `slow${n}` })));
    await arrives;
    expect(await deliver(client(`${server.url}/fast`))).to.deep.equal({ kind: 'confirmed' });
    await transport.close();
    for (const outcome of await Promise.all(slow)) expect(outcome).to.have.property('kind', 'retry');
  });

  const notTargets = [
    undefined,
    null,
    'http://h/',
    {},
    [],
    { url: 1 },
    client('file:///etc/passwd'),
    client('data:,x'),
  ];
  for (const address of notTargets) {
    it(`drops a route to ${JSON.stringify(address)}`, async () => {
      expect(await start().deliver(address)).to.have.property('kind', 'gone');
    });
  }
});

describe('deliver to an https target', () => {
  let certificate: Certificate;
  beforeEach(async () => {
    certificate = makeCertificate(await tempDir());
  });

  it('checks the certificate', async () => {
    const { url, arrived } = await target(undefined, certificate);
    const outcome = await start().deliver(client(url));
    expect(outcome).to.deep.equal({ kind: 'retry', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(arrived).to.deep.equal([]);
    expect(await start({ ca: certificate.cert }).deliver(client(url))).to.deep.equal({ kind: 'confirmed' });
  });

  for (const host of ['127.0.0.1', 'localhost']) {
    it(`tunnels to ${host} through the proxy, which sees neither message nor token`, async () => {
      const { port, arrived } = await target(undefined, certificate);
      const proxy = kept(await startProxy());
      const { deliver } = start({ ca: certificate.cert, proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` });
      const address = client(`https://${host}:${port}/p`);
      for (let n = 0; n < 3; n += 1) expect(await deliver(address)).to.deep.equal({ kind: 'confirmed' });
      expect(arrived).to.have.length(3);
      expect(arrived[0]).to.include({ method: 'POST', url: '/p', body: PACKET });
      expect(arrived[0]?.headers).to.include({ authorization: 'secret', host: `${host}:${port}` });
      expect(arrived[0]?.headers).not.to.have.property('proxy-authorization');
      // One tunnel for all three.
      expect(proxy.arrived).to.have.length(1);
      expect(proxy.arrived[0]).to.include({ method: 'CONNECT', url: `${host}:${port}` });
      expect(proxy.arrived[0]?.headers).to.include({
        'proxy-authorization': `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
      });
      expect(proxy.arrived[0]?.headers).not.to.have.property('authorization');
    });
  }

  it('checks the certificate through a tunnel too', async () => {
    const { url, arrived } = await target(undefined, certificate);
    const proxy = kept(await startProxy());
    const outcome = await start({ proxy: proxy.url }).deliver(client(url));
    expect(outcome).to.deep.equal({ kind: 'retry', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(arrived).to.deep.equal([]);
  });

  for (const [host, names] of [
    ['127.0.0.1', 'DNS:localhost'],
    ['localhost', 'IP:127.0.0.1'],
  ]) {
    it(`refuses a certificate of ${names} for ${host}, with and without a tunnel`, async () => {
      const other = makeCertificate(await tempDir(), names);
      const { port, arrived } = await target(undefined, other);
      const proxy = kept(await startProxy());
      for (const over of [{}, { proxy: proxy.url }]) {
        const outcome = await start({ ca: other.cert, ...over }).deliver(client(`https://${host}:${port}/`));
        expect(outcome).to.deep.equal({ kind: 'retry', reason: 'ERR_TLS_CERT_ALTNAME_INVALID' });
      }
      expect(arrived).to.deep.equal([]);
    });
  }

  it('tunnels through a proxy that speaks TLS itself', async () => {
    const { url, arrived } = await target(undefined, certificate);
    const proxy = kept(await startProxy(certificate));
    const { deliver } = start({ ca: certificate.cert, proxy: proxy.url });
    expect(await deliver(client(url))).to.deep.equal({ kind: 'confirmed' });
    expect(arrived).to.have.length(1);
  });

  for (const status of ['204 No Content', '302 Found', '407 Proxy Authentication Required', '502 Bad Gateway']) {
    it(`does not take ${status} from the proxy for the target's answer`, async () => {
      const { url } = await target(undefined, certificate);
      const proxy = kept(await startProxy(undefined, (socket) => socket.end(`HTTP/1.1 ${status}\r\n\r\n`)));
      const outcome = await start({ ca: certificate.cert, proxy: proxy.url }).deliver(client(url));
      expect(outcome).to.deep.equal({ kind: 'retry', reason: `proxy answered ${status.slice(0, 3)}` });
    });
  }

  it('lets go of a proxy that never answers', async () => {
    const { url } = await target(undefined, certificate);
    const proxy = kept(await startProxy(undefined, (socket) => socket.resume().on('end', () => socket.end())));
    const { deliver, fake } = start({ ca: certificate.cert, proxy: proxy.url });
    const arrives = proxy.next();
    const outcome = deliver(client(url));
    await arrives;
    fake.tick(TIMEOUT);
    expect(await outcome).to.deep.equal({ kind: 'retry', reason: 'no answer within 10000 ms' });
    await gone(proxy);
  });

  it('lets go of a target that never shakes hands behind a tunnel', async () => {
    const silent = await target();
    const proxy = kept(await startProxy());
    const { deliver, fake } = start({ proxy: proxy.url });
    const arrives = proxy.next();
    const outcome = deliver(client(`https://127.0.0.1:${silent.port}/`));
    await arrives;
    await until(() => silent.sockets.accepted === 1);
    fake.tick(TIMEOUT);
    expect(await outcome).to.have.property('kind', 'retry');
    await gone(proxy);
  });
});

describe('deliver to an http target through a proxy', () => {
  it('asks the proxy in absolute form', async () => {
    const { url, port, arrived } = await target();
    const proxy = kept(await startProxy());
    const { deliver } = start({ proxy: 'http://127.0.0.1:1' });
    const address = client(`${url}/p?x=[1]`, { proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}/`, method: 'GET' });
    expect(await deliver(address)).to.deep.equal({ kind: 'confirmed' });
    expect(proxy.arrived[0]?.url).to.match(
      new RegExp(`^${url}/p\\?x=\\[1\\]&sendType=personal&.*&text=a\\+b&desp=&n=1$`),
    );
    expect(proxy.arrived[0]?.headers).to.include({
      host: `127.0.0.1:${port}`,
      authorization: 'secret',
      'proxy-authorization': `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    });
    expect(arrived[0]?.headers).to.include({ via: '1.1 proxy' });
  });

  it('asks a proxy that speaks TLS itself', async () => {
    const certificate = makeCertificate(await tempDir());
    const { url, arrived } = await target();
    const proxy = kept(await startProxy(certificate));
    for (const host of ['127.0.0.1', 'localhost']) {
      const { deliver } = start({ ca: certificate.cert, proxy: `https://${host}:${proxy.port}` });
      expect(await deliver(client(`${url}/`))).to.deep.equal({ kind: 'confirmed' });
    }
    expect(arrived).to.have.length(2);
    expect(proxy.arrived[0]).to.include({ method: 'POST', url: `${url}/`, body: PACKET });
  });

  it('tries again when the proxy is not there', async () => {
    const { url } = await target();
    const { url: proxy, close } = await startTarget();
    await close();
    expect(await start({ proxy }).deliver(client(url))).to.deep.equal({ kind: 'retry', reason: 'ECONNREFUSED' });
  });

  it('uses no proxy of the environment', async () => {
    const before = { ...process.env };
    closing.push(async () => {
      process.env = before;
    });
    const proxy = kept(await startProxy());
    for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) {
      process.env[name] = proxy.url;
    }
    delete process.env['no_proxy'];
    delete process.env['NO_PROXY'];
    const { url, arrived } = await target();
    await start().deliver(client(url));
    expect([arrived.length, proxy.arrived.length]).to.deep.equal([1, 0]);
  });
});

describe('close', () => {
  it('ends what is under way and every connection, and sends nothing afterwards', async () => {
    const idle = await target();
    const hanging = await target(() => {});
    const { deliver, transport, fake } = start();
    await deliver(client(idle.url));
    const arrives = hanging.next();
    const outcome = deliver(client(hanging.url));
    await arrives;
    await transport.close();
    expect(await outcome).to.deep.equal({ kind: 'retry', reason: 'aborted' });
    await Promise.all([gone(idle), gone(hanging)]);
    expect(await deliver(client(idle.url))).to.deep.equal({ kind: 'retry', reason: 'aborted' });
    expect([idle.arrived.length, fake.countTimers()]).to.deep.equal([1, 0]);
  });
});

/** Resolves once the condition holds; real sockets take a few turns of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function gone(server: Running): Promise<void> {
  return until(() => server.sockets.open.size === 0);
}
