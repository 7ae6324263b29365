import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTarget } from '../transports/webhook/servers.ts';
import { World, world } from '../world.ts';

/** Lets so many seconds pass, with every chance for requests and frames to come. */
async function seconds(relay: World, count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) {
    await relay.clock.tick(1000);
    await relay.request('/health');
  }
}

describe('a webhook that refuses one message', () => {
  it('gets the next message after the first attempts, and the owner is told', async () => {
    const target = await startTarget((response, { body }) => {
      response.writeHead(body.length > 2000 ? 413 : 204).end();
    });
    onCleanup(() => target.close());
    const warnings: string[] = [];
    const logger = {
      debug() {},
      info() {},
      warn: (facts: object, text: string) => warnings.push(`${text} ${JSON.stringify(facts)}`),
      error() {},
    };
    const relay = new World(await tempDir(), {
      logger,
      config: { webhook: { timeout: 600_000, clients: [{ name: 'hook', url: `${target.url}/` }] } },
    });
    onCleanup(() => relay.stop());
    await relay.start();
    await relay.request(`/hook.send?wait=0&text=${'x'.repeat(3000)}`);
    await relay.request('/hook.send?wait=0&text=FIRE');
    await eventually('FIRE arrives', async () => {
      await relay.clock.tick(1000);
      return target.arrived.some(({ body }) => body.includes('FIRE'));
    });
    const large = target.arrived.filter(({ body }) => body.length > 2000).length;
    expect(large).to.be.within(3, 4);
    expect(warnings.join()).to.match(/a message is not taken.*"device":"hook".*413/);
    const { json } = await relay.request('/hook.send?text=WATER');
    expect(json.data.status).to.deep.equal({ hook: 'ok' });
  });
});

describe('a device that cannot handle some messages', () => {
  it('gets the other messages soon', async () => {
    const relay = await world();
    const device = await relay.device('phone');
    let fire = false;
    device.ws.on('message', (frame) => {
      const { cmd, data } = JSON.parse(frame.toString());
      if (cmd !== 'MESSAGE' || data.message.text === 'bad') return;
      fire = true;
      device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
    });
    for (let n = 0; n < 64; n += 1) await relay.request('/phone.send?wait=0&text=bad');
    await relay.request('/phone.send?wait=0&text=FIRE');
    await seconds(relay, 8);
    expect(fire).to.equal(false);
    await seconds(relay, 2);
    await eventually('FIRE arrives', () => fire);
    const { json } = await relay.request('/phone.send?text=WATER');
    expect(json.data.status).to.deep.equal({ phone: 'ok' });
  });
});
