import { connect as connectTcp } from 'node:net';
import { expect } from 'chai';
import { clientFrame, handshake, rawClient } from '../socket/raw-client.ts';
import { eventually } from '../support/eventually.ts';
import { connect } from '../support/socket.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN as WORLD_TOKEN, type World, world } from '../world.ts';
import { type RelayProcess, startRelayProcess, TOKEN } from './relay-process.ts';

const MIB = 2 ** 20;
const JSON_TYPE = { 'content-type': 'application/json' };

/** Runs a step so many times, a few at once. */
async function repeat(times: number, atOnce: number, step: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < times) await step(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, run));
}

/** How much more the process holds after the step, in bytes. Generous bounds: freed pages return late. */
async function growth(relay: RelayProcess, step: () => Promise<void>) {
  const before = await relay.memory();
  await step();
  const after = await relay.memory();
  const held = (memory: NodeJS.MemoryUsage) => memory.heapUsed + memory.external;
  return { held: held(after) - held(before), rss: after.rss - before.rss };
}

async function queued(relay: World, name: string): Promise<number> {
  const { devices } = (await relay.request('/v1/devices')).json;
  return devices.find((device: { name: string }) => device.name === name).queued;
}

describe('messages to a device that is away', () => {
  it('are kept up to storage.maxQueued and failed from then on', async () => {
    const relay = await world({ config: { storage: { maxQueued: 20 } } });
    (await relay.device('away')).ws.terminate();
    const send = async () => (await relay.request('/away.send?text=x&wait=0')).json.data.status.away;
    for (let n = 0; n < 20; n += 1) expect(await send()).to.be.oneOf(['ready', 'wait']);
    for (let n = 0; n < 5; n += 1) expect(await send()).to.equal('failed');
    expect(await queued(relay, 'away')).to.equal(20);
    expect((await relay.request('/v1/devices/away/messages')).json.messages).to.have.length(20);
    const back = await relay.device('away', { acknowledge: true });
    for (let n = 0; n < 20; n += 1) await back.packet('MESSAGE');
    await back.settle();
    await eventually('none is queued', () => queued(relay, 'away'), { until: (count) => count === 0 });
    expect((await relay.request('/away.send?text=x')).json.data.status).to.deep.equal({ away: 'ok' });
  });

  it('stay within storage.maxQueued when they all arrive at once', async () => {
    const relay = await world({ config: { storage: { maxQueued: 20 } } });
    (await relay.device('away')).ws.terminate();
    const sender = await relay.device('sender');
    const packet = { cmd: 'MESSAGE', data: { sendType: 'personal', target: 'away', message: { text: 'x' } } };
    // One packet of the network, so that all of them are taken in one turn.
    const frames = Array.from({ length: 100 }, () => clientFrame(JSON.stringify(packet)));
    sender.stream?.write(Buffer.concat(frames));
    let failed = 0;
    while (failed < 80) {
      const { data } = await sender.packet('MESSAGE_REPLY');
      expect(data.status).to.deep.equal({ away: 'failed' });
      failed += 1;
    }
    expect(await queued(relay, 'away')).to.equal(20);
  });

  it('take no memory while they wait', async function () {
    this.timeout(120_000);
    const relay = await startRelayProcess(await tempDir(), { storage: { maxQueued: 500 } });
    const device = await connect(`ws://127.0.0.1:${relay.port}/`);
    device.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'away' } });
    await device.packet('AUTH');
    device.ws.terminate();
    const headers = { ...JSON_TYPE, authorization: TOKEN };
    const body = JSON.stringify({ text: 'x', desp: 'y'.repeat(40_000) });
    const statuses = new Map<string, number>();
    const send = async () => {
      const answer = await fetch(relay.url('/away.send?wait=0'), { method: 'POST', headers, body });
      const { data } = (await answer.json()) as { data: { status: { away: string } } };
      statuses.set(data.status.away, (statuses.get(data.status.away) ?? 0) + 1);
    };
    await repeat(50, 8, send);
    const { held, rss } = await growth(relay, () => repeat(500, 8, send));
    expect(statuses.get('failed')).to.equal(50);
    // 19 MB were stored.
    expect(held).to.be.below(10 * MIB);
    expect(rss).to.be.below(100 * MIB);
  });
});

describe('sockets that never authenticate', () => {
  it('replace each other beyond websocket.maxUnauthenticated, and disturb no other socket', async function () {
    this.timeout(120_000);
    // Long enough that none runs out of time on a busy machine.
    const websocket = { maxUnauthenticated: 200, authTimeout: 600_000 };
    const relay = await startRelayProcess(await tempDir(), { websocket });
    const device = await connect(`ws://127.0.0.1:${relay.port}/`);
    device.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'phone' } });
    await device.packet('AUTH');
    const answers = new Map<string, number>();
    const open = new Set<{ destroy(): void }>();
    const attempt = async () => {
      const socket = connectTcp(relay.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(handshake());
      const status = await new Promise<string>((resolve) => {
        socket.once('data', (chunk: Buffer) => resolve(chunk.toString().slice(9, 12)));
        socket.once('close', () => resolve('cut'));
      });
      answers.set(status, (answers.get(status) ?? 0) + 1);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    };
    const { rss } = await growth(relay, () => repeat(2000, 50, attempt));
    expect(Object.fromEntries(answers)).to.deep.equal({ 101: 2000 });
    await eventually('the oldest are cut off', () => open.size, { until: (count) => count <= 200 });
    expect(rss).to.be.below(100 * MIB);
    await device.settle();
    for (const socket of open) socket.destroy();
  });
});

describe('frames that come faster than they can be handled', () => {
  const WAITING = 256;
  const send = (target: string) =>
    JSON.stringify({ cmd: 'MESSAGE', data: { sendType: 'personal', target, message: { text: 'x'.repeat(1000) } } });

  it('are not read until there is room again', async () => {
    const relay = await world();
    (await relay.device('away')).ws.terminate();
    const flood = await rawClient(relay.relay.ports.websocket, handshake());
    await flood.until(/\r\n\r\n/);
    flood.socket.write(
      clientFrame(JSON.stringify({ cmd: 'AUTH', data: { token: WORLD_TOKEN, name: 'flood', group: '' } })),
    );
    await flood.until(/"code":200/);
    const frame = clientFrame(send('away'));
    const all = 20_000;
    for (let n = 0; n < all; n += 1) flood.socket.write(frame);
    await eventually('all wait', () => queued(relay, 'away'), { until: (count) => count >= WAITING });
    for (let n = 0; n < 20; n += 1) await relay.request('/v1/devices');
    expect(await queued(relay, 'away')).to.equal(WAITING);
    // The rest lies in the kernel and at the sender.
    expect(flood.socket.writableLength).to.be.above(frame.length * 1000);
    expect((await relay.request('/nobody.send?text=others')).status).to.equal(200);

    await relay.clock.tick(5000);
    await eventually('all wait', () => queued(relay, 'away'), { until: (count) => count >= 2 * WAITING });
    for (let n = 0; n < 20; n += 1) await relay.request('/v1/devices');
    expect(await queued(relay, 'away')).to.equal(2 * WAITING);
  });

  it('take a bounded amount of memory', async function () {
    this.timeout(120_000);
    const relay = await startRelayProcess(await tempDir(), { websocket: { waitTimeout: 600_000 } });
    const device = await connect(`ws://127.0.0.1:${relay.port}/`);
    device.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'away' } });
    await device.packet('AUTH');
    device.ws.terminate();
    const flood = await connect(`ws://127.0.0.1:${relay.port}/`);
    flood.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'flood' } });
    await flood.packet('AUTH');
    const packet = send('away');
    const { held, rss } = await growth(relay, async () => {
      for (let n = 0; n < 50_000; n += 1) flood.send(packet);
      await fetch(relay.url('/health'));
    });
    expect(flood.ws.bufferedAmount).to.be.above(30 * MIB);
    expect(held).to.be.below(10 * MIB);
    expect(rss).to.be.below(60 * MIB);
  });
});

describe('a body that is too large', () => {
  const MAX_BODY = 65_536;

  it('is refused with 413 before it arrives if its length is announced', async () => {
    const relay = await world({ config: { http: { maxBody: MAX_BODY } } });
    const text = `POST /a.send HTTP/1.1\r\nHost: relay\r\nContent-Type: text/plain\r\nContent-Length: 150000000\r\n\r\n`;
    const client = await rawClient(relay.relay.ports.http, `${text}the first bytes`);
    expect(await client.until(/\r\n\r\n/)).to.match(/^HTTP\/1\.1 413 /);
  });

  it('is refused with 413 as soon as it is too long if its length is unknown', async () => {
    const relay = await world({ config: { http: { maxBody: MAX_BODY } } });
    const text = `PUT /a.send HTTP/1.1\r\nHost: relay\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const client = await rawClient(relay.relay.ports.http, text);
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    client.socket.write(chunk.repeat(17));
    expect(await client.until(/\r\n\r\n/)).to.match(/^HTTP\/1\.1 413 /);
  });

  it('uses no memory if the client keeps sending', async function () {
    this.timeout(120_000);
    const relay = await startRelayProcess(await tempDir());
    const head = 'POST /a.send HTTP/1.1\r\nHost: relay\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = Buffer.from(`100000\r\n${'x'.repeat(0x100000)}\r\n`);
    const tail = '0\r\n\r\nGET /health HTTP/1.1\r\nHost: relay\r\n\r\n';
    const { held, rss } = await growth(relay, () =>
      repeat(4, 4, async () => {
        const client = await rawClient(relay.port, head);
        for (let n = 0; n < 40; n += 1) client.socket.write(chunk);
        client.socket.write(tail);
        expect(await client.until(/\r\n\r\n/)).to.match(/^HTTP\/1\.1 413 /);
        // All that was sent has been dropped by then.
        await client.until(/HTTP\/1\.1 200 /);
      }),
    );
    expect(held).to.be.below(10 * MIB);
    expect(rss).to.be.below(60 * MIB);
  });
});
