// Two nodes behind one address: what one of them is told, the other does. All tests share them, with names of their own.
import { join } from 'node:path';
import { expect } from 'chai';
import type { DeviceInfo } from '../../../shared/api.ts';
import { forSuite, onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { startPushService } from '../../support/push-service/index.ts';
import { VirtualUserAgent } from '../../support/push-service/virtual-ua.ts';
import type { TestDevice } from '../../support/relay-client.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { startTarget } from '../../transports/webhook/servers.ts';
import { type RelayProcess, TOKEN } from '../relay-process.ts';
import { createCluster, nodesOf } from './cluster.ts';

const stage = forSuite(async () => {
  const hook = await startTarget();
  onCleanup(() => hook.close());
  const push = await startPushService();
  onCleanup(() => push.close());
  const env = push.appEnv({ caFile: join(await tempDir(), 'ca.pem') });
  const config = {
    webhook: { clients: [{ name: 'hook', group: 'hooked', url: hook.url }] },
    webpush: { allowPrivateEndpoints: true, grace: 0 },
    emergencies: { minRetry: 1000 },
  };
  const cluster = await createCluster({ config, env });
  const [a, b] = await cluster.startAll('a', 'b');
  return { cluster, hook, push, a, b };
});

/** The order of both nodes, each way round. */
const ways = (): [RelayProcess, RelayProcess][] => {
  const { a, b } = stage();
  return [
    [a, b],
    [b, a],
  ];
};

const statusOf = async (node: RelayProcess, path: string) => (await node.request(path)).json.data.status;

async function infoOf(node: RelayProcess, name: string): Promise<DeviceInfo | undefined> {
  const { json } = await node.request('/v1/devices');
  return json.devices.find((device: DeviceInfo) => device.name === name);
}

async function textsAt(node: RelayProcess, name: string): Promise<string[]> {
  const { messages } = (await node.request(`/v1/devices/${name}/messages`)).json;
  return messages.map((one: { message: { text: string }; status: string }) => `${one.message.text} ${one.status}`);
}

/** Reads so many messages of a device that does not acknowledge by itself. */
async function read(device: TestDevice, count: number): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) texts.push((await device.packet('MESSAGE')).data.message.text);
  return texts;
}

async function offline(node: RelayProcess, name: string): Promise<void> {
  await eventually(`${name} is offline`, async () => (await infoOf(node, name))?.online === false);
}

describe('two nodes on one Redis', function () {
  this.timeout(120_000);

  it('list each other, and share the work', async () => {
    const { a, b } = stage();
    const shares = async () => (await nodesOf(a)).map(({ name, shards }) => ({ name, shards }));
    const found = await eventually('both say what they own', shares, {
      until: (list) => list.length === 2 && list.every(({ shards }) => shards > 0),
    });
    expect(found.map(({ name }) => name).sort()).to.deep.equal(['a', 'b']);
    const [onA, onB] = [await nodesOf(a), await nodesOf(b)];
    expect(onA.filter(({ self }) => self).map(({ name }) => name)).to.deep.equal(['a']);
    expect(onB.filter(({ self }) => self).map(({ name }) => name)).to.deep.equal(['b']);
    for (const node of [a, b]) expect((await node.fetch('/health')).json.nodes).to.equal(2);
  });

  it('repeat an emergency once for both, and end it wherever it is acknowledged', async () => {
    const { hook } = stage();
    for (const [one, other] of ways()) {
      const name = `siren ${one.port}`;
      const device = await other.device(name, { acknowledge: true });
      const how = 'priority=emergency&retry=1&then=hook:hook&after=1';
      const { json } = await one.request(`/${name}.send?text=urgent&${how}`);
      const { receipt } = json.data;
      const rounds: number[] = [];
      while (rounds.length < 3) rounds.push((await device.packet('MESSAGE')).data.message.extra.ask.round);
      const ended = await other.fetch(`/v1/answers/${receipt}`, {
        method: 'POST',
        headers: { authorization: device.auth },
      });
      expect(ended.json).to.include({ state: 'answered', by: name });
      const { round } = (await one.request(`/v1/answers/${receipt}`)).json;
      expect(rounds).to.deep.equal([1, 2, 3]);
      const hooked = () =>
        hook.arrived.flatMap(({ body }) => {
          const { ask } = JSON.parse(body).data.message.extra;
          return ask?.id === receipt ? [ask.round] : [];
        });
      const expected = Array.from({ length: round - 1 }, (_, at) => at + 2);
      await eventually('the webhook has each round from the second on', hooked, {
        until: (found) => found.length >= expected.length,
      });
      expect(hooked()).to.deep.equal(expected);
    }
  });

  it('reply ok to a sender at one when the device at the other acknowledges, whoever delivers', async () => {
    const { cluster } = stage();
    for (const [sender, owner] of ways()) {
      for (const [at, name] of [
        [owner, await cluster.nameOn(owner, 'far')],
        [owner, await cluster.nameOn(sender, 'near')],
      ] as const) {
        await at.device(name, { acknowledge: true });
        expect(await statusOf(sender, `/${name}.send?text=x&wait=10000`)).to.deep.equal({ [name]: 'ok' });
        expect(await statusOf(at, `/${name}.send?text=y&wait=10000`)).to.deep.equal({ [name]: 'ok' });
      }
    }
  });

  it('deliver in the order of the mids, whichever node took a message', async () => {
    const { a, b } = stage();
    const device = await b.device('ordered');
    const mids: string[] = [];
    device.ws.on('message', (frame) => {
      const { cmd, data } = JSON.parse(frame.toString());
      if (cmd !== 'MESSAGE') return;
      mids.push(data.mid);
      device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
    });
    const sends = Array.from({ length: 200 }, (_, n) =>
      (n % 2 === 0 ? a : b).request(`/ordered.send?text=${n}&wait=10000`),
    );
    const sent = (await Promise.all(sends)).map(({ json }) => json.data);
    const left = sent.filter(({ status }) => status.ordered !== 'ok').map(({ mid }) => mid);
    expect(left, 'not ok').to.deep.equal([]);
    const first = [...new Set(mids)];
    expect(first).to.deep.equal(sent.map(({ mid }) => mid).sort((one, other) => Number(one) - Number(other)));
  });

  it("keep one sender's order", async () => {
    const { a, b } = stage();
    const device = await b.device('patient', { acknowledge: true });
    const texts = Array.from({ length: 20 }, (_, n) => `text ${n}`);
    for (const text of texts) await a.request(`/patient.send?text=${text}&wait=0`);
    expect(await read(device, 20)).to.deep.equal(texts);
  });

  it('send to a group whose members are at both', async () => {
    const { a, b } = stage();
    await a.device('g1', { group: 'both', acknowledge: true });
    await b.device('g2', { group: 'both', acknowledge: true });
    for (const node of [a, b]) {
      const status = await statusOf(node, '/both.group?text=x&wait=10000');
      expect(status).to.deep.equal({ g1: 'ok', g2: 'ok' });
    }
  });

  it('know a device as soon as its registration was answered', async () => {
    for (const [registers, sends] of ways()) {
      for (let n = 0; n < 20; n += 1) {
        const name = `new ${n} of ${registers.port}`;
        await registers.device(name, { acknowledge: true });
        expect(await statusOf(sends, `/${name}.send?text=x&wait=10000`)).to.deep.equal({ [name]: 'ok' });
      }
    }
  });

  it('tell a sender on a socket, and one that follows, of a status at the other', async () => {
    const { a, b } = stage();
    const device = await b.device('followed');
    const sender = await a.socket();
    sender.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'follower', group: '', events: true } });
    await sender.packet('AUTH');
    const message = { sendType: 'personal', target: 'followed', message: { text: 'x' } };
    sender.send({ cmd: 'MESSAGE', data: { ...message, wait: 0 } });
    const { data } = await sender.packet('MESSAGE_REPLY');
    expect(data.status.followed).to.be.oneOf(['ready', 'wait']);
    const { mid } = (await device.packet('MESSAGE')).data;
    device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
    await eventually('it is told', () =>
      sender.frames.some((frame) => frame.includes(mid) && frame.includes('"ok"') && !frame.includes('MESSAGE_REPLY')),
    );
  });

  it('bring the backlog to wherever the device connects', async () => {
    const { a, b } = stage();
    for (const node of [a, b, a]) {
      const device = await node.device('wanderer', { acknowledge: true });
      device.ws.close();
      await offline(b, 'wanderer');
      expect((await statusOf(b, '/wanderer.send?text=x&wait=0')).wanderer).to.equal('ready');
    }
    const device = await b.device('wanderer', { acknowledge: true });
    expect(await read(device, 1)).to.deep.equal(['x']);
    await eventually('nothing is left', async () => (await infoOf(a, 'wanderer'))?.queued === 0);
  });

  it('remove a device whose socket is at the other', async () => {
    for (const [removes, has] of ways()) {
      const device = await has.device('removed');
      const waiting = removes.request('/removed.send?text=x&wait=20000');
      await device.packet('MESSAGE');
      expect((await removes.request('/v1/devices/removed', { method: 'DELETE' })).status).to.equal(200);
      expect((await device.closed).code).to.equal(4410);
      expect((await waiting).json.data.status).to.deep.equal({ removed: 'failed' });
      for (const node of [removes, has]) {
        await eventually('it is gone', async () => (await infoOf(node, 'removed')) === undefined);
        const packet = { cmd: 'MESSAGE_CALLBACK', auth: device.auth, data: { mid: '1' } };
        expect(
          (
            await node.fetch('/', {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(packet),
            })
          ).status,
        ).to.equal(401);
        expect(await statusOf(node, '/removed.send?text=x')).to.deep.equal({ removed: 'no' });
      }
    }
  });

  it('tell a webhook once, whichever node is asked', async () => {
    const { a, b, hook } = stage();
    const began = hook.arrived.length;
    for (const [node, text] of [
      [a, 'to a'],
      [b, 'to b'],
    ] as const) {
      expect(await statusOf(node, `/hook.send?text=${text}&wait=10000`)).to.deep.equal({ hook: 'ok' });
    }
    expect(await statusOf(a, '/hooked.group?text=group&wait=10000')).to.deep.equal({ hook: 'ok' });
    const texts = hook.arrived.slice(began).map(({ body }) => JSON.parse(body).data.message.text);
    expect(texts).to.deep.equal(['to a', 'to b', 'group']);
  });

  it('push once to a browser that registered at either', async () => {
    const { push } = stage();
    const browser = await new VirtualUserAgent(push.wsUrl).connect();
    onCleanup(() => browser.disconnect());
    for (const [registers, sends] of ways()) {
      const name = `browser of ${registers.port}`;
      const device = await registers.socket();
      device.send({ cmd: 'AUTH', data: { token: TOKEN, name, group: '' } });
      const { data } = await device.packet('AUTH');
      device.send({ cmd: 'REGISTER_WEBPUSH', data: await browser.subscribe(data.webpushPublicKey) });
      await device.settle();
      device.ws.close();
      await offline(sends, name);
      const since = push.cursor;
      const status = () => statusOf(sends, `/${name}.send?text=x&wait=0`).then(({ [name]: one }) => one);
      expect(await status()).to.be.oneOf(['ready', 'webpush-wait', 'webpush-ok']);
      await push.waitFor({ type: 'push.request' }, { since });
      const { mid } = (await sends.request(`/v1/devices/${name}/messages`)).json.messages[0];
      for (const node of [sends, registers]) {
        await eventually('the push was taken', async () => {
          const found = (await node.request(`/v1/messages/${mid}`)).json;
          return found.status[name] === 'webpush-ok';
        });
      }
      expect(push.find({ type: 'push.request' }, since)).to.have.length(1);
    }
  });

  it('show devices alike: whether they are connected, and what waits for them', async () => {
    const { a, b } = stage();
    const device = await b.device('seen');
    for (const node of [a, b]) {
      await eventually('it is online', async () => (await infoOf(node, 'seen'))?.online === true);
    }
    device.ws.close();
    for (const node of [a, b]) await offline(node, 'seen');
    await a.request('/seen.send?text=1&wait=0');
    await b.request('/seen.send?text=2&wait=0');
    for (const node of [a, b]) expect((await infoOf(node, 'seen'))?.queued).to.equal(2);
    for (const node of [a, b]) expect(await textsAt(node, 'seen')).to.deep.equal(['1 ready', '2 ready']);
  });

  it('share read marks', async () => {
    const { a, b } = stage();
    const page = await b.socket();
    page.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'reader', group: '', events: true } });
    await page.packet('AUTH');
    const { mid } = (await a.request('/reader.send?text=x&wait=0')).json.data;
    const mark = await a.request('/v1/reads', { method: 'POST', body: JSON.stringify({ mids: [mid] }) });
    expect(mark.status).to.equal(200);
    for (const node of [a, b]) expect((await node.request('/v1/reads')).json.mids).to.include(mid);
    await eventually('a page at the other node is told', () =>
      page.frames.some((frame) => frame.includes(mid) && !frame.includes('MESSAGE"')),
    );
  });

  it('give a second node of one name another', async () => {
    const { cluster, a, b } = stage();
    const third = await cluster.start('a');
    const named = async () => (await nodesOf(b)).map(({ name }) => name).sort();
    await eventually('it has a name of its own', named, { until: (names) => names.join() === 'a,a#2,b' });
    third.signal('SIGTERM');
    expect(await third.exited).to.equal(0);
    await cluster.shared([a, b]);
  });
});
