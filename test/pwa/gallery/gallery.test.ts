import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { findProgram } from '../../support/browsers/program.ts';
import { ATTACKS } from '../views/attacks.ts';
import { type Gallery, openGallery } from './build.ts';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly any: readonly { readonly message: string }[] }[];
}

/** Each state of the page, with what a person does before it is looked at. */
const STATES: readonly (readonly [name: string, query: string, act?: (page: Page) => Promise<void>])[] = [
  ['the inbox', '?case=inbox'],
  ['an open message', '?case=inbox', (page) => open(page, 5)],
  ['the menu of a message', '?case=inbox', (page) => press(page, '.list-row:nth-child(4) .row-menu', '.menu')],
  ['open alerts', '?case=alerts', (page) => appear(page, '.alert')],
  ['questions', '?case=questions', (page) => appear(page, '.question')],
  [
    'a question that is open',
    '?case=questions',
    (page) => press(page, '.list-row:nth-child(2) .row-link', '.message-question'),
  ],
  ['an emergency', '?case=emergency', (page) => appear(page, '.emergency')],
  [
    'an emergency that is open',
    '?case=emergency',
    (page) => press(page, '.list-row:nth-child(2) .row-link', '.message-question'),
  ],
  ['questions that are over', '?case=answered', (page) => press(page, '.list-row:nth-child(2) .row-link', '.outcome')],
  ['an empty inbox', '?case=empty', (page) => appear(page, '.tour')],
  ['no search result', '?case=inbox', (page) => page.type('#search', 'zebra')],
  ['no network', '?case=offline'],
  ['a refused device', '?case=refused'],
  ['the composer', '?case=sent#send', (page) => appear(page, '.targets .chip')],
  [
    'a question in the composer',
    '?case=sent-question#send',
    async (page) => {
      await page.waitForSelector('.targets .chip');
      await page.select('.composer select[id$="-kind"]', 'choice');
      await appear(page, 'input[id$="-options"]');
    },
  ],
  ['a change of a time', '?case=sent#send', (page) => press(page, '.upcoming .button', '.dialog-form')],
  ['the settings', '?case=two#settings', (page) => appear(page, '.device')],
  ['muting', '?case=inbox', (page) => mute(page)],
  ['quiet hours', '?case=quiet#settings', (page) => appear(page, '.panel .icon')],
  ['a change of quiet hours', '?case=quiet#settings', (page) => editHours(page)],
  ['a failed delivery check', '?case=check#settings', (page) => press(page, '.setting-row .button', '.check-steps')],
  ['the picture for another device', '?case=inbox#settings', (page) => press(page, '.devices > .button', '.qr')],
  ['a change of this device', '?case=inbox#settings', (page) => press(page, '.account .button', '.dialog-form .chip')],
  [
    'the removal of a device',
    '?case=inbox#settings',
    (page) => press(page, '.device:nth-child(2) .icon-button', '.check'),
  ],
  ['managing the relay', '?case=owner#manage', (page) => appear(page, '.owner-state')],
  ['a device that does not manage', '?case=device#manage', (page) => appear(page, 'form.panel')],
  ['senders', '?case=owner#senders', (page) => appear(page, '.sender')],
  ['no senders', '?case=waiting#senders', (page) => appear(page, '.button-primary')],
  ['a new sender', '?case=owner#senders', openForm],
  ['a new key', '?case=owner#senders', makeKey],
  ['templates', '?case=owner#templates', (page) => appear(page, '.sender')],
  ['a template beside its preview', '?case=owner#templates', editTemplate],
  ['a change of a sender', '?case=owner#senders', (page) => press(page, '.sender .button', '.dialog-form')],
  ['heartbeats', '?case=owner#beats', (page) => appear(page, '.ticks')],
  ['senders with hostile names', '?case=attacks#senders', (page) => appear(page, '.sender')],
  ['heartbeats with hostile names', '?case=attacks#beats', (page) => appear(page, '.sender')],
  ['heartbeats of two relays', '?case=two#beats', (page) => appear(page, '.owner-head select')],
  ['the runs of a heartbeat', '?case=owner#beats', (page) => press(page, '.sender summary', '.runs li')],
  ['the times of a heartbeat', '?case=owner#beats', (page) => press(page, '.sender .button', '.dialog-form')],
  ['the overview', '?case=owner#overview', (page) => appear(page, '.figure')],
  ['the activity', '?case=owner#activity', (page) => appear(page, '.activity summary')],
  ['the way of a message', '?case=owner#activity', (page) => press(page, '.activity summary', '.track-reason')],
  ['the way of a message with hostile names', '?case=attacks#activity', openFirstWay],
  ['all devices', '?case=owner#devices', (page) => appear(page, '.sender')],
  ['all devices with hostile names', '?case=attacks#devices', (page) => appear(page, '.sender')],
  ['a change of a device', '?case=owner#devices', (page) => press(page, '.sender .button', '.dialog-form')],
  [
    'the quiet hours of a device',
    '?case=owner#devices',
    (page) => press(page, '.sender .button:nth-child(2)', '.field-times'),
  ],
  ['webhooks', '?case=owner#webhooks', (page) => press(page, '.summary-link', '.track-bad')],
  ['apps', '?case=owner#apps', (page) => press(page, '.panel .button', '.log-line')],
  ['nodes', '?case=owner#nodes', (page) => appear(page, '.sender')],
  ['the log', '?case=owner#log', (page) => appear(page, '.log-line')],
  ['the log with hostile lines', '?case=attacks#log', (page) => appear(page, '.log-line')],
  ['a backup', '?case=owner#backup', (page) => appear(page, 'form.panel')],
  ['what only a managing device sees', '?case=device#log', (page) => appear(page, 'form.panel')],
  ['pairing', '?case=unpaired#pair=k7q2mf9x3b5c', (page) => appear(page, '.server-name')],
  ['pairing over plain http', '?case=insecure#pair=k7q2mf9x3b5c', (page) => press(page, '[type=submit]', '.push-help')],
  ['an update', '?case=update'],
];

async function openFirstWay(page: Page): Promise<void> {
  await press(page, '.activity summary', '.track-bad');
}

async function openForm(page: Page): Promise<void> {
  await press(page, '.page > .button-primary', '.dialog-form');
  await page.locator('.dialog-form summary').click();
}

async function editTemplate(page: Page): Promise<void> {
  await press(page, '.sender .button', '.template-editor');
  await page.locator('.template-editor summary').click();
  await appear(page, '.template-result .hint-bad');
}

async function makeKey(page: Page): Promise<void> {
  await press(page, '.page > .button-primary', '.dialog-form');
  await page.type('.dialog-form input.input', 'nas');
  const fields = await page.$$('.dialog-form input.input');
  await fields[1]?.type('pixel');
  await press(page, '.dialog-form [type=submit]', '.first-use-good');
}

async function appear(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector);
}

async function press(page: Page, selector: string, then: string): Promise<void> {
  await page.locator(selector).click();
  await appear(page, then);
}

async function mute(page: Page): Promise<void> {
  await press(page, '.list-row:nth-child(4) .row-menu', '.menu');
  await page.locator('::-p-text(Mute…)').click();
  await appear(page, '.dialog-form');
}

async function editHours(page: Page): Promise<void> {
  await page.locator('::-p-aria([name="Change"][role="button"])').click();
  await appear(page, '.dialog-form');
}

async function open(page: Page, nth: number): Promise<void> {
  await press(page, `.list-row:nth-child(${nth}) .row-link`, '.markdown table');
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } };
    // The only rule that would need what axe loads ahead is about media, which no view has.
    return (await axe.run({ resultTypes: ['violations'], preload: false })).violations;
  });
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`).join('; ')}`,
  );
}

describe('the page in a browser', function () {
  this.timeout(240_000);
  let gallery: Gallery;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  let shown = 0;

  before(async () => {
    [gallery, browser] = await Promise.all([
      openGallery(),
      puppeteer.launch({
        executablePath: findProgram('chromium', 'chromium-browser', 'google-chrome'),
        args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
      }),
    ]);
    page = await browser.newPage();
    page.on('console', (line) => {
      if (['warn', 'error'].includes(line.type()) && !/favicon/.test(line.location().url ?? ''))
        complaints.push(line.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    // Colours are measured, so nothing may be on its way in.
    await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  });
  after(async () => {
    await browser?.close();
    await gallery?.close();
  });
  beforeEach(() => {
    complaints = [];
  });

  const show = async (query: string, width: number, scheme: 'light' | 'dark') => {
    await page.setViewport({ width, height: 800 });
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    // Another query makes another document. By way of about:blank, each would have a process of its own.
    shown += 1;
    await page.goto(`${gallery.url}${query.replace(/(?=#|$)/, `&shown=${shown}`)}`);
    await page.waitForSelector('#app h1');
  };

  for (const [name, query, act] of STATES) {
    it(`has no barriers and breaks no rule of its policy: ${name}`, async () => {
      await show(query, 1280, 'light');
      await act?.(page);
      expect(await violations(page)).to.deep.equal([]);
      await show(query, 320, 'dark');
      await act?.(page);
      expect(await violations(page)).to.deep.equal([]);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wider, 'px wider than the screen').to.equal(0);
      expect(complaints).to.deep.equal([]);
    });
  }

  it('cuts no row and wraps no heading when the text is twice as large', async () => {
    await show('?case=inbox', 390, 'light');
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
    });
    await page.waitForFunction(() => (document.querySelector('.list-row .row')?.clientHeight ?? 0) >= 96);
    const cut = await page.$$eval('.row-main', (rows) =>
      rows.filter((row) => row.scrollHeight > (row.closest('.row')?.clientHeight ?? 0)).map((row) => row.textContent),
    );
    expect(cut).to.deep.equal([]);
    const lines = await page.$eval('.inbox-top h1', (title) => {
      const range = document.createRange();
      range.selectNodeContents(title);
      return range.getClientRects().length;
    });
    expect(lines).to.equal(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).to.equal(0);
  });

  it('has touch targets of at least 44 px', async () => {
    for (const query of [
      '?case=inbox',
      '?case=alerts',
      '?case=questions',
      '?case=emergency',
      '?case=sent#send',
      '?case=two#settings',
      '?case=owner#senders',
      '?case=owner#beats',
      '?case=owner#overview',
      '?case=owner#activity',
      '?case=owner#devices',
      '?case=owner#webhooks',
      '?case=owner#apps',
      '?case=owner#templates',
      '?case=owner#nodes',
      '?case=owner#log',
      '?case=owner#backup',
    ]) {
      await show(query, 390, 'light');
      await page.setViewport({ width: 390, height: 800, isMobile: true, hasTouch: true });
      await page.waitForFunction(() => matchMedia('(pointer: coarse)').matches);
      const small = await page.$$eval('button, a[class], input:not([type=radio]):not([type=checkbox]), select', (all) =>
        all
          .map((one) => [one, one.getBoundingClientRect()] as const)
          .filter(([, { width, height }]) => width > 0 && (height < 43.5 || width < 43.5))
          .filter(([one]) => !one.matches('.visually-hidden, .skip'))
          .map(([one, { height }]) => `${one.className} ${height}`),
      );
      expect(small, query).to.deep.equal([]);
    }
  });

  it('shows all filters on a wide screen', async () => {
    await show('?case=inbox', 1280, 'light');
    expect(await page.$eval('.chips', (chips) => chips.scrollWidth - chips.clientWidth)).to.equal(0);
  });

  it('shows a back arrow only where the message covers the list', async () => {
    for (const [width, display] of [
      [390, true],
      [1280, false],
    ] as const) {
      await show('?case=inbox', width, 'light');
      await page.locator('.row-link').click();
      await page.waitForSelector('.toolbar-back', { visible: display, hidden: !display });
    }
  });

  it('shows at which side a wide table goes on', async () => {
    await show('?case=inbox', 390, 'light');
    await open(page, 5);
    await page.waitForSelector('.table-frame');
    const layers = await page.$eval('.table-frame', (frame) => getComputedStyle(frame).backgroundAttachment);
    expect(layers).to.equal('local, local, scroll, scroll');
  });

  it('marks only chosen filters, even after a touch', async () => {
    await show('?case=inbox', 390, 'light');
    const colour = () => page.$eval('.chip', (chip) => getComputedStyle(chip).backgroundColor);
    const quiet = await colour();
    const becomes = (wanted: boolean) =>
      page.waitForFunction(
        (before: string, same: boolean) => {
          const chip = document.querySelector('.chip');
          return chip !== null && (getComputedStyle(chip).backgroundColor === before) === same;
        },
        {},
        quiet,
        wanted,
      );
    await page.click('.chip');
    await becomes(false);
    await page.click('.chip');
    await becomes(true);
  });

  it('renders only the visible rows of 10,000', async () => {
    await show('?case=many', 390, 'light');
    await page.waitForSelector('.row');
    expect(await page.$$eval('.list-row', (rows) => rows.length)).to.be.below(40);
    await page.$eval('.inbox-scroll', (box) => box.scrollTo(0, box.scrollHeight));
    await page.waitForFunction(() => {
      const last = [...document.querySelectorAll('.list-row')].at(-1);
      return last !== undefined && last.getAttribute('aria-posinset') === last.getAttribute('aria-setsize');
    });
    expect(await page.$$eval('.list-row', (rows) => rows.length)).to.be.below(40);
  });

  it('handles every key that comes before the next frame', async () => {
    await show('?case=inbox', 1280, 'light');
    await page.waitForSelector('.row-link');
    const [focused, third] = await page.evaluate(() => {
      for (const key of ['j', 'j', 'j', 'j', 'k'])
        (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      return [document.activeElement?.textContent, document.querySelectorAll('.row-link')[2]?.textContent];
    });
    expect(focused).to.equal(third);
  });

  it('leaves the focus where a person puts it before the next frame', async () => {
    for (const [to, selector] of [
      ['#send', '.composer input'],
      ['#settings', '.page input'],
      ['#pair', '.pairing input'],
    ] as const) {
      await show('?case=inbox', 1280, 'light');
      const stays = await page.evaluate(
        async (hash, field) => {
          const taken = new Promise<HTMLElement>((resolve) => {
            new MutationObserver((_, watcher) => {
              const found = document.querySelector<HTMLElement>(field);
              if (found === null) return;
              watcher.disconnect();
              found.focus();
              resolve(found);
            }).observe(document.body, { subtree: true, childList: true });
          });
          location.hash = hash;
          const found = await taken;
          for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame);
          // What the page does after a picture, it does in a task of its own.
          await new Promise((resolve) => setTimeout(resolve));
          return document.activeElement === found;
        },
        to,
        selector,
      );
      expect(stays, to).to.equal(true);
    }
  });

  it('runs, loads and reports nothing from hostile messages', async () => {
    const asked: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(gallery.url) && request.url() !== 'about:blank') asked.push(request.url());
    });
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await show('?case=attacks', 1280, 'light');
    await page.waitForSelector('.row-link');
    const links = await page.$$eval('.row-link', (rows) => rows.length);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.message .markdown');
    const hashes = new Set<string>();
    for (let nth = 0; nth < ATTACKS.length; nth += 1) {
      await page.waitForFunction(
        (title: string) => document.querySelector('.message-title')?.textContent === title,
        {},
        ATTACKS[nth] ?? '',
      );
      hashes.add(await page.evaluate(() => location.hash));
      await page.keyboard.press('j');
    }
    expect(links).to.be.above(5);
    expect(hashes.size).to.equal(ATTACKS.length);
    expect(asked).to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
  });

  it('returns to the list at the same position', async () => {
    await show('?case=many', 390, 'light');
    await page.waitForSelector('.row');
    await page.$eval('.inbox-scroll', (box) => box.scrollTo(0, 30_000));
    await page.waitForFunction(() => document.querySelector('.row-link')?.getAttribute('href')?.startsWith('#message'));
    await page.evaluate(() => (document.querySelectorAll('.row-link')[10] as HTMLElement).click());
    await page.waitForSelector('.message');
    await page.goBack();
    await page.waitForSelector('.inbox:not([data-covered])');
    expect(await page.$eval('.inbox-scroll', (box) => box.scrollTop)).to.equal(30_000);
  });
});
