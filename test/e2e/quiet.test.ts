import { join } from 'node:path';
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { browser, pushService } from '../transports/webpush/fixtures.ts';
import { type RelayProcess, spawnRelay, TOKEN } from './relay-process.ts';

const ROUNDS = 4;
const BURST = 25;

describe('quiet hours of a relay that is killed', function () {
  this.timeout(180_000);

  it('end with one notification of everything that was accepted', async () => {
    const service = await pushService();
    const ua = await browser(service);
    const dir = await tempDir();
    const env = service.appEnv({ caFile: join(dir, 'ca.pem') });
    const time = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);
    const quiet = { from: time(-5), to: time(60), tz: 'UTC' };

    async function start(): Promise<RelayProcess> {
      const relay = await spawnRelay(dir, { config: { webpush: { allowPrivateEndpoints: true } }, env });
      onCleanup(() => relay.kill());
      return relay;
    }

    const patch = (relay: RelayProcess, body: object) =>
      relay.request('/v1/devices/phone', { method: 'PATCH', body: JSON.stringify(body) });

    let relay = await start();
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'phone' } });
    const { data } = await socket.packet('AUTH');
    socket.send({ cmd: 'REGISTER_WEBPUSH', data: await ua.subscribe(data.webpushPublicKey) });
    await socket.settle();
    socket.ws.close();
    await socket.closed;
    await patch(relay, { quiet });

    for (let round = 0; round < ROUNDS; round += 1) {
      const sends = Array.from({ length: BURST }, (_, n) => relay.request(`/phone.send?text=${round}-${n}&wait=0`));
      // Right after the last answer, when some of them are not noted as held yet.
      for (const { status } of await Promise.all(sends)) expect(status).to.equal(200);
      await relay.kill();
      relay = await start();
    }
    const heldOf = async () => {
      const { messages } = (await relay.request('/v1/devices/phone/messages?limit=1000')).json;
      return messages.filter(({ held }: { held?: true }) => held === true).length;
    };
    await eventually('all are held', heldOf, { until: (count) => count === ROUNDS * BURST });
    await patch(relay, { quiet: false });
    await ua.received(1);
    await relay.request('/phone.send?text=day&wait=0');
    await ua.received(2);
    const texts = ua.pushes.map((push) => JSON.parse(push.data?.toString() ?? '').data.message.text);
    expect(texts).to.deep.equal([`${ROUNDS * BURST} while you slept`, 'day']);
  });
});
