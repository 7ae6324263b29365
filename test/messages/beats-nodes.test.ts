import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { twoWorlds } from '../support/redis/worlds.ts';
import { TOKEN, type World } from '../world.ts';

const give = (relay: World, query = '', headers: Readonly<Record<string, string>> = {}) =>
  relay.request(`/desk.beat?key=backup&every=1h&grace=5m${query}`, { headers });

/** A page of a device. */
async function page(relay: World) {
  const socket = await relay.socket();
  socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'desk', events: true } });
  await socket.packet('AUTH');
  return socket;
}

describe('heartbeats of several nodes', () => {
  it('count each sign once, whichever node takes it, and tell a page on another one', async () => {
    const [one, two] = await twoWorlds();
    const desk = await page(two);
    const { beat } = (await give(one)).json;
    expect((await desk.packet('BEAT')).data).to.include({ id: beat.id, target: 'desk' });
    const signs = Array.from({ length: 10 }, (_, n) => give(n % 2 === 0 ? one : two));
    expect((await Promise.all(signs)).map(({ status }) => status)).to.deep.equal(signs.map(() => 200));
    const repeats = Array.from({ length: 6 }, (_, n) => give(n % 2 === 0 ? one : two, '', { 'idempotency-key': 'x' }));
    await Promise.all(repeats);
    for (const relay of [one, two]) {
      const { json } = await relay.request('/v1/beats');
      expect(json.beats).to.have.length(1);
      expect(json.beats[0].runs).to.have.length(12);
    }
    await eventually('the page knows the last state', async () => {
      const { data } = await desk.packet('BEAT');
      return data.beat.runs.length === 12;
    });
  });

  it('say once that a run failed, and once that it is well again', async () => {
    const [one, two] = await twoWorlds();
    const desk = await page(one);
    await give(one);
    await give(two, '&exit=1&text=no+space');
    const failed = await desk.packet('MESSAGE');
    expect(failed.data.message).to.include({ text: 'backup: failed with exit code 1', desp: 'no space' });
    for (const relay of [one, two]) await give(relay);
    expect((await desk.packet('MESSAGE')).data.message.extra).to.include({ state: 'ok' });
    await one.request('/desk.send?text=last&wait=0');
    expect((await desk.packet('MESSAGE')).data.message.text, 'nothing between').to.equal('last');
  });
});
