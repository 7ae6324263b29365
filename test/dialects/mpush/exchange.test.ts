import { expect } from 'chai';
import { leave } from '../../support/leave.ts';
import type { TestSocket } from '../../support/socket.ts';
import { TOKEN, type World, world } from '../../world.ts';

/** Sends texts one by one, none of them waiting for its recipients. */
async function send(relay: World, name: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) await relay.request(`/${name}.send?wait=0&text=${text}`);
}

/** The texts of the messages that a socket has got so far. */
async function texts(socket: TestSocket): Promise<string[]> {
  await socket.settle();
  const packets = socket.frames.map((frame) => JSON.parse(frame));
  return packets.filter(({ cmd }) => cmd === 'MESSAGE').map(({ data }) => data.message.text);
}

const acknowledge = (socket: TestSocket, mid: unknown) => socket.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

describe('messages to a socket', () => {
  it('come 64 at a time, and each acknowledgement lets the next one go', async () => {
    const relay = await world();
    const device = await relay.device('a');
    await send(relay, 'a', range(1, 70));
    expect(await texts(device)).to.deep.equal(range(1, 64));
    const first = JSON.parse(device.frames.find((frame) => frame.includes('"MESSAGE"')) ?? '').data.mid;
    acknowledge(device, first);
    expect(await texts(device)).to.deep.equal(range(1, 65));
  });

  it('come one by one with a window of 1', async () => {
    const relay = await world({ config: { websocket: { window: 1 } } });
    const device = await relay.device('a');
    await send(relay, 'a', ['1', '2', '3']);
    const seen: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { data } = await device.packet('MESSAGE');
      seen.push(data.message.text);
      expect(await texts(device)).to.deep.equal(seen);
      acknowledge(device, data.mid);
    }
    expect(seen).to.deep.equal(['1', '2', '3']);
  });

  it('are moved on by the right mid alone, as text or as a number', async () => {
    const relay = await world({ config: { websocket: { window: 1 } } });
    const device = await relay.device('a');
    await send(relay, 'a', ['1', '2', '3']);
    const { mid } = (await device.packet('MESSAGE')).data;
    for (const wrong of ['1', `${mid} `, `${mid}0`, Number(mid) + 1000, Number(mid) - 1, 'x'])
      acknowledge(device, wrong);
    expect(await texts(device)).to.deep.equal(['1']);
    acknowledge(device, Number(mid));
    expect(await texts(device)).to.deep.equal(['1', '2']);
    acknowledge(device, mid);
    expect(await texts(device)).to.deep.equal(['1', '2']);
  });

  it('are repeated, byte for byte, at retryTimeout until they are acknowledged', async () => {
    const relay = await world({ config: { websocket: { retryTimeout: 1000, pingInterval: 3_600_000 } } });
    const device = await relay.device('a');
    await send(relay, 'a', ['x']);
    for (let i = 0; i < 2; i += 1) {
      await relay.clock.tick(999);
      await device.settle();
      expect(device.frames.filter((frame) => frame.startsWith('{"cmd":"MESSAGE"'))).to.have.length(i + 1);
      await relay.clock.tick(1);
      await device.settle();
    }
    const copies = device.frames.filter((frame) => frame.startsWith('{"cmd":"MESSAGE"'));
    expect(copies).to.have.length(3);
    expect(new Set(copies).size).to.equal(1);
    acknowledge(device, JSON.parse(copies[0] ?? '').data.mid);
    await device.settle();
    await relay.clock.tick(120_000);
    expect(await texts(device)).to.have.length(3);
  });

  it('wait for a device that is away, and come in order right after its AUTH', async () => {
    const relay = await world();
    await leave(relay, 'a', await relay.device('a'));
    await send(relay, 'a', range(1, 40));
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a' } });
    expect((await socket.packet()).cmd).to.equal('AUTH');
    for (const text of range(1, 40)) {
      const { data } = await socket.packet();
      expect(data.message.text).to.equal(text);
      acknowledge(socket, data.mid);
    }
  });

  it('go to each member of a group, the sender among them', async () => {
    const relay = await world();
    const sender = await relay.device('a', { group: 'g', acknowledge: true });
    const other = await relay.device('b', { group: 'g', acknowledge: true });
    sender.send({ cmd: 'MESSAGE', data: { sendType: 'group', target: 'g', message: { text: 'x' } } });
    const { data } = await sender.packet('MESSAGE');
    expect(data).to.deep.include({ sendType: 'group', target: 'g', from: { method: 'websocket', name: 'a' } });
    expect((await other.packet('MESSAGE')).data.mid).to.equal(data.mid);
    expect(await sender.next()).to.equal(
      `{"cmd":"MESSAGE_REPLY","data":{"mid":"${data.mid}","status":{"a":"ok","b":"ok"}}}`,
    );
  });

  it('have mids that rise with every message, over a restart too, though the clock stands still', async () => {
    const relay = await world();
    const mids: number[] = [];
    const note = async () => mids.push(Number((await relay.request('/nobody.send?text=x')).json.data.mid));
    await relay.device('a');
    for (let i = 0; i < 3; i += 1) mids.push(Number((await relay.request('/a.send?wait=0&text=x')).json.data.mid));
    await relay.stop();
    await relay.start();
    await note();
    await relay.clock.tick(60_000);
    await note();
    expect(mids[0]).to.be.closeTo(relay.clock.now() - 60_000, 2000);
    expect(mids[4]).to.be.closeTo(relay.clock.now(), 2000);
    expect([...new Set(mids)].sort((a, b) => a - b)).to.deep.equal(mids);
  });

  it('do not reach who joins the group later', async () => {
    const relay = await world();
    await relay.device('a', { group: 'g' });
    await relay.request('/g.group?wait=0&text=x');
    expect(await texts(await relay.device('b', { group: 'g' }))).to.deep.equal([]);
  });
});

describe('MESSAGE from a socket', () => {
  const message = (target: string) => ({
    cmd: 'MESSAGE',
    data: { sendType: 'personal', target, message: { text: 'x' } },
  });

  it('is answered at once for a name that nobody bears', async () => {
    const device = await (await world()).device('a');
    device.send(message('nobody'));
    expect(await device.next()).to.match(
      /^\{"cmd":"MESSAGE_REPLY","data":\{"mid":"\d+","status":\{"nobody":"no"\}\}\}$/,
    );
  });

  it('is answered when websocket.waitTimeout has passed', async () => {
    const relay = await world({ config: { websocket: { waitTimeout: 2000 } } });
    const sender = await relay.device('a');
    const recipient = await relay.device('b');
    sender.send(message('b'));
    const { mid } = (await recipient.packet('MESSAGE')).data;
    await relay.clock.tick(1999);
    await sender.settle();
    expect(sender.frames.some((frame) => frame.includes('MESSAGE_REPLY'))).to.equal(false);
    await relay.clock.tick(1);
    expect((await sender.packet('MESSAGE_REPLY')).data).to.deep.equal({ mid, status: { b: 'wait' } });
  });

  it('is answered to the name: on the socket that it has by then', async () => {
    const relay = await world();
    const sender = await relay.device('a');
    const recipient = await relay.device('b');
    sender.send(message('b'));
    const { mid } = (await recipient.packet('MESSAGE')).data;
    sender.ws.terminate();
    const again = await relay.device('a');
    acknowledge(recipient, mid);
    expect(await again.next()).to.equal(`{"cmd":"MESSAGE_REPLY","data":{"mid":"${mid}","status":{"b":"ok"}}}`);
  });

  it('may be sent to oneself', async () => {
    const device = await (await world()).device('a', { acknowledge: true });
    device.send(message('a'));
    expect((await device.packet('MESSAGE')).data.from).to.deep.equal({ method: 'websocket', name: 'a' });
    expect((await device.packet('MESSAGE_REPLY')).data.status).to.deep.equal({ a: 'ok' });
  });
});
