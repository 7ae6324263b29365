import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildRequest } from '../../server/transports/webhook/request.ts';
import type { WireMessage } from '../../shared/message.ts';
import { linesOf, start } from '../support/blocks.ts';
import { fromWire } from '../support/message.ts';
import { describePage, type Line } from '../support/page.ts';
import { TOKEN, world } from '../world.ts';

/** The message of the webhook examples. */
const SAMPLE: WireMessage = {
  sendType: 'personal',
  target: 'deploy',
  from: { method: 'http', name: '' },
  message: { text: 'hi', desp: '', extra: { a: '1' } },
  mid: '1795311202514',
};

/** The program is a device, which receives and acknowledges. */
async function device({ code, relay, variables, dir }: Line): Promise<void> {
  const child = start(`exec ${code}`, variables, dir);
  await once(linesOf(child.stderr), 'line');
  const shown = once(linesOf(child.stdout), 'line');
  const { json } = await relay.request('/family.group?text=hi&desp=there');
  expect(json.data.status).to.deep.equal({ laptop: 'ok' });
  expect(await shown).to.deep.equal(['hi there']);
}

/** The program takes what is signed, and that once. */
async function receiver({ code, dir }: Line): Promise<void> {
  // It listens on the port that it is given; this tells which one the system has picked in place of that.
  await writeFile(
    join(dir, 'tell.mjs'),
    `import { Server } from 'node:http';
    const { listen } = Server.prototype;
    Server.prototype.listen = function () {
      return listen.call(this, 0, '127.0.0.1', () => console.error(this.address().port));
    };`,
  );
  const child = start(`exec ${code}`, { NODE_OPTIONS: '--import ./tell.mjs' }, dir);
  const shown: string[] = [];
  const ended = new Promise<void>((resolve) => {
    linesOf(child.stdout).on('line', (line) => {
      shown.push(line);
      if (line === 'end ') resolve();
    });
  });
  const [port] = await once(linesOf(child.stderr), 'line');
  const [, secret = ''] = /'(.+)'/.exec(code) ?? [];
  const url = `http://127.0.0.1:${port}/hook`;

  const relay = await world({ config: { webhook: { clients: [{ name: 'deploy', url, secret }] } } });
  expect((await relay.request('/deploy.send?text=hi&desp=there')).json.data.deploy).to.equal('ok');

  const post = async (key: string, text: string, mid: string) => {
    const message = fromWire({ ...SAMPLE, message: { ...SAMPLE.message, text }, mid });
    const { headers, body = '' } = buildRequest({ url, method: 'POST', secret: key }, message, TOKEN);
    return (await fetch(url, { method: 'POST', headers, body: String(body) })).status;
  };
  const later = String(Date.now() + 60_000);
  expect(await post('forged', 'forged', later)).to.equal(403);
  expect(await post(secret, 'again', later)).to.equal(204);
  expect(await post(secret, 'again', later)).to.equal(204);
  expect(await post(secret, 'end', `${later}0`)).to.equal(204);
  await ended;
  expect(shown).to.deep.equal(['hi there', 'again ', 'end ']);
}

describePage(
  'docs/receive',
  { relay: () => world(), own: ['webhook: POST', 'webhook: GET'], steps: { device, receiver } },
  (page) => {
    it('shows the requests of webhooks as they are', () => {
      const url = 'http://127.0.0.1:8092/hook';
      const post = buildRequest({ url, method: 'POST', secret: undefined }, fromWire(SAMPLE), TOKEN);
      expect(`${post.body}\n`).to.equal(page.block('webhook: POST'));
      const get = buildRequest({ url, method: 'GET', secret: undefined }, fromWire(SAMPLE), TOKEN).url;
      expect(`${get.pathname}${get.search}\n`).to.equal(page.block('webhook: GET'));
    });
  },
);
