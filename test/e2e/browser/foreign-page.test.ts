// A page of another site in a real Chromium, while no token is asked for: report 41.
import { createServer } from 'node:http';
import { expect } from 'chai';
import type { Page } from 'puppeteer-core';
import { launchChromium } from '../../support/browsers/chromium.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { type World, world } from '../../world.ts';

const PACKET = JSON.stringify({
  cmd: 'MESSAGE',
  data: { sendType: 'personal', target: 'phone', message: { text: 'from a foreign page' } },
});

/** A site of its own, at a name that is not the relay's. */
async function startSite(): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Foreign</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as { port: number }).port;
}

/** A relay without tokens and with one device, and a page of another site. */
async function stage(): Promise<{ relay: World; page: Page; messages(): Promise<unknown[]> }> {
  const relay = await world({ config: { http: { verifyToken: false }, websocket: { verifyToken: false } } });
  await relay.device('phone');
  const site = await startSite();
  // One name is another site, and one leads to the relay without being one of its names.
  const args = ['--host-resolver-rules=MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1'];
  const browser = await launchChromium({ profile: await tempDir(), args });
  onCleanup(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`http://evil.example:${site}/`);
  const messages = async () => (await relay.request('/v1/devices/phone/messages')).json.messages;
  return { relay, page, messages };
}

/** Runs in the page: asks without reading the answer, as any page may. */
const ask = (page: Page, url: string, init: RequestInit) =>
  page.evaluate(
    (target, options) => fetch(target, { ...options, mode: 'no-cors' }).then(() => 'asked', String),
    url,
    init,
  );

describe('a page of another site in Chromium, while no token is asked for', function () {
  this.timeout(240_000);

  it('cannot send with fetch, an image or a form, and cannot become a device', async () => {
    const { relay, page, messages } = await stage();
    const text = { method: 'POST', headers: { 'content-type': 'text/plain; x=json' } };
    await ask(page, relay.url('/'), { ...text, body: PACKET });
    await ask(page, relay.url('/phone.send'), { ...text, body: 'hello' });
    await ask(page, relay.url('/phone.send?text=hello&wait=0'), {});
    await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const image = new Image();
          image.referrerPolicy = 'no-referrer';
          image.onerror = resolve;
          image.src = url;
        }),
      relay.url('/phone.send?text=image&wait=0'),
    );
    const code = await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => socket.send('{"cmd":"AUTH","data":{"name":"spy","group":"family"}}');
          socket.onmessage = ({ data }) => resolve(JSON.parse(data).data.code);
        }),
      relay.url('/').replace('http', 'ws'),
    );
    expect(code).to.equal(403);
    await page.evaluate((url) => {
      const form = document.createElement('form');
      form.method = 'post';
      form.action = url;
      const field = document.createElement('input');
      field.name = 'text';
      field.value = 'a form';
      form.append(field);
      document.body.append(form);
      form.submit();
    }, relay.url('/phone.send?wait=0'));
    await page.waitForFunction(() => document.title.startsWith('Send to'));
    expect(await messages()).to.deep.equal([]);
    expect(relay.relay.devices()).to.deep.equal(['phone']);

    await page.click('button');
    await page.waitForFunction(() => document.body.textContent?.includes('MESSAGE_REPLY'));
    expect(await messages(), 'its user pressed the button').to.have.length(1);
  });

  it('cannot send even if its own name resolves to the relay', async () => {
    const { relay, page, messages } = await stage();
    const { port } = new URL(relay.url());
    await page.goto(`http://rebound.example:${port}/health`);
    const status = (path: string, init: RequestInit) =>
      page.evaluate((target, options) => fetch(target, options).then((answer) => answer.status), path, init);
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    expect(await status('/', { ...json, body: PACKET })).to.equal(403);
    expect(await status('/phone.send?text=hello&wait=0', {})).to.equal(403);
    expect(await messages()).to.deep.equal([]);
  });
});
