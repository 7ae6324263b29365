// A node that dies, stands still, is cut off or stops in order: what the others make of it. The node `a` stays all the
// time; each test has another one with it.
import { expect } from 'chai';
import { forSuite, onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { layWire } from '../../support/redis/wire.ts';
import type { TestDevice } from '../../support/relay-client.ts';
import { startTarget } from '../../transports/webhook/servers.ts';
import type { RelayProcess } from '../relay-process.ts';
import { createCluster, idOf, nodesOf, TAKEOVER } from './cluster.ts';

const stage = forSuite(async () => {
  const hook = await startTarget();
  onCleanup(() => hook.close());
  const failing = { status: 500, texts: [] as string[] };
  const refuser = await startTarget((response, { body }) => {
    response.writeHead(failing.status).end();
    if (failing.status === 200) failing.texts.push(JSON.parse(body).data.message.text);
  });
  onCleanup(() => refuser.close());
  // As many as it takes for each node to deliver to one of them.
  const refused = Array.from({ length: 32 }, (_, n) => ({ name: `failing ${n}`, url: refuser.url }));
  const config = {
    redis: { lease: 2000 },
    websocket: { retryTimeout: 100 },
    webhook: { retryTimeout: 100, clients: [{ name: 'hook', url: hook.url }, ...refused] },
  };
  const cluster = await createCluster({ config });
  return { cluster, hook, refuser, failing, a: await cluster.start('a') };
});

/** The other node, when it has its part of the work. */
async function join(redis?: string): Promise<RelayProcess> {
  const { cluster, a } = stage();
  const b = await cluster.start('b', redis === undefined ? {} : { redis });
  await cluster.shared([a, b]);
  return b;
}

const send = async (node: RelayProcess, name: string, text: string, wait = 0) =>
  (await node.request(`/${name}.send?text=${text}&wait=${wait}`)).json.data;

/** The mids that came to a device, in their order, with repeats. */
function midsOf(device: TestDevice): string[] {
  return device.frames
    .map((frame) => JSON.parse(frame))
    .filter(({ cmd }) => cmd === 'MESSAGE')
    .map(({ data }) => data.mid);
}

const acknowledge = (device: TestDevice, mid: string) => device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });

async function statuses(node: RelayProcess, name: string): Promise<Record<string, string>> {
  const { messages } = (await node.request(`/v1/devices/${name}/messages`)).json;
  return Object.fromEntries(messages.map(({ mid, status }: { mid: string; status: string }) => [mid, status]));
}

async function allOk(node: RelayProcess, name: string, limit = TAKEOVER): Promise<void> {
  const isOk = (found: Record<string, string>) => Object.values(found).every((status) => status === 'ok');
  await eventually(`everything for ${name} is ok`, () => statuses(node, name), { until: isOk, limit });
}

/** Expects that first hearings came in the order of mids. */
function expectOrder(device: TestDevice): void {
  const first = [...new Set(midsOf(device))];
  expect(first).to.deep.equal([...first].sort((one, other) => Number(one) - Number(other)));
}

describe('a node that dies', function () {
  this.timeout(180_000);

  it('leaves its devices to the others: nothing is lost, nothing acknowledged comes again', async () => {
    const { cluster, a } = stage();
    const b = await join();
    const name = await cluster.nameOn(b);
    const device = await a.device(name);
    const mids: string[] = [];
    for (let n = 0; n < 10; n += 1) mids.push((await send(n % 2 === 0 ? a : b, name, `${n}`)).mid);
    await eventually('all came', () => new Set(midsOf(device)).size === 10);
    for (const mid of mids.slice(0, 5)) acknowledge(device, mid);
    const settled = async () => Object.values(await statuses(a, name)).filter((status) => status === 'ok').length;
    await eventually('half of them are acknowledged', async () => (await settled()) === 5);

    await b.kill();
    const before = device.frames.length;
    mids.push((await send(a, name, 'after')).mid);
    device.ws.on('message', (frame) => {
      const { cmd, data } = JSON.parse(frame.toString());
      if (cmd === 'MESSAGE') acknowledge(device, data.mid);
    });
    await allOk(a, name);
    const later = device.frames.slice(before).filter((frame) => mids.slice(0, 5).some((mid) => frame.includes(mid)));
    expect(later, 'acknowledged before').to.deep.equal([]);
    expect([...new Set(midsOf(device))]).to.deep.equal(mids);
    await cluster.shared([a]);
  });

  it('lets its devices come back at another, which has what they had not acknowledged', async () => {
    const { cluster, a } = stage();
    const b = await join();
    const names = [await cluster.nameOn(b, 'own'), await cluster.nameOn(a, 'other')];
    await Promise.all(names.map((name) => b.device(name)));
    const sent = await Promise.all(names.map((name) => send(b, name, 'x')));
    await b.kill();
    for (const [at, name] of names.entries()) {
      const device = await a.device(name, { acknowledge: true });
      expect((await device.packet('MESSAGE')).data.mid).to.equal(sent[at].mid);
      await allOk(a, name);
    }
  });

  it('is no longer there for its presence: its devices are offline, its name is free', async () => {
    const { a } = stage();
    const b = await join();
    await b.device('ghost');
    await b.kill();
    await eventually('it is offline', async () => {
      const { json } = await a.request('/v1/devices');
      return json.devices.find(({ name }: { name: string }) => name === 'ghost').online === false;
    });
    const names = async () => (await nodesOf(a)).map(({ name }) => name).join();
    await eventually('it is in no list', async () => (await names()) === 'a');
    const next = await join();
    expect((await nodesOf(a)).map(({ name }) => name)).to.deep.equal(['a', 'b']);
    const device = await next.device('ghost', { acknowledge: true });
    expect((await send(a, 'ghost', 'x', TAKEOVER)).status).to.deep.equal({ ghost: 'ok' });
    device.ws.close();
  });

  it('lets nobody wait for its webhooks', async () => {
    const { a, hook } = stage();
    for (let round = 0; round < 2; round += 1) {
      const b = await join();
      const count = hook.arrived.length;
      await b.kill();
      expect((await send(a, 'hook', `round ${round}`, TAKEOVER)).status).to.deep.equal({ hook: 'ok' });
      expect(hook.arrived.length - count).to.equal(1);
    }
  });
});

describe('a node that stands still', function () {
  this.timeout(180_000);

  it('goes on under a new id, with its sockets', async () => {
    const { cluster, a, hook } = stage();
    const b = await join();
    const names = [await cluster.nameOn(a, 'still'), await cluster.nameOn(b, 'still')];
    const devices = await Promise.all(names.map((name) => b.device(name, { acknowledge: true })));
    const before = await idOf(b);
    const count = hook.arrived.length;
    b.signal('SIGSTOP');
    await cluster.shared([a]);
    const sent = await Promise.all(names.map((name) => send(a, name, 'meanwhile')));
    expect((await send(a, 'hook', 'meanwhile', TAKEOVER)).status).to.deep.equal({ hook: 'ok' });
    b.signal('SIGCONT');
    await cluster.shared([a, b]);
    expect(await idOf(b)).not.to.equal(before);
    expect(b.log.some((line) => line.includes('took this one for dead'))).to.equal(true);
    for (const [at, device] of devices.entries()) {
      const name = names[at] ?? '';
      await allOk(a, name);
      expect(midsOf(device)).to.include(sent[at].mid);
      for (const node of [a, b])
        expect((await send(node, name, 'after', 10_000)).status).to.deep.equal({ [name]: 'ok' });
      expect(device.ws.readyState).to.equal(device.ws.OPEN);
      expectOrder(device);
    }
    expect((await send(b, 'hook', 'after', 10_000)).status).to.deep.equal({ hook: 'ok' });
    expect(hook.arrived.length - count).to.equal(2);
  });
});

describe('a node whose event loop is blocked', function () {
  this.timeout(180_000);

  it('leaves its work to the others, and does nothing of it a second time when it goes on', async () => {
    const { cluster, a, refuser, failing } = stage();
    const b = await join();
    const [before, hook, name] = [
      await idOf(b),
      await cluster.nameOn(b, 'failing'),
      await cluster.nameOn(b, 'blocked'),
    ];
    const device = await a.device(name);
    const { mid } = await send(a, name, 'x');
    await device.packet('MESSAGE');
    await send(a, hook, 'once');
    const count = refuser.arrived.length;
    await eventually('it is tried again and again', () => refuser.arrived.length > count + 1);

    const goOn = await b.block();
    await cluster.shared([a]);
    // Whatever was due on the blocked node while it stood still is due at once when it goes on.
    failing.status = 200;
    await allOk(a, hook);
    const heard = midsOf(device).length;
    await eventually('the others send it again', () => midsOf(device).slice(heard).includes(mid));
    acknowledge(device, mid);
    await allOk(a, name);
    const settled = midsOf(device).length;
    await goOn();
    await cluster.shared([a, b]);
    expect(await idOf(b)).not.to.equal(before);
    expect(b.log.some((line) => line.includes('took this one for dead'))).to.equal(true);

    const next = [(await send(a, name, 'y')).mid, (await send(b, name, 'z')).mid];
    await eventually('both come', () => next.every((one) => midsOf(device).includes(one)));
    for (const one of next) acknowledge(device, one);
    await allOk(a, name);
    expect(midsOf(device).slice(settled)).not.to.include(mid);
    expectOrder(device);
    expect((await send(b, hook, 'twice', 10_000)).status).to.deep.equal({ [hook]: 'ok' });
    expect(failing.texts).to.deep.equal(['once', 'twice']);
  });
});

describe('a node that is cut off from Redis', function () {
  this.timeout(180_000);

  for (const way of ['silent', 'refused'] as const) {
    it(`refuses senders, keeps its sockets, and is back by itself (${way})`, async () => {
      const { cluster, a } = stage();
      const wire = await layWire(cluster.redis.port);
      const b = await join(cluster.redis.url(wire.port));
      const names = [await cluster.nameOn(a, way), await cluster.nameOn(b, way)];
      const devices = await Promise.all(names.map((name) => b.device(name, { acknowledge: true })));
      for (const device of devices) await device.settle();
      if (way === 'silent') wire.pause();
      else wire.down();
      const refused = await b.request(`/${names[0]}.send?text=x&wait=0`);
      expect(refused.status).to.equal(503);
      expect(refused.headers.get('retry-after')).to.equal('1');
      await cluster.shared([a]);
      const sent = await Promise.all(names.map((name) => send(a, name, 'meanwhile')));
      expect((await b.fetch('/up')).status).to.equal(200);
      if (way === 'silent') wire.resume();
      else wire.up();
      await cluster.shared([a, b]);
      for (const [at, device] of devices.entries()) {
        const name = names[at] ?? '';
        await allOk(a, name);
        expect(midsOf(device)).to.include(sent[at].mid);
        for (const node of [a, b]) {
          expect((await send(node, name, 'after', 10_000)).status).to.deep.equal({ [name]: 'ok' });
        }
        expect(device.ws.readyState).to.equal(device.ws.OPEN);
        expectOrder(device);
      }
    });
  }
});

describe('a node that stops in order', function () {
  this.timeout(180_000);

  it('hands its work over, closes its sockets so that they come back, and exits with 0', async () => {
    const { cluster, a } = stage();
    const b = await join();
    const name = await cluster.nameOn(b);
    const device = await b.device(name);
    const { mid } = await send(a, name, 'x');
    await device.packet('MESSAGE');
    const deaths = a.log.filter((line) => line.includes('a node is dead')).length;
    b.signal('SIGTERM');
    const closed = await device.closed;
    expect(closed.code).to.equal(1001);
    expect(await b.exited).to.equal(0);
    await cluster.shared([a]);
    const again = await a.device(name, { acknowledge: true });
    expect((await again.packet('MESSAGE')).data.mid).to.equal(mid);
    await allOk(a, name);
    expect(a.log.filter((line) => line.includes('a node is dead')).length).to.equal(deaths);
  });
});
