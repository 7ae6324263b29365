import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { World as Relay, TOKEN, type World, world } from '../../world.ts';
import { info, open, readAll } from './requests.ts';

/** What the relay says to a packet that carries this token of a device. */
async function verdict(relay: World, auth: string): Promise<string> {
  const { status, json } = await relay.post({ cmd: 'TEST_HTTP', auth });
  return status === 200 ? 'good' : json.data;
}

describe("a device's own token", () => {
  it('opens HTTP to the device, in a packet as in the header', async () => {
    const relay = await world();
    const { auth } = await relay.device('a');
    expect(await verdict(relay, auth)).to.equal('good');
    const packet = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const body = JSON.stringify({ cmd: 'TEST_HTTP', auth });
    expect((await relay.fetch('/', { ...packet, body })).status).to.equal(200);
    expect((await relay.fetch('/b.send?text=x', { headers: { authorization: auth } })).status).to.equal(200);
  });

  it('proves the name it was given for, and no other', async () => {
    const relay = await world();
    const { auth } = await relay.device('a');
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', auth, data: { name: 'b' } });
    expect(await socket.next()).to.equal('{"cmd":"AUTH","data":{"code":403,"msg":"Token invalid"}}');
    socket.send({ cmd: 'AUTH', auth, data: { name: 'a' } });
    expect((await socket.packet('AUTH')).data.code).to.equal(200);
  });

  it('ends with UNREGISTER', async () => {
    const relay = await world();
    const device = await relay.device('a');
    device.send({ cmd: 'UNREGISTER' });
    expect(await device.closed).to.deep.equal({ code: 1005, reason: '' });
    expect(await verdict(relay, device.auth)).to.equal('parse ClientSocketPacket error: jwt revoked');
    const again = await relay.device('a');
    expect(await verdict(relay, again.auth)).to.equal('good');
    expect(await verdict(relay, device.auth)).to.equal('parse ClientSocketPacket error: jwt revoked');
  });

  it('ends when the device is removed, and so does its socket', async () => {
    const relay = await world();
    const device = await relay.device('a');
    await relay.request('/v1/devices/a', { method: 'DELETE' });
    expect(await verdict(relay, device.auth)).to.equal('parse ClientSocketPacket error: jwt revoked');
    expect(await device.closed).to.deep.equal({ code: 4410, reason: 'removed' });
    expect(relay.relay.devices()).to.deep.equal([]);
  });

  it('lives over a restart, and ends with another token', async () => {
    const dir = await tempDir();
    const start = async (token: string) => {
      const relay = new Relay(dir, { config: { token } });
      onCleanup(() => relay.stop());
      await relay.start();
      return relay;
    };
    const first = await start('one');
    const { auth } = await first.device('a', { token: 'one' });
    await first.stop();
    const packet = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const body = JSON.stringify({ cmd: 'TEST_HTTP', auth });
    const same = await start('one');
    expect((await same.fetch('/', { ...packet, body })).status).to.equal(200);
    await same.stop();
    const changed = await start('two');
    const answer = await changed.fetch('/', { ...packet, body });
    expect([answer.status, answer.text]).to.deep.equal([
      401,
      info('parse ClientSocketPacket error: invalid signature'),
    ]);
  });
});

describe("the relay's token in a header", () => {
  it('is taken bare, as Bearer, and in Basic', async () => {
    const relay = await world();
    const basic = (pair: string) => `Basic ${btoa(pair)}`;
    for (const authorization of [
      TOKEN,
      `Bearer ${TOKEN}`,
      basic(`:${TOKEN}`),
      basic(`cron:${TOKEN}`),
      basic(`${TOKEN}:`),
    ]) {
      expect((await relay.fetch('/a.send?text=x', { headers: { authorization } })).status, authorization).to.equal(200);
    }
    const headers = { authorization: basic('cron:wrong') };
    expect((await relay.fetch('/a.send?text=x', { headers })).status).to.equal(401);
  });

  it('wins over one in the query', async () => {
    const relay = await world();
    const headers = { authorization: 'wrong' };
    expect((await relay.fetch(`/a.send?text=x&token=${TOKEN}`, { headers })).status).to.equal(401);
  });
});

describe('websocket.verifyToken off', () => {
  const lax = () => world({ config: { websocket: { verifyToken: false } } });

  it('gives a stranger no name that is being proven at the same moment', async () => {
    const relay = await lax();
    const [owner, stranger] = [await relay.socket(), await relay.socket()];
    owner.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a' } });
    stranger.send({ cmd: 'AUTH', data: { name: 'a' } });
    const [first, second] = await Promise.all([owner.packet('AUTH'), stranger.packet('AUTH')]);
    expect([first.data.code, second.data.code]).to.deep.equal([200, 403]);
    await owner.settle();
  });

  async function authenticate(relay: World, data: object, auth?: string): Promise<number> {
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', auth, data });
    return (await socket.packet('AUTH')).data.code;
  }

  it('takes any token, or none', async () => {
    const relay = await lax();
    expect(await authenticate(relay, { name: 'a' })).to.equal(200);
    expect(await authenticate(relay, { name: 'a', token: 'x' })).to.equal(200);
  });

  it('keeps a name for who has the token, once it was shown', async () => {
    const relay = await lax();
    const { auth } = await relay.device('a');
    expect(await authenticate(relay, { name: 'a' })).to.equal(403);
    expect(await authenticate(relay, { name: 'a', token: 'x' })).to.equal(403);
    expect(await authenticate(relay, { name: 'a' }, auth)).to.equal(200);
    expect(await authenticate(relay, { name: 'a', token: TOKEN })).to.equal(200);
    expect(await authenticate(relay, { name: 'b' })).to.equal(200);
  });

  it('keeps it over a restart', async () => {
    const relay = await lax();
    await relay.device('a');
    await relay.stop();
    await relay.start();
    expect(await authenticate(relay, { name: 'a' })).to.equal(403);
  });
});

describe('repeated wrong tokens', () => {
  const strict = () => world({ config: { http: { maxAuthFailures: 3 } } });
  const wrong = (authorization: string) => ({ headers: { authorization } });

  it('are slowed down over HTTP, and right ones never', async () => {
    const { logger, lines } = recordingLogger();
    const relay = await world({ config: { http: { maxAuthFailures: 3 } }, logger });
    const { auth } = await relay.device('phone');
    for (let i = 0; i < 10; i += 1) expect((await relay.fetch('/a.send', wrong('outdated'))).status).to.equal(401);
    for (const token of ['b', 'c']) expect((await relay.fetch('/a.send', wrong(token))).status).to.equal(401);
    for (const token of ['d', 'e']) {
      const answer = await relay.fetch('/a.send', wrong(token));
      expect(answer.status).to.equal(429);
      expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 60);
      expect(answer.json.data).to.match(/^too many wrong tokens, try again in \d+ s$/);
    }
    expect((await relay.request('/a.send?text=x')).status, 'the token').to.equal(200);
    expect((await relay.fetch('/a.send?text=x', wrong(auth))).status, "a device's own").to.equal(200);
    const facts = { address: '127.0.0.1', path: '/a.send', dialect: 'mpush' };
    expect(lines.filter(({ text }) => text.includes('credential'))).to.deep.equal([
      ...Array.from({ length: 3 }, () => ({ level: 'warn', text: 'wrong credential', facts })),
      { level: 'warn', text: 'address locked out for wrong credentials', facts: { ...facts, retryAfter: 60 } },
    ]);
    expect(JSON.stringify(lines)).not.to.include('outdated');
  });

  it('are counted before they are checked: many in one write do not beat the bound', async () => {
    const relay = await strict();
    const socket = await open(relay);
    const guesses = Array.from({ length: 200 }, (_, n) => {
      const end = n === 199 ? 'Connection: close\r\n' : '';
      return `GET /a.send?text=x HTTP/1.1\r\nHost: x\r\nAuthorization: guess-${n}\r\n${end}\r\n`;
    });
    const answers = readAll(socket);
    socket.write(guesses.join(''));
    const statuses = [...(await answers).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses.filter((status) => status === '401')).to.have.length(3);
    expect(statuses.filter((status) => status === '429')).to.have.length(197);
  });

  it('count wherever they are shown', async () => {
    const relay = await strict();
    await relay.fetch('/a.send?token=x&text=x');
    await relay.fetch('/a.send', { method: 'POST', body: new URLSearchParams({ token: 'y' }) });
    await relay.post({ cmd: 'AUTH', data: { token: 'z', name: 'a' } });
    expect((await relay.fetch('/a.send', wrong('one more'))).status).to.equal(429);
    const asked = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const packet = JSON.stringify({ cmd: 'TEST_HTTP', auth: 'forged' });
    expect((await relay.fetch('/', { ...asked, body: packet })).status, 'in a packet').to.equal(429);
  });

  it('are slowed down in AUTH packets with code 429', async () => {
    const relay = await strict();
    const socket = await relay.socket();
    const attempt = (token: string) => socket.send({ cmd: 'AUTH', data: { token, name: 'a' } });
    for (const token of ['x', 'x', 'y', 'z']) {
      attempt(token);
      expect((await socket.packet('AUTH')).data).to.deep.equal({ code: 403, msg: 'Token invalid' });
    }
    attempt('one more');
    const { data } = await socket.packet('AUTH');
    expect(data.code).to.equal(429);
    expect(data.msg).to.match(/^too many wrong tokens/);
    expect(relay.relay.devices()).to.deep.equal([]);
    attempt(TOKEN);
    expect((await socket.packet('AUTH')).data.code).to.equal(200);
  });

  it('are not those that are missing', async () => {
    const relay = await strict();
    const socket = await relay.socket();
    for (let i = 0; i < 5; i += 1) {
      expect((await relay.fetch('/a.send?text=x')).status).to.equal(401);
      expect((await relay.fetch('/a.send?token=&text=x')).status).to.equal(401);
      socket.send({ cmd: 'AUTH', data: { name: 'a' } });
      expect((await socket.packet('AUTH')).data.code).to.equal(403);
    }
    expect((await relay.request('/a.send?text=x')).status).to.equal(200);
  });

  it('are counted for each address behind a trusted proxy', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 1, trustProxy: true } } });
    const from = (address: string, authorization: string) =>
      relay.fetch('/a.send?text=x', { headers: { authorization, 'x-forwarded-for': address } });
    await from('203.0.113.1', 'wrong');
    expect((await from('203.0.113.1', 'other')).status).to.equal(429);
    expect((await from('203.0.113.1:40001', 'third')).status, 'with a port').to.equal(429);
    expect((await from('203.0.113.1', TOKEN)).status).to.equal(200);
    expect((await from('203.0.113.1, 203.0.113.2', 'other')).status).to.equal(401);
    expect((await from('203.0.113.2, 203.0.113.1', 'other')).status).to.equal(429);
  });

  it('are counted for the peer where no proxy is trusted', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 1 } } });
    await relay.fetch('/a.send', { headers: { authorization: 'wrong', 'x-forwarded-for': '203.0.113.1' } });
    expect(
      (await relay.fetch('/a.send', { headers: { authorization: 'other', 'x-forwarded-for': '203.0.113.2' } })).status,
    ).to.equal(429);
  });
});
