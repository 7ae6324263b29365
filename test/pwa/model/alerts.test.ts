import { expect } from 'chai';
import { world } from '../../world.ts';
import { openPage, pairPage, refusalOf, TestBrowser, when } from '../support/page.ts';

describe('the open alerts of a page', () => {
  it('come and go with the messages of their keys, in every tab', async () => {
    const relay = await world();
    const browser = new TestBrowser();
    const page = await openPage(relay, { browser });
    await pairPage(relay, page, 'phone');
    await relay.request('/phone.send?text=Disk&key=disk&state=firing&wait=0');
    await when(() => page.model.alerts.value.length === 1);
    expect(page.model.alerts.value[0]).to.include({ target: 'phone', key: 'disk', title: 'Disk', count: 1 });
    // Another tab reads them from the relay, and follows this one.
    const second = await openPage(relay, { browser });
    await when(() => second.model.alerts.value.length === 1);
    await relay.request('/phone.send?text=Fine&key=disk&state=ok&wait=0');
    await when(() => page.model.alerts.value.length === 0 && second.model.alerts.value.length === 0);
  });

  it('close at the relay, once', async () => {
    const relay = await world();
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    await relay.request('/phone.send?text=Disk&key=disk&state=firing&wait=0');
    await when(() => page.model.alerts.value.length === 1);
    const [alert] = page.model.alerts.value;
    if (alert === undefined) throw new Error('no alert');
    await page.model.closeAlert(alert);
    expect(page.model.alerts.value).to.deep.equal([]);
    expect((await relay.request('/v1/alerts?open=1')).json.alerts).to.deep.equal([]);
    expect(await refusalOf(page.model.closeAlert(alert))).to.equal('error.invalid');
  });
});
