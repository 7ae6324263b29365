import { expect } from 'chai';
import type { Page } from 'puppeteer-core';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { anyPage } from './phone.ts';
import { useStage } from './stage.ts';

describe('the documentation in a browser', function () {
  this.timeout(120_000);
  // A prefix that the site is not built with.
  const stage = useStage({ config: { http: { basePath: '/mpush' } } });
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    page = await anyPage(await stage().chromium('docs'));
    await page.setViewport({ width: 1280, height: 800 });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => void complaints.push(String(error)));
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`);
    });
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText;
      // The page fetches others ahead, and drops that when a person goes on.
      if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.url()} failed: ${reason}`);
    });
  });

  const shows = (title: string) =>
    eventually('the title of the page', () => page.$eval('h1', (heading) => heading.textContent ?? ''), {
      until: (shown) => shown.includes(title),
      limit: BROWSER_LIMIT,
    });

  /** Searches, and waits until a page with this address is found. */
  async function search(words: string, from: string, expected: RegExp): Promise<void> {
    await page.goto(stage().url(`/mpush/docs/${from}`), { waitUntil: 'networkidle0' });
    await page.keyboard.press('/');
    await page.waitForSelector('.VPLocalSearchBox input');
    await page.type('.VPLocalSearchBox input', words);
    const results = () =>
      page.$$eval('.VPLocalSearchBox .results a', (links) => links.map((link) => new URL(link.href).pathname));
    // What is found for the first letters comes first.
    await eventually(`${words} is found`, results, {
      until: (found) => found.some((path) => expected.test(path)),
      limit: BROWSER_LIMIT,
    });
  }

  it('goes from page to page, and to the other language', async () => {
    await page.goto(stage().url('/mpush/docs/'), { waitUntil: 'networkidle0' });
    await page.click('.VPSidebar a[href$="quiet-hours"]');
    await shows('Quiet hours');
    expect(new URL(page.url()).pathname).to.equal('/mpush/docs/quiet-hours');
    await page.$eval('a[hreflang="zh-CN"]', (link) => (link as HTMLElement).click());
    await shows('免打扰时段');
    expect(new URL(page.url()).pathname).to.equal('/mpush/docs/zh/quiet-hours');
    await page.reload({ waitUntil: 'networkidle0' });
    await shows('免打扰时段');
  });

  it('finds words in English and in Chinese', async () => {
    await search('VAPID', '', /^\/mpush\/docs\/[\w-]+$/);
    await search('推送服务', 'zh/', /^\/mpush\/docs\/zh\/phone$/);
  });

  it('is dark where the system is', async () => {
    const isDark = () => page.evaluate(() => document.documentElement.classList.contains('dark'));
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    await page.goto(stage().url('/mpush/docs/send'), { waitUntil: 'networkidle0' });
    expect(await isDark()).to.equal(true);
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
    await page.goto(stage().url('/mpush/docs/ask'), { waitUntil: 'networkidle0' });
    expect(await isDark()).to.equal(false);
  });

  it('breaks no rule of its policy', () => {
    expect(complaints).to.deep.equal([]);
  });
});
