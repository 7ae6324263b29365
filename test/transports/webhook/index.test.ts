import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { webhookConfig } from '../../../server/transports/webhook/config.ts';
import { eventually } from '../../support/eventually.ts';
import { client, gone, NOBODY, PACKET, start, TIMEOUT, target } from './fixtures.ts';

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
    await eventually('both timers are armed', () => fake.countTimers() === 2);
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
    expect(await start().deliver(client(NOBODY))).to.deep.equal({ kind: 'retry', reason: 'ECONNREFUSED' });
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

  it('waits where this node has no target in its config', async () => {
    expect(await start().deliver(undefined)).to.have.property('kind', 'retry');
  });

  const notTargets = [null, 'http://h/', {}, [], { url: 1 }, client('file:///etc/passwd'), client('data:,x')];
  for (const address of notTargets) {
    it(`drops a route to ${JSON.stringify(address)}`, async () => {
      expect(await start().deliver(address)).to.have.property('kind', 'gone');
    });
  }
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
