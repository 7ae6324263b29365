import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'puppeteer-core';
import { hmacHex } from '../../../server/base/hmac.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { listen } from '../../support/push-service/listen.ts';
import { TOKEN } from '../relay-process.ts';
import type { Person } from './person.ts';
import { pair } from './phone.ts';
import { type Stage, useStage } from './stage.ts';

/** A webhook that refuses until a test says otherwise. */
const hook = { status: 500, taken: 0 };
const server = createServer((request, response) => {
  request.resume();
  if (hook.status < 300) hook.taken += 1;
  response.writeHead(hook.status).end();
});
const hookPort = await listen(server, 0, '127.0.0.1');

async function publish(stage: Stage, channel: string, name: string): Promise<void> {
  const body = JSON.stringify({ name, channel, data: '{"id":4711}' });
  const time = Math.floor(Date.now() / 1000);
  const { createHash } = await import('node:crypto');
  const md5 = createHash('md5').update(body).digest('hex');
  const query = `auth_key=k&auth_timestamp=${time}&auth_version=1.0&body_md5=${md5}`;
  const signature = hmacHex('s', `POST\n/apps/7/events\n${query}`);
  const headers = { 'content-type': 'application/json' };
  const url = stage.url(`/apps/7/events?${query}&auth_signature=${signature}`);
  expect((await fetch(url, { method: 'POST', body, headers })).status).to.equal(200);
}

describe("what the owner's page shows", function () {
  this.timeout(240_000);
  const stage = useStage({
    config: {
      webhook: { retryTimeout: 300, clients: [{ name: 'deploy', url: `http://127.0.0.1:${hookPort}/`, group: 'ops' }] },
      apps: [{ id: '7', key: 'k', secret: 's' }] as object,
    },
    fastClock: true,
  });
  let browser: Browser;
  let desk: Person;

  before(async () => {
    browser = await stage().chromium('manage');
    const context = await browser.createBrowserContext();
    desk = await pair(await context.newPage(), await stage().pairingLink(), 'desk');
    await desk.clicks('button', 'Not now');
    await desk.reads('Connected');
    await desk.page.goto(stage().url('/#log'));
    await desk.reads('Only a device that manages the relay sees this.');
    await desk.types('textbox', 'Token of the relay, or a code', TOKEN);
    await desk.clicks('button', 'Manage this relay');
    await desk.reads('The last warnings and errors of all nodes');
  });
  after(() => void server.close());

  /** Goes to a place by the strip above all of them. */
  const goes = (name: string) => desk.clicks('link', name);

  /** Opens the row of a message. By its own element, because rows move when a new message comes. */
  async function opens(title: string): Promise<void> {
    const open = () =>
      desk.page.$$eval(
        '.activity details',
        (all, wanted) => {
          const found = all.find((one) => one.querySelector('summary')?.textContent?.includes(wanted) === true);
          found?.querySelector('summary')?.click();
          return found !== undefined;
        },
        title,
      );
    await eventually(`${title} is in the list`, open, { until: (isThere) => isThere, limit: BROWSER_LIMIT });
  }

  it('leads from the settings to an overview, and from there to each place', async () => {
    await desk.page.goto(stage().url('/#settings'));
    await desk.clicks('link', 'Overview Messages, devices, webhooks, log, backup');
    await desk.reads('1/2\ndevices online');
    await desk.clicks('link', '1 node');
    await desk.reads('answers this page');
    await desk.reads('64 of 64 parts of the work');
  });

  it('shows messages as they come, with the way to each recipient, and finds some', async () => {
    await goes('Activity');
    const { mid } = await stage().curl('desk', { text: 'Rain at four', wait: '10000' });
    await stage().reaches(mid, 'desk', 'ok');
    await stage().curl('deploy', { text: 'Version 7 is live', wait: '0' });
    await desk.reads('Rain at four');
    await desk.reads('1 received');
    await desk.reads('Version 7 is live');
    await opens('Rain at four');
    await desk.reads('Sent to the device');
    await desk.reads('Received');
    await desk.page.type('.filters .field:nth-child(2) input', 'deploy');
    await desk.nowhereReads('Rain at four');
    await opens('Version 7 is live');
    await desk.reads('A try failed');
    await desk.reads('500');
  });

  it('changes groups, quiet hours and name of any device', async () => {
    await stage().ask('/v1/devices', { method: 'POST', body: '{"name":"shelf","groups":[]}' });
    await goes('Devices');
    await desk.clicks('button', 'Edit shelf');
    await desk.types('textbox', 'Groups', 'kitchen, family');
    await desk.clicks('button', 'Save');
    await desk.reads('Groups: kitchen, family');
    await desk.clicks('button', 'Quiet hours of shelf');
    await desk.clicks('button', 'Save');
    await desk.reads('Quiet hours: 10:30 PM to 7:00 AM');
    // The note lies over the buttons at the bottom.
    await desk.nowhereReads('Saved');
    await desk.clicks('button', 'Turn off quiet hours of shelf');
    await desk.nowhereReads('10:30 PM');
    await desk.clicks('button', 'Edit shelf');
    await desk.types('textbox', 'Name', 'board');
    await desk.reads('With another name, the device loses its access.');
    await desk.clicks('button', 'Save');
    await desk.reads('Scan this with the camera');
    await desk.clicks('button', 'Close');
    await desk.reads('board');
    const { devices } = await stage().ask<{ devices: { name: string; groups: string[] }[] }>('/v1/devices');
    expect(devices.find(({ name }) => name === 'board')?.groups).to.deep.equal(['kitchen', 'family']);
    await desk.clicks('link', 'Messages to board');
    await desk.reads('There is no such message.');
  });

  it('shows the channels of an app, and its events while somebody watches', async () => {
    await goes('Apps');
    await desk.reads('0 connections · 0 channels');
    await desk.clicks('button', 'Watch');
    await desk.reads('Waiting for the next event…');
    await eventually(
      'an event is shown',
      async () => {
        await publish(stage(), 'orders', 'created');
        return desk.page.$$eval('.log-line', (lines) => lines.length);
      },
      { until: (count) => count > 0, limit: BROWSER_LIMIT },
    );
    await desk.reads('{"id":4711}');
    await desk.clicks('button', 'Stop');
  });

  it('shows a warning as it comes', async () => {
    await goes('Log');
    await stage().curl('nobody-of-that-name', { text: 'x', wait: '0' });
    await desk.reads('device=nobody-of-that-name');
    await desk.clicks('radio', 'Errors');
    await desk.nowhereReads('device=nobody-of-that-name');
  });

  it('downloads a backup with the token, and keeps no token', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'herald-download-'));
    onCleanup(() => rm(folder, { recursive: true, force: true }));
    const session = await browser.target().createCDPSession();
    const [context] = browser.browserContexts().filter((one) => one.id !== undefined);
    await session.send('Browser.setDownloadBehavior', {
      behavior: 'allow',
      downloadPath: folder,
      ...(context?.id === undefined ? {} : { browserContextId: context.id }),
    });
    await goes('Backup');
    await desk.types('textbox', 'Token of the relay', 'wrong');
    await desk.clicks('button', 'Download');
    await desk.reads('This is not the token of the relay.');
    await desk.types('textbox', 'Token of the relay', TOKEN);
    await desk.clicks('button', 'Download');
    await desk.reads('Keep it as safe as the relay itself.');
    const file = await eventually('the file is there', async () => (await readdir(folder))[0] ?? '', {
      until: (name) => /^herald-[\d-]+\.backup$/.test(name),
      limit: BROWSER_LIMIT,
    });
    expect((await readFile(join(folder, file))).subarray(0, 15).toString()).to.equal('SQLite format 3');
    const left = await desk.page.$$eval('input', (fields) => fields.map(({ value }) => value).join(''));
    expect(left).to.equal('');
  });

  it('tells that a webhook fails, and sends again what has failed', async () => {
    await goes('Webhooks');
    await desk.reads('Failing');
    await desk.reads(`http://127.0.0.1:${hookPort} · 1 waiting`);
    await stage().tick(8 * 86_400_000);
    await desk.finds('button', 'Send again: Version 7 is live to deploy');
    hook.status = 200;
    await desk.clicks('button', 'Send again: Version 7 is live to deploy');
    await desk.reads('Sent again to deploy');
    // After so many refusals, the relay would wait for half a minute.
    const tries = async () => {
      await stage().tick(10_000);
      return hook.taken;
    };
    await eventually('the webhook has it', tries, { until: (taken) => taken === 1, limit: BROWSER_LIMIT });
    await desk.reads('Works');
  });
});
