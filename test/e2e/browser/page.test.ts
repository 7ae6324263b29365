import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'puppeteer-core';
import { onCleanup } from '../../support/cleanup.ts';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { type Person, personAt } from './person.ts';
import { pair } from './phone.ts';
import { useStage } from './stage.ts';

describe('the page in Chromium', function () {
  this.timeout(240_000);
  const stage = useStage();
  let browser: Browser;

  before(async () => {
    browser = await stage().chromium('page');
  });

  /** Storage of its own, as another device has it. */
  async function context(): Promise<BrowserContext> {
    const made = await browser.createBrowserContext();
    onCleanup(() => made.close());
    return made;
  }

  /** A device that was just paired, and is at its inbox. */
  async function device(name: string, group?: string, where?: BrowserContext): Promise<Person> {
    const page = await (where ?? (await context())).newPage();
    const person = await pair(page, await stage().pairingLink(), name, group);
    await person.clicks('button', 'Not now');
    await person.reads('Connected');
    return person;
  }

  /** The titles in the list from top to bottom, as far as they are in sight. */
  function titles({ page }: Person): Promise<string[]> {
    return page.$$eval('[aria-label="Inbox"] li a', (links) =>
      links.map((link) => link.querySelector('[dir="auto"]')?.lastChild?.textContent ?? ''),
    );
  }

  async function lists(person: Person, wanted: readonly string[]): Promise<void> {
    await eventually(
      `the list is ${wanted.join(', ')}`,
      () => titles(person).catch((error: Error) => [error.message]),
      { until: (found) => JSON.stringify(found) === JSON.stringify(wanted), limit: BROWSER_LIMIT },
    );
  }

  const send = (target: string, ...texts: string[]) =>
    texts.reduce<Promise<unknown>>(
      (before, text) => before.then(() => stage().curl(target, { text, wait: '0' })),
      Promise.resolve(),
    );

  it('shows a message at once, and tells the sender that it was received', async () => {
    const person = await device('desk');
    const { status } = await stage().curl('desk', { text: 'Build green', desp: 'All **412** tests', wait: '20000' });
    expect(status).to.deep.equal({ desk: 'ok' });
    await lists(person, ['Build green']);
    await person.opens('Build green');
    await person.finds('heading', 'Build green');
    await person.reads('All 412 tests');
  });

  it('opens without a network, and gets every message once and in order when it reconnects', async () => {
    const person = await device('train');
    await send('train', 'before');
    await lists(person, ['before']);
    await person.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));

    await stage().stopRelay();
    await person.reads('Offline');
    await person.page.reload();
    await lists(person, ['before']);
    await stage().startRelay();
    await send('train', 'while away 1', 'while away 2', 'while away 3');
    await lists(person, ['while away 3', 'while away 2', 'while away 1', 'before']);
    await person.reads('Connected');
    await send('train', 'after');
    await lists(person, ['after', 'while away 3', 'while away 2', 'while away 1', 'before']);
  });

  it('uses one connection for two tabs, and keeps it when the first tab closes', async () => {
    const both = await context();
    const first = await device('tabs', undefined, both);
    const second = personAt(await both.newPage());
    const sockets = await watchSockets(second.page);
    await second.page.goto(stage().url());
    await second.reads('Connected');
    await send('tabs', 'to both', 'to both again');
    for (const person of [first, second]) await lists(person, ['to both again', 'to both']);
    expect(sockets()).to.equal(0);

    await first.page.close();
    await eventually('the second tab has connected', async () => sockets(), {
      until: (count) => count === 1,
      limit: BROWSER_LIMIT,
    });
    await send('tabs', 'to one');
    await lists(second, ['to one', 'to both again', 'to both']);
  });

  it('finds messages by title, body and tags', async () => {
    const person = await device('finder');
    await stage().curl('finder', { text: 'Backup done', desp: 'of the database', tags: 'disk,tada', wait: '0' });
    await send('finder', 'Coffee is ready', 'Backup failed');
    await lists(person, ['Backup failed', 'Coffee is ready', 'Backup done']);
    await person.types('searchbox', 'Search messages', 'backup');
    await lists(person, ['Backup failed', 'Backup done']);
    await person.types('searchbox', 'Search messages', 'DATABASE');
    await lists(person, ['Backup done']);
    await person.types('searchbox', 'Search messages', 'tada');
    await lists(person, ['Backup done']);
    await person.types('searchbox', 'Search messages', 'nonsense');
    await person.reads('Nothing found for “nonsense”');
    await person.clicks('button', 'Clear search');
    await lists(person, ['Backup failed', 'Coffee is ready', 'Backup done']);
  });

  it('fetches the whole history of the device, to the first message', async () => {
    const earlier = await device('archive');
    const texts = Array.from({ length: 120 }, (_, at) => `entry ${at + 1}`);
    await stage().curlMany('archive', 'entry [1-120]', '20000');
    await earlier.page.close();
    const later = await device('archive');
    const list = await later.finds('list', 'Inbox');
    const seen = new Set<string>();
    await eventually(
      'every message was seen',
      async () => {
        for (const title of await titles(later)) seen.add(title);
        await list.evaluate((element) => {
          const scroller = element.parentElement;
          scroller?.scrollBy({ top: scroller.clientHeight / 2, behavior: 'instant' });
        });
        return seen.size;
      },
      { until: (count) => count === texts.length, limit: BROWSER_LIMIT },
    );
    expect([...seen].sort()).to.deep.equal(texts.sort());
    await later.reads('No older messages.');
  });

  it('marks a message as read that another device has read', async () => {
    const persons = [await device('kitchen', 'home'), await device('sofa', 'home')] as const;
    await stage().curl('home.group', { text: 'Dinner', wait: '20000' });
    await stage().curl('home.group', { text: 'Dessert', wait: '20000' });
    for (const { page } of persons) await hasTitle(page, '(2) Herald');
    await persons[0].opens('Dinner');
    for (const { page } of persons) await hasTitle(page, '(1) Herald');
    await persons[1].clicks('button', 'Mark all as read');
    for (const { page } of persons) await hasTitle(page, 'Herald');
  });

  it('sends a message, and shows its status for each recipient', async () => {
    const sender = await device('office');
    const receiving = await context();
    const receiver = await device('garden', undefined, receiving);
    await sender.clicks('link', 'Send');
    await sender.clicks('radio', 'garden');
    await sender.types('textbox', 'Title', 'Rain at four');
    await sender.types('textbox', 'Message', 'Bring the *laundry* in.');
    await sender.clicks('button', 'Send');
    await sender.reads('Received');
    await receiver.opens('Rain at four');
    await receiver.reads('Bring the laundry in.');

    await receiver.page.close();
    await sender.types('textbox', 'Message', 'Are you there?');
    await sender.clicks('button', 'Send');
    await sender.reads('Waiting for the device');
    const back = personAt(await receiving.newPage());
    await back.page.goto(stage().url());
    await back.reads('Are you there?');
    await sender.nowhereReads('Waiting for the device');
  });

  it('opens the composer with what another app shares', async () => {
    const person = await device('reader');
    await person.page.goto(stage().url('/?title=A%20good%20read&url=https%3A%2F%2Fexample.org%2F'));
    const title = await person.finds('textbox', 'Title');
    const body = await person.finds('textbox', 'Message');
    const values = () =>
      Promise.all([title, body].map((field) => field.evaluate((one) => (one as HTMLInputElement).value)));
    await eventually('filled', values, {
      until: ([first, second]) => first === 'A good read' && second === 'https://example.org/',
      limit: BROWSER_LIMIT,
    });
  });

  it('says in the delivery check that notifications are blocked', async () => {
    const where = await context();
    await where.overridePermissions(stage().url(), []);
    const person = await pair(await where.newPage(), await stage().pairingLink(), 'silent');
    await person.reads('Notifications are blocked.');
    await person.clicks('button', 'Open the inbox');
    await person.clicks('link', 'Settings');
    await person.clicks('button', 'Check now');
    await person.reads('Notifications are blocked in the browser’s settings for this site.');
  });

  it('is dark if the system is dark, and light if a person chooses it', async () => {
    const person = await device('night');
    /** Of what is behind the words, from 0 to 1. */
    const brightness = () =>
      person.page.evaluate(() => {
        let element: Element | null = document.querySelector('main h1');
        let color: number[] = [];
        while (element !== null && (color.length === 0 || color[3] === 0)) {
          color =
            getComputedStyle(element)
              .backgroundColor.match(/[\d.]+/g)
              ?.map(Number) ?? [];
          element = element.parentElement;
        }
        const [red = 0, green = 0, blue = 0] = color;
        return (red + green + blue) / 765;
      });
    await person.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    await eventually('the page is dark', brightness, { until: (light) => light < 0.2, limit: BROWSER_LIMIT });
    await person.clicks('link', 'Settings');
    const choose = async () => {
      // Parts of the settings that are loaded later may move the choice away from the click.
      await person.clicks('radio', 'Light');
      return brightness();
    };
    await eventually('the page is light', choose, { until: (light) => light > 0.8, limit: BROWSER_LIMIT });
  });

  it('is in Chinese if the browser is', async () => {
    const page = await (await context()).newPage();
    const session = await page.createCDPSession();
    const userAgent = await browser.userAgent();
    await session.send('Emulation.setUserAgentOverride', { userAgent, acceptLanguage: 'zh-CN,zh' });
    await page.goto(await stage().pairingLink());
    await eventually('Chinese', () => page.evaluate(() => document.documentElement.lang), {
      until: (lang) => lang === 'zh-CN',
      limit: BROWSER_LIMIT,
    });
    const person = personAt(page);
    await person.finds('heading', '欢迎使用 Herald');
    await person.finds('button', '配对此设备');
  });

  /** Counts the sockets that a page opens from now on. */
  async function watchSockets(page: Page): Promise<() => number> {
    const session = await page.createCDPSession();
    let count = 0;
    session.on('Network.webSocketCreated', () => {
      count += 1;
    });
    await session.send('Network.enable');
    return () => count;
  }

  async function hasTitle(page: Page, title: string): Promise<void> {
    await eventually(`the title is ${title}`, () => page.title(), {
      until: (found) => found === title,
      limit: BROWSER_LIMIT,
    });
  }
});
