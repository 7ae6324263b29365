import { expect } from 'chai';
import { clientFrame, handshake, rawClient } from '../socket/raw-client.ts';
import { TOKEN, type World, world } from '../world.ts';

const LIMIT = 65_536;
/** So many ms that every unacknowledged message is sent once more, however often it was. */
const RETRY = 120_000;
const TEXT = 'x'.repeat(50_000);

const auth = (name: string) => clientFrame(JSON.stringify({ cmd: 'AUTH', data: { token: TOKEN, name, group: 'all' } }));

async function slowWorld(): Promise<{ relay: World; warnings: string[] }> {
  const warnings: string[] = [];
  const logger = { debug() {}, info() {}, warn: (_: object, text: string) => warnings.push(text), error() {} };
  // Without a heartbeat in between: only the limit of unread bytes may end the socket.
  const relay = await world({ logger, config: { websocket: { maxBuffered: LIMIT, pingInterval: 2 ** 31 - 1 } } });
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

/** Moves time from retry to retry until the device is cut off. */
async function retryUntilCut(relay: World, name: string): Promise<number> {
  for (let retries = 0; retries < 1000; retries += 1) {
    if (!(await stateOf(relay, name)).online) return retries;
    await relay.clock.tick(RETRY);
  }
  throw new Error(`${name} was never cut off`);
}

describe('a device that stops reading', () => {
  it('is cut off at websocket.maxBuffered', async () => {
    const { relay, warnings } = await slowWorld();
    const device = await stalledDevice(relay, 'slow');
    for (let n = 0; n < 16; n += 1) await post(relay, 'slow.send', `${n}`);
    expect(await retryUntilCut(relay, 'slow')).to.be.above(0);
    expect(warnings).to.deep.equal(['slow reader cut off']);
    device.socket.resume();
    await device.closed;
    expect(device.socket.bytesRead).to.be.below(64 * 2 ** 20);
  });

  it('holds up nobody else', async () => {
    const { relay } = await slowWorld();
    const quick = await relay.device('quick', { group: 'all', acknowledge: true });
    await stalledDevice(relay, 'slow');
    for (let n = 0; n < 50; n += 1) {
      const { json } = await post(relay, 'all.group', `${n}`);
      expect(json.data.status).to.have.keys('quick', 'slow');
      expect((await quick.packet('MESSAGE')).data.message.text).to.equal(`${n}`);
    }
    await quick.settle();
    expect((await stateOf(relay, 'quick')).queued).to.equal(0);
    expect((await stateOf(relay, 'slow')).queued).to.equal(50);
    await retryUntilCut(relay, 'slow');
    expect((await stateOf(relay, 'quick')).online).to.equal(true);
    expect((await relay.request('/quick.send?text=still')).json.data.status).to.deep.equal({ quick: 'ok' });
  });

  it('gets everything, once and in order, after it has come back', async () => {
    const { relay } = await slowWorld();
    await stalledDevice(relay, 'slow');
    const texts = Array.from({ length: 40 }, (_, n) => `${n}`);
    for (const text of texts) await post(relay, 'slow.send', text);
    await retryUntilCut(relay, 'slow');
    expect((await stateOf(relay, 'slow')).queued).to.equal(texts.length);

    const back = await relay.device('slow', { acknowledge: true });
    const received: string[] = [];
    while (received.length < texts.length) received.push((await back.packet('MESSAGE')).data.message.text);
    expect(received).to.deep.equal(texts);
    await back.settle();
    expect((await stateOf(relay, 'slow')).queued).to.equal(0);
  });
});

describe('a device with a backlog longer than websocket.maxBuffered', () => {
  it('gets all of it at once', async () => {
    const { relay, warnings } = await slowWorld();
    (await relay.device('away')).ws.terminate();
    while ((await stateOf(relay, 'away')).online);
    for (let n = 0; n < 16; n += 1) await post(relay, 'away.send', `${n}`);
    const device = await relay.device('away');
    for (let n = 0; n < 16; n += 1) expect((await device.packet('MESSAGE')).data.message.text).to.equal(`${n}`);
    expect(warnings).to.deep.equal([]);
  });
});
