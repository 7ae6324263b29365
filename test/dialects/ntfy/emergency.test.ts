import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { sharedWorld } from '../../support/shared-world.ts';

const MINUTE = 60_000;

describe('Priority: emergency', () => {
  const shared = sharedWorld();

  it('begins an emergency, which ntfy itself does not have', async () => {
    const relay = shared();
    const device = await relay.device('alarm', { acknowledge: true });
    const headers = { title: 'Fire', priority: 'emergency', 'x-retry': '2m', 'x-then': 'alarm', 'x-after': '9' };
    const { status, json } = await relay.request('/alarm', { method: 'POST', headers, body: 'Server room' });
    expect([status, json.priority, json.title]).to.deep.equal([200, 5, 'Fire']);
    const first = (await device.packet('MESSAGE')).data;
    expect(first.message.extra.ask).to.include({ kind: 'acknowledge', round: 1 });
    const info = (await relay.request(`/v1/answers/${json.id}`)).json;
    expect(info).to.deep.include({ id: first.message.extra.receipt, state: 'open', mids: [first.mid] });
    const next = device.packet('MESSAGE');
    await relay.clock.tick(2 * MINUTE);
    expect((await next).data.message.extra.ask.round).to.equal(2);
    await relay.request(`/v1/answers/${json.id}`, { method: 'POST' });
    await eventually('it is over', async () => (await relay.request('/v1/answers?open=1')).json.answers.length === 0);
  });

  it('refuses wrong options, and sends nothing', async () => {
    const relay = shared();
    for (const query of ['retry=5', 'expire=9h', 'then=nobody', 'after=0']) {
      const { status } = await relay.request(`/quiet-topic?priority=emergency&${query}`, { method: 'POST', body: 'x' });
      expect(status, query).to.equal(400);
    }
    expect((await relay.request('/quiet-topic/json?poll=1')).text).to.equal('');
  });
});
