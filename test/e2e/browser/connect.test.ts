import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Page } from 'puppeteer-core';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { KUMA } from '../../templates/payloads.ts';
import { TOKEN } from '../relay-process.ts';
import type { Person } from './person.ts';
import { pair } from './phone.ts';
import { useStage } from './stage.ts';

/** Where pictures go, for whoever wants to look at them. */
const PICTURES = process.env['PICTURES'];

/** Pictures of what a page shows now: on a phone and on a desk, light and dark. */
async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  for (const width of [390, 1280]) {
    for (const look of ['light', 'dark'] as const) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: look }]);
      await page.setViewport({ width, height: 900 });
      // The last picture of a frame may be that of the old size.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.screenshot({ path: join(PICTURES, `${name}-${width}-${look}.png`) as `${string}.png` });
    }
  }
}

describe('connecting a sender in the page', function () {
  this.timeout(240_000);
  const stage = useStage();
  let person: Person;

  before(async () => {
    const browser = await stage().chromium('connect');
    person = await pair(await browser.newPage(), await stage().pairingLink(), 'pixel');
    await person.clicks('button', 'Not now');
    await person.reads('Connected');
    await person.page.goto(stage().url('/#manage'));
    await person.types('textbox', 'Token of the relay, or a code', TOKEN);
    await person.clicks('button', 'Manage this relay');
    await person.reads('This device manages the relay.');
  });

  /** Begins with the choice of a tool, and ends with the key in its settings. */
  async function connect(tool: string, name: string, more: () => Promise<void> = async () => {}): Promise<string> {
    const { page } = person;
    await page.goto(stage().url('/#senders'));
    await person.clicks('button', 'Connect a sender');
    await page.waitForSelector('dialog select');
    await page.select('dialog select', tool);
    const target = await page.waitForSelector('dialog input[list]');
    await target?.type('pixel');
    await more();
    await person.clicks('button', 'Create');
    await person.reads('Waiting for the first request…');
    const { keys } = await stage().ask<{ keys: { name: string }[] }>('/v1/keys');
    expect(keys.map((key) => key.name)).to.include(name);
    return page.$eval('dialog .code-block', (block) => block.textContent ?? '');
  }

  const last = async () => {
    const { messages } = await stage().ask<{ messages: { message: { text: string }; from: { name: string } }[] }>(
      '/v1/devices/pixel/messages',
    );
    const { message, from } = messages.at(-1) ?? { message: { text: '' }, from: { name: '' } };
    return [from.name, message.text];
  };

  it('picks Alertmanager, tries it, and watches it arrive recognised', async () => {
    const { page } = person;
    const key = await connect('alertmanager', 'Alertmanager');
    await person.reads(`/hook/${key}"`);
    await picture(page, 'connect-waiting');
    await person.clicks('button', 'Send a test');
    // A problem, and then its end.
    await person.reads('Recognised as Alertmanager: Resolved: Herald test');
    await person.reads('resolved');
    expect(await last()).to.deep.equal(['Alertmanager', 'Resolved: Herald test']);
    await page.$eval('dialog .first-use', (arrival) => arrival.scrollIntoView());
    await picture(page, 'connect-arrived');
    await person.clicks('button', 'Done');
    await person.reads('Recognised as Alertmanager');
    // The list follows what comes.
    await fetch(stage().url(`/hook/${key}`), { method: 'POST', body: JSON.stringify(KUMA) });
    await person.reads('Recognised as Uptime Kuma: nas is down');
    await page.locator('.sender-details summary').click();
    await person.reads('https://nas.example/');
    await picture(page, 'senders');
    // The page of a device says it as well.
    await page.goto(stage().url('/#'));
    await person.reads('nas is down');
  });

  it('picks a program that speaks ntfy, and a signed webhook', async () => {
    await connect('kuma-ntfy', 'Uptime Kuma (ntfy)');
    await person.clicks('button', 'Send a test');
    await person.reads('Recognised as ntfy: Herald test');
    expect(await last()).to.deep.equal(['Uptime Kuma (ntfy)', 'Herald test']);
    await person.clicks('button', 'Done');

    const key = await connect('github-webhook', 'GitHub (webhook)', async () => {
      await person.page.locator('dialog summary').click();
      const secret = await person.page.waitForSelector('dialog input[type=password]');
      await secret?.type('whispered');
    });
    await person.reads('Requests without the right signature are refused.');
    await person.clicks('button', 'Send a test');
    await person.reads('Recognised as GitHub: acme/site: webhook works');
    await fetch(stage().url(`/hook/${key}`), { method: 'POST', body: '{}' });
    await person.reads('A request was refused, because its signature was missing or wrong.');
    await person.clicks('button', 'Done');
    await person.reads('Signed');
  });

  it('says why a test does not arrive', async () => {
    await connect('healthchecks', 'Healthchecks');
    // The key of an open page ends elsewhere.
    await stage().ask('/v1/keys/Healthchecks', { method: 'PATCH', body: '{"send":["nobody"]}' });
    await person.clicks('button', 'Send a test');
    await person.reads('The relay answered 403');
    await person.clicks('button', 'Done');
    await stage().ask('/v1/keys/Healthchecks', { method: 'DELETE' });
  });

  it('writes a template over the last payload, as it comes', async () => {
    const { page } = person;
    const { key } = await stage().ask<{ key: string }>('/v1/keys', {
      method: 'POST',
      body: '{"name":"boiler","device":"pixel"}',
    });
    const post = (path: string, room: string) =>
      fetch(stage().url(`/hook/${key}${path}`), {
        method: 'POST',
        body: JSON.stringify({ room, temperature: 95, apiToken: 'hush', sensors: [{ name: 'top', value: 95 }] }),
      });
    await post('', 'cellar');
    await page.goto(stage().url('/#templates'));
    await person.clicks('button', 'New template');
    await person.types('textbox', 'Name', 'boiler');
    await page.select('.template-preview select', 'boiler');
    await person.types('textbox', 'Title', '{{.room}} has {{.temperature}} °C');
    await person.reads('cellar has 95 °C');
    await person.types('textbox', 'Text', '{{range .sensors}}{{.name}}: {{.value}}{{end}}');
    await person.reads('top: 95');
    // A payload that comes meanwhile is shown.
    await post('', 'attic');
    await person.reads('attic has 95 °C');
    expect(await page.content()).to.not.contain('hush');
    await picture(page, 'template');
    await person.clicks('button', 'Save');
    await person.reads('Saved. Use it with /hook/KEY/boiler');
    await post('/boiler', 'kitchen');
    await eventually('the template is used', last, {
      until: ([, text]) => text === 'kitchen has 95 °C',
      limit: BROWSER_LIMIT,
    });
    await picture(page, 'templates');
  });
});
