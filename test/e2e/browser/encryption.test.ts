import { expect } from 'chai';
import type { Browser } from 'puppeteer-core';
import { importSecret, newSecret, seal, toBase64Url } from '../../../shared/encrypted.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { TOKEN } from '../relay-process.ts';
import { pair } from './phone.ts';
import { useStage } from './stage.ts';

describe('encrypted messages in the page', function () {
  this.timeout(240_000);
  const stage = useStage();
  let browser: Browser;

  before(async () => {
    browser = await stage().chromium('encryption');
  });

  it('are readable once the key is there, and the relay never sees what the page sends', async () => {
    const context = await browser.createBrowserContext();
    onCleanup(() => context.close());
    const page = await context.newPage();
    const person = await pair(page, await stage().pairingLink(), 'safe');
    await person.clicks('button', 'Not now');
    await person.reads('Connected');

    const secret = newSecret();
    const body = await seal(await importSecret(secret), { text: 'The safe is open', desp: 'since noon', extra: {} });
    const headers = { authorization: TOKEN, 'content-type': 'application/json' };
    const sent = await fetch(stage().url('/safe.send?wait=0'), { method: 'POST', headers, body: JSON.stringify(body) });
    expect(sent.status).to.equal(200);
    await person.reads('Encrypted message, no key on this device');

    await page.goto(stage().url('/#settings'));
    await person.types('textbox', 'Devices and groups, with commas', 'safe');
    await person.types('textbox', 'Key of another device: 24 words, text, or Bark passphrase', toBase64Url(secret));
    await person.clicks('button', 'Add the key');
    await person.reads('for safe');
    await page.goto(stage().url('/#'));
    await person.opens('The safe is open');
    await person.reads('since noon');

    await page.goto(stage().url('/#send'));
    await person.clicks('radio', 'safe (this device)');
    await person.types('textbox', 'Message', 'Top secret');
    await person.clicks('button', 'Send');
    await person.reads('safe: Received');
    const history = await stage().ask<object>('/v1/devices/safe/messages');
    expect(JSON.stringify(history)).to.not.match(/Top secret|The safe/);
    await page.goto(stage().url('/#'));
    await person.opens('Top secret');
  });
});
