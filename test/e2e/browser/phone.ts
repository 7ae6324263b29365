// A phone: a browser with a profile of its own, whose page was paired with the relay by a link.
import type { Browser, Page } from 'puppeteer-core';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { type Person, personAt } from './person.ts';
import type { Stage } from './stage.ts';

/** Opens the link and pairs under this name, in a group where one is given. The page is then at the step after pairing. */
export async function pair(page: Page, link: string, name: string, group?: string): Promise<Person> {
  const person = personAt(page);
  await page.goto(link);
  await person.types('textbox', 'Name of this device', name);
  if (group !== undefined) {
    await person.types('textbox', 'New group', group);
    await person.clicks('button', 'Add group');
  }
  await person.clicks('button', 'Pair this device');
  await person.finds('heading', 'This device is paired');
  return person;
}

/** The page that a browser shows, or a new one. */
export async function anyPage(browser: Browser): Promise<Page> {
  const [page] = await browser.pages();
  return page ?? browser.newPage();
}

/** Takes every page of the relay away from the browser, which goes on running. */
export async function closePages(stage: Stage, browser: Browser): Promise<void> {
  const pages = await browser.pages();
  // Firefox ends with its last window.
  await browser.newPage();
  await Promise.all(pages.map((page) => page.close()));
  const isOnline = async () => {
    const { devices } = await stage.ask<{ devices: { online: boolean }[] }>('/v1/devices');
    return devices.some(({ online }) => online);
  };
  await eventually('no page is connected', isOnline, { until: (online) => !online, limit: BROWSER_LIMIT });
}

/** Waits for a page at an address of the relay that holds this text, and looks at it. */
export async function pageWith(browser: Browser, part: string): Promise<Person> {
  let found: Page | undefined;
  const look = async () => {
    const pages = await browser.pages();
    found = pages.find((page) => page.url().includes(part));
    return pages.map((page) => page.url());
  };
  await eventually(`a page at ${part}`, look, { until: () => found !== undefined, limit: BROWSER_LIMIT });
  if (found === undefined) throw new TypeError('found nothing');
  return personAt(found);
}
