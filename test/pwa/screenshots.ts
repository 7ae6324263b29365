// Makes pictures of the main views: `npx tsx test/pwa/screenshots.ts [folder]`. Without a folder those of the manifest are renewed.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer, { type Page } from 'puppeteer-core';
import { findProgram } from '../support/browsers/program.ts';
import { openGallery } from './gallery/build.ts';

interface Shot {
  readonly name: string;
  readonly state: string;
  readonly hash?: string;
  readonly lang?: 'zh';
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  /** What a person does before. */
  readonly act?: (page: Page) => Promise<unknown>;
}

const PHONE = { width: 390, height: 844 };
const SMALL = { width: 320, height: 640 };
const DESK = { width: 1280, height: 800 };

const openFirst = (nth: number) => async (page: Page) => {
  await page.locator(`.list-row:nth-child(${nth}) .row-link`).click();
  await page.waitForSelector('.message');
};
const press = (selector: string) => (page: Page) => page.locator(selector).click();

const showQuestion = async (page: Page) => {
  await page.waitForSelector('.targets .chip');
  await page.select('.composer select[id$="-kind"]', 'choice');
  await page.type('input[id$="-options"]', 'yes, no');
  await page.$eval('.composer textarea', (field) => field.scrollIntoView());
};

const showUpcoming = async (page: Page) => {
  await page.waitForSelector('.upcoming');
  await page.$eval('.upcoming', (row) => row.scrollIntoView());
};

const makeKey = async (page: Page) => {
  await page.locator('.page > .button-primary').click();
  await page.waitForSelector('.dialog-form');
  await page.type('.dialog-form input.input', 'nas');
  const fields = await page.$$('.dialog-form input.input');
  await fields[1]?.type('pixel');
  await page.locator('.dialog-form [type=submit]').click();
  await page.waitForSelector('.first-use');
};

const showPlaces = async (page: Page) => {
  await page.waitForSelector('.place');
  await page.$eval('.places', (list) => list.closest('section')?.scrollIntoView());
};

const editTemplate = async (page: Page) => {
  await page.locator('.sender .button').click();
  await page.waitForSelector('.template-result .hint-bad');
};

/** What an owner sees, and what a person opens there. */
const OWNER: readonly (readonly [view: string, act: (page: Page) => Promise<unknown>])[] = [
  ['overview', (page) => page.waitForSelector('.figure')],
  ['activity', press('.activity summary')],
  ['templates', (page) => page.waitForSelector('.sender')],
  ['devices', (page) => page.waitForSelector('.sender')],
  ['webhooks', press('.summary-link')],
  ['apps', press('.panel .button')],
  ['nodes', (page) => page.waitForSelector('.sender')],
  ['log', (page) => page.waitForSelector('.log-line')],
  ['backup', (page) => page.waitForSelector('form.panel')],
];

/** The main views in both widths and both schemes. */
const MAIN: readonly Shot[] = [false, true].flatMap((dark) => {
  const scheme = dark ? 'dark' : 'light';
  return [
    { name: `inbox-390-${scheme}`, state: 'inbox', ...PHONE, dark },
    { name: `alerts-390-${scheme}`, state: 'alerts', ...PHONE, dark },
    { name: `alerts-1280-${scheme}`, state: 'alerts', ...DESK, dark },
    { name: `questions-390-${scheme}`, state: 'questions', ...PHONE, dark },
    { name: `questions-1280-${scheme}`, state: 'questions', ...DESK, dark, act: openFirst(2) },
    { name: `question-390-${scheme}`, state: 'questions', ...PHONE, dark, act: openFirst(4) },
    { name: `emergency-390-${scheme}`, state: 'emergency', ...PHONE, dark },
    { name: `emergency-1280-${scheme}`, state: 'emergency', ...DESK, dark, act: openFirst(2) },
    { name: `answered-390-${scheme}`, state: 'answered', ...PHONE, dark },
    { name: `answered-1280-${scheme}`, state: 'answered', ...DESK, dark, act: openFirst(2) },
    { name: `message-390-${scheme}`, state: 'inbox', ...PHONE, dark, act: openFirst(5) },
    { name: `settings-390-${scheme}`, state: 'inbox', hash: '#settings', ...PHONE, dark },
    { name: `send-390-${scheme}`, state: 'sent', hash: '#send', ...PHONE, dark },
    { name: `ask-390-${scheme}`, state: 'sent-question', hash: '#send', ...PHONE, dark, act: showQuestion },
    { name: `upcoming-390-${scheme}`, state: 'sent', hash: '#send', ...PHONE, dark, act: showUpcoming },
    { name: `upcoming-1280-${scheme}`, state: 'sent', hash: '#send', ...DESK, dark, act: showUpcoming },
    { name: `senders-390-${scheme}`, state: 'owner', hash: '#senders', ...PHONE, dark },
    { name: `senders-1280-${scheme}`, state: 'owner', hash: '#senders', ...DESK, dark },
    { name: `new-key-390-${scheme}`, state: 'owner', hash: '#senders', ...PHONE, dark, act: makeKey },
    { name: `new-key-1280-${scheme}`, state: 'owner', hash: '#senders', ...DESK, dark, act: makeKey },
    { name: `beats-390-${scheme}`, state: 'owner', hash: '#beats', ...PHONE, dark },
    { name: `beats-1280-${scheme}`, state: 'owner', hash: '#beats', ...DESK, dark },
    { name: `manage-390-${scheme}`, state: 'owner', hash: '#manage', ...PHONE, dark },
    { name: `manage-1280-${scheme}`, state: 'device', hash: '#manage', ...DESK, dark },
    ...OWNER.flatMap(([view, act]) => [
      { name: `${view}-390-${scheme}`, state: 'owner', hash: `#${view}`, ...PHONE, dark, act },
      { name: `${view}-1280-${scheme}`, state: 'owner', hash: `#${view}`, ...DESK, dark, act },
    ]),
    { name: `template-390-${scheme}`, state: 'owner', hash: '#templates', ...PHONE, dark, act: editTemplate },
    { name: `template-1280-${scheme}`, state: 'owner', hash: '#templates', ...DESK, dark, act: editTemplate },
    { name: `places-390-${scheme}`, state: 'owner', hash: '#settings', ...PHONE, dark, act: showPlaces },
    { name: `inbox-1280-${scheme}`, state: 'inbox', ...DESK, dark, act: openFirst(5) },
    { name: `settings-1280-${scheme}`, state: 'inbox', hash: '#settings', ...DESK, dark },
    { name: `send-1280-${scheme}`, state: 'sent', hash: '#send', ...DESK, dark },
  ];
});

/** The panel of quiet hours is the third one. */
const QUIET = '.panel:nth-of-type(3)';

async function showQuiet(page: Page): Promise<void> {
  await page.waitForSelector(`${QUIET} .setting`);
  await page.$eval(QUIET, (panel) => panel.scrollIntoView({ block: 'center' }));
}

async function editQuiet(page: Page): Promise<void> {
  await page.locator(`${QUIET} .button`).click();
  await page.waitForSelector('.dialog-form');
}

async function openMute(page: Page): Promise<void> {
  await page.locator('.list-row:nth-child(4) .row-menu').click();
  await page.locator('.menu li:nth-last-child(2) .menu-item').click();
  await page.waitForSelector('.dialog-form');
}

/** What is easily ugly: small, Chinese, empty, failing. */
const MORE: readonly Shot[] = [
  { name: 'urgent-390', state: 'inbox', ...PHONE, act: openFirst(4) },
  { name: 'inbox-320', state: 'inbox', ...SMALL },
  { name: 'message-320', state: 'inbox', ...SMALL, act: openFirst(5) },
  { name: 'settings-320', state: 'two', hash: '#settings', ...SMALL },
  {
    name: 'sent-question',
    state: 'sent-question',
    hash: '#send',
    ...PHONE,
    act: async (page) => {
      await page.waitForSelector('.outcome');
      await page.$$eval('.sent details', (all) => {
        for (const one of all) one.setAttribute('open', '');
      });
      await page.$eval('.sent', (list) => list.scrollIntoView());
    },
  },
  { name: 'emergency-zh', state: 'emergency', lang: 'zh', ...PHONE, act: openFirst(2) },
  { name: 'questions-zh-320', state: 'questions', lang: 'zh', ...SMALL, dark: true },
  { name: 'inbox-zh', state: 'inbox', lang: 'zh', ...PHONE },
  { name: 'settings-zh', state: 'check', hash: '#settings', lang: 'zh', ...PHONE, dark: true },
  { name: 'empty', state: 'empty', ...PHONE },
  { name: 'empty-1280', state: 'empty', ...DESK },
  { name: 'senders-zh', state: 'owner', hash: '#senders', lang: 'zh', ...PHONE },
  { name: 'beats-zh', state: 'owner', hash: '#beats', lang: 'zh', ...PHONE, dark: true },
  { name: 'new-key-zh', state: 'owner', hash: '#senders', lang: 'zh', ...PHONE, act: makeKey },
  { name: 'manage-320', state: 'device', hash: '#manage', ...SMALL },
  { name: 'sender-form', state: 'owner', hash: '#senders', ...PHONE, act: press('.page > .button-primary') },
  { name: 'loading', state: 'loading', ...PHONE, dark: true },
  { name: 'offline', state: 'offline', ...PHONE },
  { name: 'refused-320', state: 'refused', ...SMALL, dark: true },
  { name: 'no-result', state: 'inbox', ...PHONE, act: async (page) => page.type('#search', 'zebra') },
  { name: 'menu', state: 'inbox', ...PHONE, act: press('.list-row:nth-child(4) .row-menu') },
  { name: 'menu-1280', state: 'inbox', ...DESK, dark: true, act: press('.list-row:nth-child(4) .row-menu') },
  { name: 'unpaired', state: 'unpaired', ...PHONE },
  { name: 'pair', state: 'unpaired', hash: '#pair=k7q2mf9x3b5c', ...PHONE },
  { name: 'pair-320', state: 'unpaired', hash: '#pair=k7q2mf9x3b5c', ...SMALL, dark: true },
  { name: 'welcome', state: 'unpaired', hash: '#pair=k7q2mf9x3b5c', ...PHONE, act: press('[type=submit]') },
  { name: 'insecure', state: 'insecure', hash: '#pair=k7q2mf9x3b5c', ...PHONE, act: press('[type=submit]') },
  { name: 'ios', state: 'ios', hash: '#pair=k7q2mf9x3b5c', ...PHONE, dark: true, act: press('[type=submit]') },
  { name: 'qr', state: 'inbox', hash: '#settings', ...PHONE, act: press('.devices > .button') },
  { name: 'update', state: 'update', ...PHONE },
  { name: 'two-1280', state: 'two', ...DESK },
  { name: 'quiet-390', state: 'quiet', hash: '#settings', ...PHONE, act: showQuiet },
  { name: 'quiet-390-dark', state: 'quiet', hash: '#settings', lang: 'zh', ...PHONE, dark: true, act: showQuiet },
  { name: 'quiet-1280', state: 'quiet', hash: '#settings', ...DESK, act: showQuiet },
  { name: 'quiet-preset', state: 'preset', hash: '#settings', ...DESK, dark: true, act: showQuiet },
  { name: 'quiet-edit-390', state: 'quiet', hash: '#settings', ...PHONE, act: editQuiet },
  { name: 'quiet-edit-320-zh', state: 'quiet', hash: '#settings', lang: 'zh', ...SMALL, dark: true, act: editQuiet },
  { name: 'quiet-edit-1280', state: 'quiet', hash: '#settings', ...DESK, dark: true, act: editQuiet },
  { name: 'mute-390', state: 'inbox', ...PHONE, act: openMute },
  { name: 'mute-1280', state: 'inbox', ...DESK, dark: true, act: openMute },
  { name: 'search-1280', state: 'many', ...DESK, act: async (page) => page.type('#search', '77') },
];

/** Waits until what the page began has ended: requests, and then animations that have an end. */
async function settle(page: Page): Promise<void> {
  await page.waitForNetworkIdle({ idleTime: 200 });
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        ({ playState, effect }) =>
          playState !== 'running' || effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY,
      ),
  );
}

async function shoot(page: Page, url: string, shot: Shot, file: string): Promise<void> {
  const { width, height, dark = false, lang = 'en', hash = '', act } = shot;
  await page.setViewport({ width, height, isMobile: width < 600, hasTouch: width < 600 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
  await page.goto('about:blank');
  await page.goto(`${url}?case=${shot.state}&lang=${lang}${hash}`, { waitUntil: 'networkidle0' });
  await act?.(page);
  await settle(page);
  await writeFile(file, await page.screenshot());
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wider > 0) process.stderr.write(`${shot.name}: ${wider} px wider than the screen\n`);
}

const chosen = process.argv[2];
const only = process.argv.slice(3);
const folder = chosen ?? fileURLToPath(new URL('../../pwa/public/screenshots/', import.meta.url));
const inManifest = new Set(['inbox-390-light', 'message-390-dark', 'inbox-1280-light']);
const shots = [...MAIN, ...MORE].filter(({ name }) =>
  chosen === undefined ? inManifest.has(name) : only.length === 0 || only.includes(name),
);

await mkdir(folder, { recursive: true });
const gallery = await openGallery();
const browser = await puppeteer.launch({
  executablePath: findProgram('chromium', 'chromium-browser', 'google-chrome'),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage();
  // The same hour in every picture, so that days and times do not change from run to run.
  await page.evaluateOnNewDocument((now: number) => {
    Date.now = () => now;
  }, new Date(2026, 10, 22, 14, 31).getTime());
  page.on('console', (line) => ['warn', 'error'].includes(line.type()) && process.stderr.write(`${line.text()}\n`));
  page.on('pageerror', (error) => process.stderr.write(`${String(error)}\n`));
  for (const shot of shots) await shoot(page, gallery.url, shot, join(folder, `${shot.name}.png`));
} finally {
  await browser.close();
  await gallery.close();
}
