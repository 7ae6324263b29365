import { expect } from 'chai';
import type { Browser } from 'puppeteer-core';
import type { AnswerInfo } from '../../../shared/api.ts';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import type { DesktopNotification } from '../../support/fake-desktop/index.ts';
import { TOKEN } from '../relay-process.ts';
import { personAt } from './person.ts';
import { anyPage, closePages, pageWith, pair } from './phone.ts';
import { useStage } from './stage.ts';

/** How a question or an emergency is acknowledged, answered and shown, with two browsers whose pages are closed. */
describe('a question to two devices whose pages are closed', function () {
  this.timeout(240_000);
  const stage = useStage({ fastClock: true });
  const browsers = new Map<'phone' | 'laptop', Browser>();

  before(async () => {
    for (const [name, kind] of [
      ['phone', 'firefox'],
      ['laptop', 'chromium'],
    ] as const) {
      const browser = await stage()[kind](name);
      browsers.set(name, browser);
      const person = await pair(await anyPage(browser), await stage().pairingLink(), name, 'ops');
      await person.clicks('button', 'Enable notifications');
      await person.clicks('button', 'Open the inbox');
      await eventually(
        `${name} is subscribed`,
        async () => {
          const { devices } = await stage().ask<{ devices: { name: string; routes: string[] }[] }>('/v1/devices');
          return devices.some((device) => device.name === name && device.routes.includes('webpush'));
        },
        { limit: BROWSER_LIMIT },
      );
      await closePages(stage(), browser);
    }
  });
  afterEach(async () => {
    await Promise.all([...browsers.values()].map((browser) => closePages(stage(), browser)));
    for (const notification of stage().desktop.notifications.values()) stage().desktop.dismiss(notification);
  });

  const browserOf = (name: 'phone' | 'laptop') => {
    const browser = browsers.get(name);
    if (browser === undefined) throw new Error(`no browser ${name}`);
    return browser;
  };

  /** Chromium begins the text with the origin of the page. */
  const isOf = (name: 'phone' | 'laptop', { body }: DesktopNotification) =>
    (name === 'laptop') === body.startsWith('127.0.0.1');

  const onScreen = (title: string) =>
    [...stage().desktop.notifications.values()].filter((notification) => notification.title === title);

  /** The notification of this device with this title, now or soon. */
  const rings = (name: 'phone' | 'laptop', title: string) =>
    stage().desktop.waitFor((notification) => notification.title === title && isOf(name, notification));

  /** Waits until every notification of this title says this. */
  const allSay = (title: string, text: string) =>
    eventually(`all notifications of ${title} say ${text}`, () => onScreen(title).map(({ body }) => body), {
      until: (bodies) => bodies.every((body) => body.includes(text)),
      limit: BROWSER_LIMIT,
    });

  async function ask(fields: Readonly<Record<string, string>>, target = 'ops'): Promise<string> {
    const response = await fetch(stage().url(`/${target}.ask`), {
      method: 'POST',
      headers: { authorization: TOKEN },
      body: new URLSearchParams({ wait: '0', ...fields }),
    });
    expect(response.status).to.equal(202);
    return ((await response.json()) as { id: string }).id;
  }

  const question = (id: string) => stage().ask<AnswerInfo>(`/v1/answers/${id}`);

  const settles = (id: string) =>
    eventually('the question is settled', () => question(id), {
      until: ({ state }) => state !== 'open',
      limit: BROWSER_LIMIT,
    });

  for (const [name, other] of [
    ['phone', 'laptop'],
    ['laptop', 'phone'],
  ] as const) {
    it(`is answered by a button of the notification on the ${name}, and the ${other} shows the outcome`, async () => {
      const title = `Deploy from the ${name}?`;
      const id = await ask({ text: title, options: 'yes,no' });
      const [here] = await Promise.all([rings(name, title), rings(other, title)]);
      expect(here.actions.map(({ label }) => label)).to.include.members(['yes', 'no']);
      stage().desktop.click(here, 'yes');
      expect(await settles(id)).to.include({ state: 'answered', answer: 'yes', by: name });
      await allSay(title, `Answered: yes, by ${name}`);
      // The outcome is silent, and has no buttons.
      expect(onScreen(title).flatMap(({ actions }) => actions.map(({ label }) => label))).to.not.include('yes');
    });
  }

  it('opens the page at the field for a text', async () => {
    const id = await ask({ text: 'Code of the door?', reply: 'text' });
    stage().desktop.click(await rings('laptop', 'Code of the door?'), 'Reply');
    const person = await pageWith(browserOf('laptop'), '#answer=');
    await person.finds('heading', 'Code of the door?');
    await eventually(
      'the field has the focus',
      () => person.page.evaluate(() => document.activeElement?.closest('.message-question') !== null),
      { limit: BROWSER_LIMIT },
    );
    await person.page.keyboard.type('4711');
    await person.page.keyboard.press('Enter');
    expect(await settles(id)).to.include({ answer: '4711', by: 'laptop' });
    await person.reads('Answered: 4711, by laptop');
  });

  it('is open above the list when the page opens, and is answered there', async () => {
    const id = await ask({ text: 'Lunch?', options: 'yes,no,later' });
    // The system shows two buttons: one option, and one that opens the message.
    const { actions } = await rings('laptop', 'Lunch?');
    expect(actions.map(({ label }) => label)).to.include('More…');
    const page = await anyPage(browserOf('phone'));
    await page.goto(stage().url());
    const person = personAt(page);
    await person.reads('Waiting for an answer');
    await person.clicks('button', 'later: Lunch?');
    await person.nowhereReads('Waiting for an answer');
    expect(await settles(id)).to.include({ answer: 'later', by: 'phone' });
    await allSay('Lunch?', 'Answered: later, by phone');
  });

  it('of an emergency rings three times, and stops on all devices when one acknowledges', async () => {
    const title = 'Water in the cellar';
    await stage().curl('ops.group', { text: title, priority: 'emergency', retry: '30', wait: '0' });
    const devices = ['phone', 'laptop'] as const;
    const [here] = await Promise.all(devices.map((name) => rings(name, title)));
    // One button, besides the one that a desktop adds by itself.
    expect(here?.actions.map(({ label }) => label)).to.include('Acknowledge');
    for (const round of [2, 3]) {
      await stage().tick(30_000);
      await Promise.all(
        devices.map((name) =>
          stage().desktop.waitFor(
            (shown) => shown.title === title && isOf(name, shown) && shown.body.includes(`Round ${round}`),
          ),
        ),
      );
    }
    expect(onScreen(title)).to.have.length(2);
    const latest = onScreen(title).find((shown) => isOf('phone', shown));
    if (latest === undefined) throw new Error('nothing rings');
    stage().desktop.click(latest, 'Acknowledge');
    await allSay(title, 'Acknowledged by phone');
    const { answers } = await stage().ask<{ answers: AnswerInfo[] }>('/v1/answers?target=ops');
    const emergency = answers.find((answer) => answer.title === title);
    expect(emergency).to.include({ state: 'answered', by: 'phone', round: 3 });
    await stage().tick(120_000);
    expect((await question(emergency?.id ?? '')).mids).to.have.length(3);
    expect(
      stage().desktop.history.filter((shown) => shown.title === title && /Round [4-9]/.test(shown.body)),
    ).to.deep.equal([]);
  });

  it('of an emergency is above everything in the open page, and says who acknowledged it', async () => {
    const title = 'The shop is down';
    const page = await anyPage(browserOf('phone'));
    await page.goto(stage().url('/#settings'));
    const person = personAt(page);
    await person.finds('heading', 'Settings');
    await stage().curl('ops.group', { text: title, priority: 'emergency', retry: '30', wait: '0' });
    await person.finds('button', `Acknowledge: ${title}`);
    await stage().tick(30_000);
    await person.reads('rang 2 times');
    const elsewhere = await stage().desktop.waitFor(
      (shown) => shown.title === title && isOf('laptop', shown) && shown.body.includes('Round 2'),
    );
    // An open page gets no push. Its emergency rings all the same.
    await rings('phone', title);
    stage().desktop.click(elsewhere, 'Acknowledge');
    await person.nowhereReads('rang 2 times');
    await eventually(
      'the notification of the open page is gone',
      () => onScreen(title).filter((shown) => isOf('phone', shown)),
      {
        until: (left) => left.length === 0,
        limit: BROWSER_LIMIT,
      },
    );
    await person.clicks('link', 'Inbox');
    await person.reads('Acknowledged by laptop');
  });

  it('says that the answer was not sent while the relay is away, and takes it when it is back', async () => {
    const title = 'Restart the server?';
    const id = await ask({ text: title, options: 'yes,no' });
    const here = await rings('laptop', title);
    await stage().stopRelay();
    stage().desktop.click(here, 'no');
    const failed = await stage().desktop.waitFor(
      (shown) => shown.title === title && shown.body.includes('was not sent') && isOf('laptop', shown),
    );
    await stage().startRelay();
    stage().desktop.click(failed, 'no');
    expect(await settles(id)).to.include({ answer: 'no', by: 'laptop' });
    await allSay(title, 'Answered: no, by laptop');
  });
});
