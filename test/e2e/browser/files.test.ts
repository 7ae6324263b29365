import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Browser } from 'puppeteer-core';
import { onCleanup } from '../../support/cleanup.ts';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { TOKEN } from '../relay-process.ts';
import type { Person } from './person.ts';
import { pair } from './phone.ts';
import { useStage } from './stage.ts';

const PICTURE = fileURLToPath(new URL('../../../pwa/public/icon-512.png', import.meta.url));

describe('files in the page', function () {
  this.timeout(240_000);
  const stage = useStage();
  let browser: Browser;

  before(async () => {
    browser = await stage().chromium('files');
  });

  async function device(name: string): Promise<Person> {
    const context = await browser.createBrowserContext();
    onCleanup(() => context.close());
    const person = await pair(await context.newPage(), await stage().pairingLink(), name);
    await person.clicks('button', 'Not now');
    await person.reads('Connected');
    return person;
  }

  async function sendFile(target: string, name: string, content: Buffer | string, text: string): Promise<void> {
    const body = new FormData();
    body.append('text', text);
    body.append('file', new Blob([new Uint8Array(Buffer.from(content))]), name);
    const headers = { authorization: TOKEN };
    const answer = await fetch(stage().url(`/${target}.send?wait=0`), { method: 'POST', headers, body });
    expect(answer.status).to.equal(200);
  }

  it('shows a picture in place, and everything else as a download', async () => {
    const person = await device('desk');
    await sendFile('desk', 'door.png', await readFile(PICTURE), 'Front door');
    await sendFile('desk', 'page.html', '<script>document.title="run"</script>', 'A page');
    await person.opens('Front door');
    await person.finds('heading', 'Front door');
    const width = () => person.page.$eval('.file-picture img', (image) => (image as HTMLImageElement).naturalWidth);
    await eventually('the picture is loaded', () => width().catch(() => 0), {
      until: (w) => w === 512,
      limit: BROWSER_LIMIT,
    });
    await person.reads('image/png');
    await person.page.goto(stage().url('/'));
    await person.opens('A page');
    await person.reads('text/plain');
    const link = await person.page.$eval('a.file-card', (a) => (a as HTMLAnchorElement).href);
    const page = await browser.newPage();
    onCleanup(() => page.close());
    await page.goto(link);
    expect(await page.title()).to.equal('');
    expect(await page.evaluate(() => document.body.textContent)).to.include('<script>');
  });

  it('attaches a file in the composer, and shares one from another app', async () => {
    const person = await device('pad');
    const { page } = person;
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await page.goto(stage().url('/#send'));
    await person.finds('button', 'Attach a file');
    const input = await page.$('input[type=file]');
    await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(PICTURE);
    await person.reads('icon-512.png');
    await person.clicks('radio', 'pad (this device)');
    await person.clicks('button', 'Send');
    await person.reads('pad: Received');
    await page.goto(stage().url('/'));
    await person.opens('icon-512.png');
    await page.waitForSelector('.file-picture img');

    await page.goto(stage().url('/'));
    await person.reads('icon-512.png');
    await eventually(
      'the service worker has the page',
      () => page.evaluate(() => navigator.serviceWorker.controller !== null),
      { until: (has) => has, limit: BROWSER_LIMIT },
    );
    // What the system does when another app shares a file with the page.
    await page.evaluate(async () => {
      const body = new FormData();
      body.append('title', 'From another app');
      body.append('file', new File(['shared'], 'shared.txt', { type: 'text/plain' }));
      const { url } = await fetch('./share', { method: 'POST', body });
      location.href = url;
    });
    await person.reads('shared.txt');
    const title = await person.finds('textbox', 'Title');
    expect(await title.evaluate((field) => (field as HTMLInputElement).value)).to.equal('From another app');
  });
});
