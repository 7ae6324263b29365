import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { Browser } from 'puppeteer-core';
import { onCleanup } from '../../support/cleanup.ts';
import { type Person, personAt } from './person.ts';
import { useStage } from './stage.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1280, height: 800 };

const ENGLISH = {
  lookUp: 'Continue',
  byHand: 'Use the relay’s token instead',
  name: 'Name of this device',
  pair: 'Pair this device',
  done: 'This device is paired',
  later: 'Not now',
  empty: 'No messages yet',
  send: 'Send',
  pairAnother: 'Pair another device',
};
const CHINESE: typeof ENGLISH = {
  lookUp: '继续',
  byHand: '改用服务器令牌',
  name: '此设备的名称',
  pair: '配对此设备',
  done: '此设备已配对',
  later: '以后再说',
  empty: '还没有消息',
  send: '发送',
  pairAnother: '配对另一台设备',
};

/** A message that has everything a message can have. */
const RICH = {
  text: 'Rich',
  desp: '# One\n\n- a [link](https://example.org/)\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```\ncode\n```\n\n![x](https://example.org/x.png)',
  priority: '5',
  tags: 'disk,tada',
  click: 'https://example.org/',
  actions: JSON.stringify([{ action: 'copy', label: 'Copy code', text: '42' }]),
};

interface AxeResult {
  readonly passes: readonly unknown[];
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

describe('every view', function () {
  this.timeout(240_000);
  const stage = useStage();
  let browser: Browser;
  let axe: string;

  before(async () => {
    axe = await readFile(AXE, 'utf8');
    browser = await stage().chromium('views');
  });

  /** Fails when axe finds something, or when the view is wider than the narrowest phone. */
  async function isUsable({ page }: Person, view: string): Promise<void> {
    for (const viewport of [NARROW, WIDE]) {
      await page.setViewport(viewport);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, `${view} at ${viewport.width} px`).to.be.at.most(viewport.width);
      const hasAxe = await page.evaluate(() => 'axe' in window);
      if (!hasAxe) await page.evaluate(axe);
      const { violations, passes } = await page.evaluate(() =>
        (window as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run(),
      );
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      expect(found, `${view} at ${viewport.width} px`).to.deep.equal([]);
      expect(passes).to.have.length.greaterThan(5);
    }
  }

  const looks = [
    ['light', 'en', ENGLISH],
    ['dark', 'zh-CN', CHINESE],
  ] as const;
  for (const [scheme, language, says] of looks) {
    it(`is usable by everyone, ${scheme} and in ${language}`, async () => {
      const context = await browser.createBrowserContext();
      onCleanup(() => context.close());
      const page = await context.newPage();
      const session = await page.createCDPSession();
      const userAgent = await browser.userAgent();
      await session.send('Emulation.setUserAgentOverride', { userAgent, acceptLanguage: language });
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ]);
      const person = personAt(page);

      await page.goto(stage().url());
      await person.finds('button', says.lookUp);
      await isUsable(person, 'the pairing code');
      await person.clicks('button', says.byHand);
      await isUsable(person, 'pairing by hand');
      await page.goto('about:blank');
      await page.goto(await stage().pairingLink());
      await person.types('textbox', says.name, scheme);
      await isUsable(person, 'pairing');
      await person.clicks('button', says.pair);
      await person.finds('heading', says.done);
      await isUsable(person, 'the welcome');
      await person.clicks('button', says.later);
      await person.reads(says.empty);
      await isUsable(person, 'an empty inbox');

      await stage().curl(scheme, { text: 'long'.repeat(100), desp: 'word'.repeat(100), wait: '20000' });
      await stage().curl(scheme, { ...RICH, wait: '20000' });
      await person.reads('Rich');
      await isUsable(person, 'an inbox');
      await person.opens('Rich');
      await person.finds('heading', 'Rich');
      await person.reads('code');
      await isUsable(person, 'a message');
      await page.goto(stage().url('/#send'));
      await person.finds('button', says.send);
      await isUsable(person, 'the composer');
      await page.goto(stage().url('/#settings'));
      await person.finds('button', says.pairAnother);
      await isUsable(person, 'the settings');
      await person.clicks('button', says.pairAnother);
      await page.waitForSelector('dialog[open]');
      await isUsable(person, 'the link for another device');
    });
  }
});
