import { expect } from 'chai';
import { world } from '../../world.ts';
import { openPage, pairPage, refusalOf } from '../support/page.ts';

describe('the scheduled messages of a page', () => {
  it('are listed, moved, skipped, sent and cancelled at the relay', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    await relay.request('/phone.send?text=Bread&in=2h&id=bread');
    await relay.request('/phone.send?text=Standup&cron=0+9+*+*+*&tz=Europe/Berlin&id=standup');
    const { model } = page;
    const named = async (name: string) => (await model.scheduled(id)).find((one) => one.id === name);

    const at = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000).toISOString();
    await model.changeScheduled(id, 'bread', { at });
    expect((await named('bread'))?.dueAt).to.equal(Date.parse(at));
    await model.changeScheduled(id, 'standup', { cron: '30 9 * * *', tz: 'Europe/Berlin' });
    const before = await named('standup');
    expect(before).to.include({ cron: '30 9 * * *', tz: 'Europe/Berlin' });
    await model.stepScheduled(id, 'standup', 'skip');
    expect((await named('standup'))?.dueAt).to.be.above(before?.dueAt ?? 0);
    expect(await refusalOf(model.stepScheduled(id, 'bread', 'skip'))).to.equal('error.invalid');
    await model.stepScheduled(id, 'bread', 'run');
    expect(await named('bread')).to.equal(undefined);
    await model.cancelScheduled(id, 'standup');
    expect(await model.scheduled(id)).to.deep.equal([]);
  });
});
