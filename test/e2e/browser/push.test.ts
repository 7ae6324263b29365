import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import type { Browser } from 'puppeteer-core';
import type { StoredMessage } from '../../../shared/api.ts';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { TOKEN } from '../relay-process.ts';
import { personAt } from './person.ts';
import { anyPage, closePages, pageWith, pair } from './phone.ts';
import { useStage } from './stage.ts';

const SHOWN = 'webpush-ok-comfirm';
/** Far more than are on their way to a push service at once. */
const BURST = 100;

for (const kind of ['chromium', 'firefox'] as const) {
  describe(`a push to a phone with ${kind} whose page is closed`, function () {
    this.timeout(240_000);
    const stage = useStage();
    let browser: Browser;

    before(async () => {
      browser = await stage()[kind]('phone');
      const person = await pair(await anyPage(browser), await stage().pairingLink(), 'phone');
      await person.clicks('button', 'Enable notifications');
      await person.clicks('button', 'Open the inbox');
      await routesInclude('webpush', true);
      await closePages(stage(), browser);
    });
    afterEach(() => closePages(stage(), browser));

    /** The notification with this title, now or soon. */
    const rings = (title: string) => stage().desktop.waitFor((notification) => notification.title === title);

    async function routesInclude(route: string, wanted: boolean): Promise<void> {
      const look = async () =>
        (await stage().ask<{ devices: [{ routes: string[] }] }>('/v1/devices')).devices[0].routes;
      await eventually(`the routes have ${route}: ${wanted}`, look, {
        until: (routes) => routes.includes(route) === wanted,
        limit: BROWSER_LIMIT,
      });
    }

    /** The page comes back, and with it what a page does at its start. */
    async function opensInbox() {
      const page = await anyPage(browser);
      await page.goto(stage().url());
      const person = personAt(page);
      await person.reads('Connected');
      return person;
    }

    it('shows a notification, and lists every step in the reply and the history', async () => {
      stage().service.fault({ delayMs: 1500 });
      const { mid, status } = await stage().curl('phone', {
        text: 'Backup done',
        desp: '**12 GB** in 3 min',
        wait: '500',
      });
      expect(status).to.deep.equal({ phone: 'webpush-wait' });
      const notification = await rings('Backup done');
      expect(notification.body).to.match(/12 GB in 3 min$/);
      await stage().reaches(mid, 'phone', SHOWN);
      const { messages } = await stage().ask<{ messages: StoredMessage[] }>(
        `/v1/devices/phone/messages?since=${Number(mid) - 1}`,
      );
      expect(messages[0]).to.include({ mid, status: SHOWN, read: false });
    });

    it('tells the waiting sender that the phone has shown it', async () => {
      let status = {};
      // The reply comes when the wait is over. A busy machine needs a longer one.
      for (const wait of ['2500', '10000', '40000']) {
        ({ status } = await stage().curl('phone', { text: `Shown within ${wait}`, wait }));
        if (isDeepStrictEqual(status, { phone: SHOWN })) break;
      }
      expect(status).to.deep.equal({ phone: SHOWN });
    });

    it('opens the message when its notification is clicked', async () => {
      const { mid } = await stage().curl('phone', { text: 'Click me', desp: 'The whole story', wait: '0' });
      stage().desktop.click(await rings('Click me'));
      const person = await pageWith(browser, `/${mid}`);
      await person.finds('heading', 'Click me');
      await person.reads('The whole story');
    });

    it('opens the message in an open page', async () => {
      const { mid } = await stage().curl('phone', { text: 'Click me later', wait: '0' });
      const notification = await rings('Click me later');
      const { page } = await opensInbox();
      stage().desktop.click(notification);
      const person = await pageWith(browser, `/${mid}`);
      expect(person.page).to.equal(page);
      await person.finds('heading', 'Click me later');
    });

    it('replaces the notification of an alert, and takes it away when it is cleared elsewhere', async () => {
      const alert = { key: 'disk', state: 'firing', wait: '0' };
      const titles = () => [...stage().desktop.notifications.values()].map(({ title }) => title);
      await stage().curl('phone', { text: 'Something else', wait: '0' });
      await rings('Something else');
      await stage().curl('phone', { ...alert, text: 'Disk at 91 %' });
      await rings('Disk at 91 %');
      await stage().curl('phone', { ...alert, text: 'Disk at 95 %' });
      await rings('Disk at 95 %');
      await eventually('the first is replaced', titles, { until: (shown) => !shown.includes('Disk at 91 %') });
      await stage().ask('/v1/messages?target=phone&key=disk', { method: 'DELETE' });
      await eventually('the alert is gone, and the other stays', titles, {
        until: (shown) => !shown.includes('Disk at 95 %') && shown.includes('Something else'),
        limit: BROWSER_LIMIT,
      });
      // A browser that shows something for each push says last what became of it.
      const said = () =>
        stage()
          .desktop.history.map(({ title, body }) => `${title} ${body}`)
          .at(-1) ?? '';
      await eventually('the outcome is said', said, {
        until: (last) => /^Disk at 95 %.*Read on another device\.$/s.test(last),
        limit: BROWSER_LIMIT,
      });
    });

    it('sends the request of a button of the notification', async () => {
      const request = {
        action: 'http',
        label: 'Acknowledge',
        url: stage().url('/phone.send?text=Acknowledged&wait=0'),
        method: 'GET',
        headers: { Authorization: TOKEN },
      };
      await stage().curl('phone', { text: 'Disk full', actions: JSON.stringify(request), wait: '0' });
      stage().desktop.click(await rings('Disk full'), 'Acknowledge');
      await rings('Acknowledged');
    });

    it('opens the link of a button of the notification', async () => {
      const actions = [
        { action: 'copy', label: 'Copy', text: 'x' },
        { action: 'view', label: 'Status', url: stage().url('/health?from=button') },
      ];
      await stage().curl('phone', { text: 'Disk low', actions: JSON.stringify(actions), wait: '0' });
      stage().desktop.click(await rings('Disk low'), 'Status');
      await pageWith(browser, '/health?from=button');
    });

    it('arrives after the push service fails or asks to wait', async () => {
      stage().service.fault({ status: 500 });
      stage().service.fault({ status: 429, retryAfter: 1 });
      const texts = ['After a failure', 'After a pause'];
      const sent = await Promise.all(texts.map((text) => stage().curl('phone', { text, wait: '0' })));
      await stage().service.waitFor({ type: 'push.request', status: 429 });
      await Promise.all([...texts.map(rings), ...sent.map(({ mid }) => stage().reaches(mid, 'phone', SHOWN))]);
      await routesInclude('webpush', true);
    });

    it('arrives when the browser starts again', async () => {
      await browser.close();
      const { mid } = await stage().curl('phone', { text: 'While you were away', wait: '0' });
      await stage().reaches(mid, 'phone', 'webpush-ok');
      browser = await stage()[kind]('phone');
      await rings('While you were away');
      await stage().reaches(mid, 'phone', SHOWN);
    });

    it('stops when the push service ends the subscription, and the delivery check names the reason', async () => {
      const [subscription] = stage()
        .service.state()
        .subscriptions.filter(({ gone }) => gone === null);
      stage().service.expire({ channelID: subscription?.channelID ?? '' }, 410);
      const { mid } = await stage().curl('phone', { text: 'Nobody home', wait: '0' });
      await routesInclude('webpush', false);
      const person = await opensInbox();
      await stage().reaches(mid, 'phone', 'ok');

      await person.clicks('link', 'Settings');
      await person.clicks('button', 'Check now');
      await person.reads('The push service no longer knows the subscription.');
      await person.clicks('button', 'Disable');
      await person.clicks('button', 'Enable notifications');
      await person.reads('Notifications are on');
      await person.clicks('button', 'Check now');
      await person.reads('Notifications reach this device.');
      await routesInclude('webpush', true);
    });

    if (kind === 'firefox') {
      // The local push service has no way to make Chromium renew a subscription or come back soon.
      it('arrives when the connection is back', async () => {
        stage().service.disconnectAgents({ refuse: true });
        await stage().service.waitFor({ type: 'ua.refused' });
        const { mid } = await stage().curl('phone', { text: 'While you were offline', wait: '0' });
        await stage().reaches(mid, 'phone', 'webpush-ok');
        stage().service.acceptAgents();
        await rings('While you were offline');
        await stage().reaches(mid, 'phone', SHOWN);
      });

      it('continues after the browser renews its subscription', async () => {
        const endpoints = () =>
          stage()
            .service.state()
            .subscriptions.filter(({ gone }) => gone === null);
        const [before] = endpoints();
        const since = stage().service.cursor;
        stage().service.forgetAgents();
        await stage().service.waitFor({ type: 'ua.register', status: 200 }, { since });
        expect(endpoints().map(({ channelID }) => channelID)).to.not.include(before?.channelID);
        const { mid } = await stage().curl('phone', { text: 'Renewed', wait: '0' });
        await rings('Renewed');
        await stage().reaches(mid, 'phone', SHOWN);
      });
    }

    it(`loses none of ${BURST} messages at once`, async () => {
      const { mid } = await stage().curl('phone', { text: 'burst 1', wait: '0' });
      await stage().curlMany('phone', `burst [2-${BURST}]`);
      const path = `/v1/devices/phone/messages?since=${Number(mid) - 1}&limit=${BURST}`;
      await eventually(
        'all messages were shown',
        async () => (await stage().ask<{ messages: StoredMessage[] }>(path)).messages.map(({ status }) => status),
        { until: (found) => found.length === BURST && found.every((status) => status === SHOWN), limit: 100_000 },
      );
      const texts = Array.from({ length: BURST }, (_, at) => `burst ${at + 1}`);
      const titles = stage().desktop.history.map(({ title }) => title);
      expect(titles.filter((title) => title.startsWith('burst ')).sort()).to.deep.equal(texts.sort());
    });
  });
}
