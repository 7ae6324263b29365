// A person before the page: finds things by what they are and what they are called, and does what hands can do.
import type { ElementHandle, Page } from 'puppeteer-core';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';

/** What a thing is to a screen reader. */
export type Role = 'button' | 'heading' | 'link' | 'list' | 'radio' | 'searchbox' | 'textbox';

/** A person who looks at one page. */
export interface Person {
  readonly page: Page;
  /** The thing of this role and name, as soon as it can be seen. */
  finds(role: Role, name: string): Promise<ElementHandle<Element>>;
  clicks(role: Role, name: string): Promise<void>;
  /** Clicks the message in the list that holds this text. */
  opens(text: string): Promise<void>;
  /** Empties the field of this name and types. */
  types(role: Role, name: string, text: string): Promise<void>;
  /** Waits until the text is on the page. */
  reads(text: string): Promise<void>;
  /** Waits until the text is on the page no more. */
  nowhereReads(text: string): Promise<void>;
}

const quote = (text: string) => JSON.stringify(text);

/** A person before this page. */
export function personAt(page: Page): Person {
  async function lookFor(role: Role, name: string): Promise<ElementHandle<Element> | undefined> {
    // The page may be on its way to another one.
    const found = await page.$$(`::-p-aria([name=${quote(name)}][role="${role}"])`).catch(() => []);
    for (const handle of found) if (await handle.isVisible().catch(() => false)) return handle;
    return undefined;
  }

  // biome-ignore lint/performance/useDomNodeTextContent: a person reads what is rendered
  const everything = () => page.evaluate(() => document.body.innerText).catch(() => '');

  async function finds(role: Role, name: string): Promise<ElementHandle<Element>> {
    let found: ElementHandle<Element> | undefined;
    const look = async () => {
      found = await lookFor(role, name);
      return found !== undefined;
    };
    await eventually(`the ${role} ${quote(name)} at ${page.url()}`, look, {
      until: (isThere) => isThere,
      limit: BROWSER_LIMIT,
    }).catch(async (error) => {
      throw new Error(`${error.message}; the page reads:\n${await everything()}`);
    });
    if (found === undefined) throw new TypeError('found nothing');
    return found;
  }

  return {
    page,
    finds,
    async clicks(role, name) {
      await (await finds(role, name)).click();
    },
    async opens(text) {
      const byText = async () => {
        const links = await page.$$('::-p-aria([role="link"])');
        const texts = await Promise.all(links.map((link) => link.evaluate((element) => element.textContent)));
        return links[texts.findIndex((all) => all?.includes(text))];
      };
      let found: ElementHandle<Element> | undefined;
      const look = async () => {
        // The list may be drawn again meanwhile.
        found = await byText().catch(() => undefined);
        return found !== undefined;
      };
      await eventually(`a message with ${quote(text)}`, look, { until: (isThere) => isThere, limit: BROWSER_LIMIT });
      await found?.click();
    },
    async types(role, name, text) {
      const field = await finds(role, name);
      await field.click();
      await field.evaluate((element) => {
        if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) element.select();
      });
      await field.type(text);
    },
    async reads(text) {
      await eventually(`the page reads ${quote(text)}`, everything, {
        until: (all) => all.includes(text),
        limit: BROWSER_LIMIT,
      });
    },
    async nowhereReads(text) {
      await eventually(`the page does not read ${quote(text)}`, everything, {
        until: (all) => !all.includes(text),
        limit: BROWSER_LIMIT,
      });
    },
  };
}
