import { expect } from 'chai';
import type { Browser } from 'puppeteer-core';
import { anyPage, closePages, pageWith, pair } from './phone.ts';
import { useStage } from './stage.ts';

describe('a phone in its quiet hours', function () {
  this.timeout(240_000);
  const stage = useStage();
  let browser: Browser;

  before(async () => {
    browser = await stage().chromium('phone');
    const person = await pair(await anyPage(browser), await stage().pairingLink(), 'phone');
    await person.clicks('button', 'Enable notifications');
    await person.clicks('button', 'Open the inbox');
    await person.clicks('link', 'Settings');
    await person.reads('Notifications are on');
    await person.clicks('button', 'Set quiet hours');
    await person.clicks('button', 'Save');
    await person.finds('button', 'Turn off');
    await closePages(stage(), browser);
  });

  const patch = (body: object) => stage().ask('/v1/devices/phone', { method: 'PATCH', body: JSON.stringify(body) });
  const rings = (title: string) => stage().desktop.waitFor((notification) => notification.title === title);
  const titles = () => stage().desktop.history.map(({ title }) => title);

  it('gets its messages as one notification, which opens the list', async () => {
    // Whatever time it is.
    const time = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);
    await patch({ quiet: { from: time(-5), to: time(120), tz: 'UTC' } });
    await stage().curl('phone', { text: 'Disk full', key: 'disk', state: 'firing', wait: '0' });
    for (const text of ['First', 'Second']) await stage().curl('phone', { text, wait: '0' });
    const { mid } = await stage().curl('phone', { text: 'Smoke', quiet: 'break', wait: '0' });
    await rings('Smoke');
    expect(await stage().ask(`/v1/messages/${mid}`)).to.not.have.property('held');

    await patch({ quiet: false });
    const digest = await rings('3 while you slept, 1 still open');
    expect(titles()).to.deep.equal(['Smoke', '3 while you slept, 1 still open']);
    stage().desktop.click(digest);
    const person = await pageWith(browser, stage().url());
    for (const text of ['Disk full', 'First', 'Second']) await person.reads(text);
  });
});
