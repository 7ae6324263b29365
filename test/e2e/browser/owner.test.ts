import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Browser, Page } from 'puppeteer-core';
import { onCleanup } from '../../support/cleanup.ts';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { TOKEN } from '../relay-process.ts';
import type { Person } from './person.ts';
import { pair } from './phone.ts';
import { useStage } from './stage.ts';

const run = promisify(execFile);
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Everything that the browser keeps of the page, as text. */
function kept(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const found: unknown[] = [{ ...localStorage }, { ...sessionStorage }, document.cookie];
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const reading = database.transaction(store).objectStore(store).getAll();
        found.push(
          await new Promise((resolve) => {
            reading.onsuccess = () => resolve(reading.result);
          }),
        );
      }
      database.close();
    }
    return JSON.stringify(found);
  });
}

describe("the owner's part of the page", function () {
  this.timeout(240_000);
  const stage = useStage();
  let browser: Browser;

  before(async () => {
    browser = await stage().chromium('owner');
  });

  /** A paired page in a profile of its own. */
  async function paired(name: string): Promise<Person> {
    const context = await browser.createBrowserContext();
    onCleanup(() => context.close());
    const person = await pair(await context.newPage(), await stage().pairingLink(), name);
    await person.clicks('button', 'Not now');
    await person.reads('Connected');
    return person;
  }

  async function hasNoBarriers({ page }: Person): Promise<void> {
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const { axe: checker } = window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await checker.run()).violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
      );
    });
    expect(found).to.deep.equal([]);
  }

  /** Lets a page manage the relay. */
  async function manage(person: Person): Promise<void> {
    await person.page.goto(stage().url('/#manage'));
    await person.types('textbox', 'Token of the relay, or a code', TOKEN);
    await person.clicks('button', 'Manage this relay');
    await person.reads('This device manages the relay.');
  }

  it('begins with the token or with the link of "herald pair --owner", keeps neither, and is ended', async () => {
    const desk = await paired('desk');
    await desk.page.goto(stage().url('/#settings'));
    await desk.clicks('link', 'Manage this relay What this device may do at the relay');
    await desk.types('textbox', 'Token of the relay, or a code', 'not the token');
    await desk.clicks('button', 'Manage this relay');
    await desk.reads('this is neither the token of the relay nor a code');
    await desk.types('textbox', 'Token of the relay, or a code', TOKEN);
    await hasNoBarriers(desk);
    await desk.clicks('button', 'Manage this relay');
    await desk.reads('This device manages the relay.');
    expect(await kept(desk.page)).to.not.contain(TOKEN);

    const phone = await paired('handy');
    const made = await stage().ask<{ path: string; code: string }>('/v1/pairings', {
      method: 'POST',
      body: '{"manage":true}',
    });
    await phone.page.goto('about:blank');
    await phone.page.goto(stage().url(made.path));
    await phone.clicks('button', 'Manage this relay');
    await phone.reads('This device manages the relay.');
    expect(await kept(phone.page)).to.not.contain(made.code);

    await desk.page.reload();
    await desk.clicks('button', 'End for handy');
    await desk.clicks('button', 'End');
    await desk.reads('handy no longer manages the relay.');
    await phone.page.reload();
    await phone.finds('button', 'Manage this relay');
  });

  it('makes a key whose line sends, shows the first request as it comes, and ends the key', async () => {
    const person = await paired('inbox');
    const { page } = person;
    await page.goto(stage().url('/#senders'));
    await person.reads('Only a device that manages the relay sees the senders.');
    await person.types('textbox', 'Token of the relay, or a code', TOKEN);
    await person.clicks('button', 'Manage this relay');
    await person.reads('There is no sender yet.');
    await person.clicks('button', 'Connect a sender');
    await person.types('textbox', 'Name', 'backup of the nas');
    const target = await page.waitForSelector('dialog input[list]');
    await target?.type('inbox');
    await person.clicks('button', 'Create');
    await person.reads('Waiting for the first request…');
    await hasNoBarriers(person);
    const line = await page.$$eval('dialog .code-block', (blocks) => blocks.at(-1)?.textContent ?? '');
    expect(line).to.match(/^curl -H 'Authorization: Bearer A\w{14}' -d 'Hello' '/);
    const { stdout } = await run('sh', ['-c', line.replace(/^curl /, 'curl -s ')]);
    expect(JSON.parse(stdout).data.inbox).to.be.a('string');
    // Without a title of its own, a message has the name of its sender.
    await person.reads('Received through HTTP: backup of the nas');
    await page.select('dialog select', 'ntfy');
    await person.reads('Password (any user name), or access token');
    await page.keyboard.press('Escape');
    await person.nowhereReads('The page shows this key only now.');
    await person.reads('1 sent');
    expect(await kept(page), 'the key is nowhere kept').to.not.contain(/Bearer (\w+)/.exec(line)?.[1]);

    await person.clicks('button', 'Turn off backup of the nas');
    await person.reads('Off');
    const refused = await run('sh', ['-c', line.replace(/^curl /, 'curl -s -o /dev/null -w "%{http_code}" ')]);
    expect(refused.stdout).to.equal('401');
    await person.clicks('button', 'Remove backup of the nas?');
    await person.clicks('button', 'Remove');
    await person.reads('There is no sender yet.');
    expect((await stage().ask<{ keys: unknown[] }>('/v1/keys')).keys).to.deep.equal([]);
  });

  it('works by keyboard alone', async () => {
    const person = await paired('keyboard');
    const { page } = person;
    await manage(person);
    await page.goto(stage().url('/#senders'));
    const create = await person.finds('button', 'Connect a sender');
    await create.focus();
    await page.keyboard.press('Enter');
    await person.finds('textbox', 'Name');
    // What sends, then its name.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('keys');
    await page.keyboard.press('Enter');
    await person.reads('This key does not send');
    await page.keyboard.press('Escape');
    await person.reads('does not send');
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.contain('Connect a sender');
    await stage().ask('/v1/keys/keys', { method: 'DELETE' });
  });

  it('shows heartbeats as they change, and pauses, changes and removes them', async () => {
    const person = await paired('watched');
    const { page } = person;
    await page.goto(stage().url('/#beats'));
    await person.reads('There is no heartbeat yet.');
    const sign = (query: string) => stage().ask(`/watched.beat?key=backup&${query}`);
    await sign('every=24h&grace=1h');
    await page.goto(stage().url('/#settings'));
    await person.clicks('link', 'Heartbeats Jobs that should run again and again');
    await person.reads('every 24 hr, up to 1 hr late');
    await person.reads('Up');
    await hasNoBarriers(person);
    // A failure opens an alert, which the page hears of at once.
    await sign('exit=3');
    await person.reads('Failed');
    await page.waitForSelector('[role=img][aria-label="The last 2 runs: 1 ok, 1 failed, 0 missing"]');
    await sign('exit=0');
    await person.reads('Up');
    await person.clicks('button', 'Change times: backup');
    await person.types('textbox', 'Interval', 'soon');
    await person.clicks('button', 'Save');
    await person.reads('every must be seconds or a duration');
    await person.types('textbox', 'Interval', '12h');
    await person.clicks('button', 'Save');
    await person.reads('every 12 hr, up to 1 hr late');
    await person.clicks('button', 'Pause backup');
    await person.reads('Paused');
    await person.clicks('button', 'Remove backup');
    await person.clicks('button', 'Remove');
    await person.reads('There is no heartbeat yet.');
    await eventually('the relay has none', () => stage().ask<{ beats: unknown[] }>('/v1/beats'), {
      until: ({ beats }) => beats.length === 0,
      limit: BROWSER_LIMIT,
    });
  });
});
