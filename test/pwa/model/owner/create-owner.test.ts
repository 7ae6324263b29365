import { expect } from 'chai';
import { ActionError } from '../../../../pwa/src/model/model.ts';
import type { KeyUseInfo } from '../../../../shared/api.ts';
import { eventually } from '../../../support/eventually.ts';
import { TOKEN, world } from '../../../world.ts';
import { openPage, pairPage, TestBrowser, when } from '../../support/page.ts';

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ActionError) return error.text.key;
    throw error;
  }
  return 'done';
}

describe('an owner in the page', () => {
  it('begins to manage with the token, which is nowhere kept, and stays so over reconnects and restarts', async () => {
    const relay = await world();
    const browser = new TestBrowser();
    const page = await openPage(relay, { browser });
    const { id } = await pairPage(relay, page, 'phone');
    const owner = await page.model.owner(id);
    expect(await owner.manages()).to.equal(false);
    expect(await refusal(owner.senders())).to.equal('error.forbidden');
    expect(await refusal(owner.manage('wrong'))).to.equal('error.forbidden');
    await owner.manage(TOKEN);
    expect(await owner.manages()).to.equal(true);
    page.setOnline(false);
    await when(() => page.model.connections.value.get(id)?.kind === 'offline');
    page.setOnline(true);
    page.back();
    await when(() => page.model.connections.value.get(id)?.kind === 'connected');
    expect(await owner.manages(), 'after another connection').to.equal(true);
    page.close();
    const later = await openPage(relay, { browser });
    await when(() => later.model.connections.value.get(id)?.kind === 'connected');
    const again = await later.model.owner(id);
    expect(await again.manages()).to.equal(true);
    expect(await (await later.model.exportData()).text()).to.not.contain(TOKEN);
    await again.endManage('phone');
    expect(await again.manages()).to.equal(false);
    expect(later.model.connections.value.get(id)?.kind).to.equal('connected');
  });

  it('makes, changes and ends senders, and sees their uses as they come', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    const owner = await page.model.owner(id);
    await owner.manage(TOKEN);
    const made = await owner.createSender('a/b "c"', { device: 'phone' });
    const uses: KeyUseInfo[] = [];
    const end = owner.followUses('a/b "c"', 0, (use) => uses.push(use));
    const send = (text: string) =>
      relay.fetch(`/phone.send?wait=0&text=${text}`, { headers: { authorization: made.key } });
    await send('one');
    await eventually('the first use is told', () => uses.length > 0);
    expect(uses[0]).to.include({ dialect: 'mpush', title: 'one' });
    end();
    await send('two');
    expect(await owner.changeSender('a/b "c"', { priority: 5 })).to.include({ priority: 5 });
    const next = await owner.rotateSender('a/b "c"', 0);
    expect(next.key).to.not.equal(made.key);
    expect((await send('three')).status).to.be.oneOf([401, 403]);
    expect((await owner.senders()).map(({ name }) => name)).to.deep.equal(['a/b "c"']);
    await owner.removeSender('a/b "c"');
    expect(await owner.senders()).to.deep.equal([]);
    expect(uses.filter(({ title }) => title === 'two')).to.deep.equal([]);
  });

  it('lists heartbeats, and changes, pauses and removes them', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    const owner = await page.model.owner(id);
    await relay.request('/phone.beat?key=backup&every=24h');
    const [beat] = await owner.beats();
    expect(beat).to.include({ key: 'backup', state: 'up' });
    await owner.changeBeat(beat?.id ?? '', { every: '12h', grace: '30m' });
    await owner.pauseBeat(beat?.id ?? '');
    expect((await owner.beats())[0]).to.include({ every: 12 * 3_600_000, grace: 30 * 60_000, state: 'paused' });
    expect(await refusal(owner.changeBeat(beat?.id ?? '', { grace: 'soon' }))).to.equal('error.invalid');
    await owner.removeBeat(beat?.id ?? '');
    expect(await owner.beats()).to.deep.equal([]);
  });

  it('sees what goes on: messages, routes, devices, apps, nodes and the log', async () => {
    const relay = await world({ config: { apps: [{ id: '7', key: 'k', secret: 's' }] } });
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    const owner = await page.model.owner(id);
    for (const refused of [owner.activity({}), owner.routes(), owner.log(0), owner.nodes(), owner.apps()]) {
      expect(await refusal(refused)).to.equal('error.forbidden');
    }
    await owner.manage(TOKEN);
    await relay.request('/phone.send?text=hello&wait=0');
    await relay.request('/nobody.send?text=x&wait=0');
    await eventually('the message has arrived', async () => {
      const { messages } = await owner.activity({ target: 'phone', status: 'received' });
      return messages[0]?.title === 'hello';
    });
    const { messages, last } = await owner.activity({ sender: '' });
    expect((await owner.activity({ sender: '' }, last)).messages).to.deep.equal([]);
    expect(await refusal(owner.sendAgain(messages[0]?.mid ?? '', 'phone'))).to.equal('error.invalid');
    expect(await owner.routes()).to.deep.equal([]);
    expect(await owner.open()).to.deep.equal({ alerts: [], questions: [] });
    expect((await owner.nodes()).nodes).to.have.length(1);
    expect((await owner.log(0)).map(({ facts }) => facts['device'])).to.include('nobody');
    expect(await owner.log(relay.clock.now() + 1000)).to.deep.equal([]);
    expect((await owner.apps()).map((app) => app.id)).to.include('7');
    expect(await owner.appChannels('7', 'a&b')).to.deep.equal({ channels: [], total: 0, connections: 0 });
    await relay.request('/v1/devices', { method: 'POST', body: '{"name":"shelf"}' });
    await owner.changeDevice('shelf', { groups: ['kitchen'] });
    await owner.changeQuiet('shelf', false);
    expect((await owner.devices()).find(({ name }) => name === 'shelf')).to.deep.include({
      groups: ['kitchen'],
      quiet: false,
    });
    await owner.removeDevice('shelf');
    expect((await owner.devices()).map(({ name }) => name)).to.deep.equal(['phone']);
    page.close();
  });

  it('downloads a backup with the token alone', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    const owner = await page.model.owner(id);
    await owner.manage(TOKEN);
    expect(await refusal(owner.backup('wrong'))).to.equal('error.unauthorized');
    const file = await owner.backup(TOKEN);
    expect((await file.text()).slice(0, 15)).to.equal('SQLite format 3');
    page.close();
  });
});
