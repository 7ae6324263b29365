import { cp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Browser, CDPSession } from 'puppeteer-core';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { personAt } from './person.ts';
import { anyPage, pair } from './phone.ts';
import { useStage } from './stage.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A copy of what was built, which a test may change. */
async function copyOfBuild(dir: string): Promise<string> {
  const root = join(dir, 'checkout');
  await cp(join(ROOT, 'dist'), join(root, 'dist'), {
    recursive: true,
    filter: (path) => !path.startsWith(join(ROOT, 'dist', 'types')),
  });
  await cp(join(ROOT, 'package.json'), join(root, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

describe('the page as an app', function () {
  this.timeout(240_000);
  const stage = useStage({ root: copyOfBuild });
  let browser: Browser;

  before(async () => {
    browser = await stage().chromium('app');
    const person = await pair(await anyPage(browser), await stage().pairingLink(), 'phone');
    await person.clicks('button', 'Not now');
    await person.reads('Connected');
  });

  it('can be installed, and its manifest has no errors', async () => {
    const page = await browser.newPage();
    await page.goto(stage().url(), { waitUntil: 'networkidle0' });
    const session = await page.createCDPSession();
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    expect(installabilityErrors).to.deep.equal([]);
    const { errors, url } = await session.send('Page.getAppManifest');
    expect([errors, url]).to.deep.equal([[], stage().url('/manifest.webmanifest')]);
    const manifest = JSON.parse(await (await fetch(url)).text());
    const shortcuts: { icons: { src: string }[] }[] = manifest.shortcuts;
    const pictures: { src: string }[] = [
      ...manifest.icons,
      ...manifest.screenshots,
      ...shortcuts.flatMap(({ icons }) => icons),
    ];
    for (const { src } of pictures) expect((await fetch(new URL(src, url))).status, src).to.equal(200);
    await page.close();
  });

  it('opens in its own window once installed, and counts unread messages on its icon', async () => {
    const page = await browser.newPage();
    await page.goto(stage().url(), { waitUntil: 'networkidle0' });
    const session = await page.createCDPSession();
    const manifestId = stage().url();
    await session.send('PWA.install', { manifestId });
    await session.send('PWA.changeAppUserSettings', { manifestId, displayMode: 'standalone' });
    const before = new Set(browser.targets());
    await session.send('PWA.launch', { manifestId });
    const target = await browser.waitForTarget((one) => one.type() === 'page' && !before.has(one));
    const app = await target.page();
    if (app === null) throw new Error('the app has no page');
    const person = personAt(app);
    await person.reads('Inbox');
    expect(await app.evaluate(() => matchMedia('(display-mode: standalone)').matches)).to.equal(true);

    for (const text of ['one', 'two']) await stage().curl('phone', { text, wait: '20000' });
    await badgeIs(session, manifestId, 2);
    await person.clicks('button', 'Mark all as read');
    await badgeIs(session, manifestId, 0);
    await session.send('PWA.uninstall', { manifestId });
    await page.close();
  });

  async function badgeIs(session: CDPSession, manifestId: string, count: number): Promise<void> {
    const look = async () => (await session.send('PWA.getOsAppState', { manifestId })).badgeCount;
    await eventually(`the badge is ${count}`, look, { until: (found) => found === count, limit: BROWSER_LIMIT });
  }

  it('offers a new version, and runs it after a click', async () => {
    const page = await browser.newPage();
    await page.goto(stage().url());
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await stage().stopRelay();
    await buildAnew(join(stage().root ?? '', 'dist', 'pwa'));
    await stage().startRelay();

    const person = personAt(page);
    await page.reload();
    await person.reads('A new version is ready');
    expect(await build(page)).to.equal(null);
    await person.clicks('button', 'Reload');
    await eventually('the new version is here', () => build(page).catch(() => null), {
      until: (found) => found === 'new',
      limit: BROWSER_LIMIT,
    });
    await person.reads('Connected');
  });

  const build = (page: { evaluate<T>(look: () => T): Promise<T> }) =>
    page.evaluate(() => document.querySelector('meta[name="build"]')?.getAttribute('content') ?? null);
});

/** What a build of changed sources does to the page: other contents, and another revision in the list to be cached. */
async function buildAnew(dir: string): Promise<void> {
  const page = join(dir, 'index.html');
  await writeFile(page, (await readFile(page, 'utf8')).replace('<head>', '<head><meta name="build" content="new">'));
  for (const ending of ['gz', 'br']) await rm(`${page}.${ending}`, { force: true });
  const worker = join(dir, 'sw.js');
  const before = await readFile(worker, 'utf8');
  const after = before.replace(/"revision":"\w+","url":"index.html"/, '"revision":"new","url":"index.html"');
  if (after === before) throw new Error('the service worker does not list index.html');
  await writeFile(worker, after);
}
