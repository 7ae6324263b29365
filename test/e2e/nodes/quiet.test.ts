import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { browser, pushService } from '../../transports/webpush/fixtures.ts';
import { TOKEN } from '../relay-process.ts';
import { createCluster, TAKEOVER } from './cluster.ts';

describe('quiet hours on several nodes', function () {
  this.timeout(180_000);

  it('end with one notification, although a node died and another one was asked to end them', async () => {
    const service = await pushService();
    const ua = await browser(service);
    const cluster = await createCluster({
      config: { webpush: { allowPrivateEndpoints: true } },
      env: service.appEnv({ caFile: join(await tempDir(), 'ca.pem') }),
    });
    const [one, two] = await cluster.startAll('one', 'two');
    const name = await cluster.nameOn(two, 'phone');
    const device = encodeURIComponent(name);
    const socket = await one.socket();
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name } });
    const { data } = await socket.packet('AUTH');
    socket.send({ cmd: 'REGISTER_WEBPUSH', data: await ua.subscribe(data.webpushPublicKey) });
    await socket.settle();
    socket.ws.close();
    await socket.closed;

    const time = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);
    const patch = (body: object) =>
      one.request(`/v1/devices/${device}`, { method: 'PATCH', body: JSON.stringify(body) });
    await patch({ quiet: { from: time(-5), to: time(60), tz: 'UTC' } });
    const mids: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      mids.push((await one.request(`/${device}.send?text=${text}&wait=0`)).json.data.mid);
    }
    const held = async (mid: string) => (await one.request(`/v1/messages/${mid}`)).json.held?.length === 1;
    for (const mid of mids) await eventually('the message is held', () => held(mid));

    await two.kill();
    await cluster.shared([one], TAKEOVER);
    await one.request(`/${device}.send?text=four&wait=0`);
    await patch({ quiet: false });
    await ua.received(1);
    await one.request(`/${device}.send?text=day&wait=0`);
    await ua.received(2);
    const texts = ua.pushes.map((push) => JSON.parse(push.data?.toString() ?? '').data.message.text);
    expect(texts).to.deep.equal(['4 while you slept', 'day']);
    for (const mid of mids) {
      await eventually('it is told of', async () => !(await held(mid)));
    }
  });
});
