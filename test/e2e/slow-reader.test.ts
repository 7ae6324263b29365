import { expect } from 'chai';
import { clientFrame, handshake, rawClient } from '../socket/raw-client.ts';
import { eventually } from '../support/eventually.ts';
import { TOKEN, type World, world } from '../world.ts';

const LIMIT = 65_536;
/** More than the kernel keeps for two sockets that are not read, in messages of this length. */
const TEXT = 'x'.repeat(900_000);

const STALL = { maxBuffered: 64 * 2 ** 20, stallTimeout: 1000 };

const auth = (name: string) => clientFrame(JSON.stringify({ cmd: 'AUTH', data: { token: TOKEN, name, group: 'all' } }));

async function slowWorld(limits = STALL): Promise<{ relay: World; warnings: string[] }> {
  const warnings: string[] = [];
  const logger = { debug() {}, info() {}, warn: (_: object, text: string) => warnings.push(text), error() {} };
  // Without a heartbeat in between: only a stall may end the socket.
  const relay = await world({ logger, config: { websocket: { ...limits, pingInterval: 2 ** 31 - 1 } } });
  return { relay, warnings };
}

/** A device that has authenticated and reads no more. */
async function stalledDevice(relay: World, name: string) {
  const device = await rawClient(relay.relay.ports.websocket, handshake());
  await device.until(/\r\n\r\n/);
  device.socket.write(auth(name));
  await device.until(/"code":200/);
  device.socket.pause();
  return device;
}

const post = (relay: World, target: string, text: string) =>
  relay.request(`/${target}?wait=0`, {
    method: 'POST',
    body: JSON.stringify({ text, desp: TEXT }),
    headers: JSON_TYPE,
  });
const JSON_TYPE = { 'content-type': 'application/json' };

/** What the relay says of a device. */
async function stateOf(relay: World, name: string) {
  const { devices } = (await relay.request('/v1/devices')).json;
  return devices.find((device: { name: string }) => device.name === name);
}

/** Resolves when the relay has cut the device off. */
async function cutOff(relay: World, name: string): Promise<void> {
  await eventually(`${name} is offline`, async () => !(await stateOf(relay, name)).online);
}

const texts = (count: number) => Array.from({ length: count }, (_, n) => `${n}`);

describe('a device that stops reading', () => {
  it('loses its connection after websocket.stallTimeout', async () => {
    const { relay, warnings } = await slowWorld();
    await stalledDevice(relay, 'slow');
    for (const text of texts(16)) await post(relay, 'slow.send', text);
    await cutOff(relay, 'slow');
    expect(warnings).to.deep.equal(['slow reader cut off']);
  });

  it('gets no repeat of a message that it has not read', async () => {
    const { relay } = await slowWorld({ ...STALL, stallTimeout: 60_000 });
    const device = await stalledDevice(relay, 'slow');
    for (const text of texts(16)) await post(relay, 'slow.send', text);
    for (let repeats = 0; repeats < 20; repeats += 1) await relay.clock.tick(3000);
    device.socket.resume();
    await eventually('16 messages are read', () => device.socket.bytesRead, {
      until: (bytes) => bytes >= 16 * TEXT.length,
    });
    expect(device.socket.bytesRead).to.be.below(17 * TEXT.length);
  });

  it('does not hold up other devices', async () => {
    const { relay } = await slowWorld();
    const quick = await relay.device('quick', { group: 'all', acknowledge: true });
    await stalledDevice(relay, 'slow');
    for (const text of texts(16)) {
      const { json } = await post(relay, 'all.group', text);
      expect(json.data.status).to.have.keys('quick', 'slow');
      expect((await quick.packet('MESSAGE')).data.message.text).to.equal(text);
    }
    await quick.settle();
    await eventually('none is queued for the quick device', () => stateOf(relay, 'quick'), {
      until: (state) => state.queued === 0,
    });
    expect((await stateOf(relay, 'slow')).queued).to.equal(16);
    await cutOff(relay, 'slow');
    expect((await stateOf(relay, 'quick')).online).to.equal(true);
    expect((await relay.request('/quick.send?text=still')).json.data.status).to.deep.equal({ quick: 'ok' });
  });

  it('gets every message once and in order after it reconnects', async () => {
    const { relay } = await slowWorld();
    await stalledDevice(relay, 'slow');
    for (const text of texts(24)) await post(relay, 'slow.send', text);
    await cutOff(relay, 'slow');
    expect((await stateOf(relay, 'slow')).queued).to.equal(24);

    const back = await relay.device('slow', { acknowledge: true });
    const received: string[] = [];
    while (received.length < 24) received.push((await back.packet('MESSAGE')).data.message.text);
    expect(received).to.deep.equal(texts(24));
    await eventually('none is queued', () => stateOf(relay, 'slow'), { until: (state) => state.queued === 0 });
  });
});

describe('a device with messages longer than websocket.maxBuffered', () => {
  it('gets them one by one, and keeps its connection', async () => {
    const { relay, warnings } = await slowWorld({ ...STALL, maxBuffered: LIMIT });
    (await relay.device('away')).ws.terminate();
    await eventually('away is offline', async () => !(await stateOf(relay, 'away')).online);
    for (const text of texts(16)) await post(relay, 'away.send', text);
    const device = await relay.device('away', { acknowledge: true });
    for (const text of texts(16)) expect((await device.packet('MESSAGE')).data.message.text).to.equal(text);
    expect(warnings).to.deep.equal([]);
  });
});
