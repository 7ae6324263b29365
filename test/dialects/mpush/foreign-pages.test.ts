// Pages of other sites while no token is asked for: report 41. The headers are those that Chromium 142 and Firefox send.
import type { OutgoingHttpHeaders } from 'node:http';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { onCleanup } from '../../support/cleanup.ts';
import { type World, world } from '../../world.ts';
import { ONLY_MPUSH, raw, stored } from './requests.ts';

const BROWSER = {
  authorization: '',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'accept-language': 'en-US,en;q=0.9',
  accept: '*/*',
};
const PAGE = { ...BROWSER, accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const EVIL = 'https://evil.example';
const PACKET = JSON.stringify({
  cmd: 'MESSAGE',
  data: { sendType: 'personal', target: 'a', message: { text: 'from a foreign page' } },
});
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** A relay where no one needs a token, with one device. */
async function openRelay(http: object = {}): Promise<World> {
  const relay = await world({
    config: { ...ONLY_MPUSH, http: { verifyToken: false, ...http }, websocket: { verifyToken: false } },
  });
  await relay.device('a');
  return relay;
}

interface Case {
  readonly what: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string;
}

const CROSS = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' };

const foreign: readonly Case[] = [
  {
    what: "fetch(relay, {mode: 'no-cors', headers: {'content-type': 'text/plain; x=json'}, body: packet})",
    method: 'POST',
    headers: { ...BROWSER, ...CROSS, origin: EVIL, 'content-type': 'text/plain; x=json' },
    body: PACKET,
  },
  {
    what: 'a packet as a form',
    method: 'POST',
    headers: { ...PAGE, ...FORM, ...CROSS, 'sec-fetch-mode': 'navigate', origin: EVIL },
    body: `cmd=MESSAGE&data=${encodeURIComponent(PACKET)}`,
  },
  {
    what: 'a packet of a browser without Sec-Fetch',
    method: 'POST',
    headers: { ...BROWSER, ...JSON_TYPE, origin: EVIL },
    body: PACKET,
  },
  {
    what: 'a packet of another site of the same owner',
    method: 'POST',
    headers: { ...BROWSER, ...JSON_TYPE, ...CROSS, 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' },
    body: PACKET,
  },
  {
    what: 'a packet of a page whose name was pointed at the relay',
    method: 'POST',
    headers: { ...BROWSER, ...JSON_TYPE, host: 'evil.example:9093', origin: 'http://evil.example:9093' },
    body: PACKET,
  },
  { what: 'an image', path: '/a.send?text=x', headers: { ...BROWSER, ...CROSS, 'sec-fetch-dest': 'image' } },
  { what: 'an image over plain http, with no referrer', path: '/a.send?text=x', headers: BROWSER },
  {
    what: 'an image over plain http',
    path: '/a.send?text=x',
    headers: { ...BROWSER, referer: 'http://evil.example/' },
  },
  {
    what: 'text by fetch without Sec-Fetch',
    method: 'POST',
    path: '/a.send',
    headers: { ...BROWSER, 'content-type': 'text/plain', origin: EVIL },
    body: 'x',
  },
  {
    what: 'a sandboxed frame',
    method: 'POST',
    path: '/a.send',
    headers: { ...BROWSER, ...FORM, origin: 'null' },
    body: 'text=x',
  },
  {
    what: 'a page whose name was pointed at the relay',
    path: '/a.send?text=x',
    headers: { ...BROWSER, host: 'evil.example', referer: 'http://evil.example/' },
  },
];

describe('a page of another site, while no token is asked for', () => {
  for (const { what, method = 'GET', path = '/', headers, body } of foreign) {
    it(`sends nothing: ${what}`, async () => {
      const relay = await openRelay();
      const answer = await raw(relay, { method, path, headers, ...(body === undefined ? {} : { body }) });
      expect(answer.status, answer.text).to.be.oneOf([403, 415]);
      expect(await stored(relay, 'a')).to.deep.equal([]);
    });
  }

  it('gets a page with a button where its user can be asked: a link over plain http, and a form', async () => {
    const relay = await openRelay();
    const link = await raw(relay, { path: '/a.send?text=x', headers: PAGE });
    expect([link.status, link.text]).to.satisfy(
      ([status, text]: [number, string]) => status === 200 && /<form/.test(text),
    );
    const headers = { ...PAGE, ...FORM, origin: EVIL };
    const form = await raw(relay, { method: 'POST', path: '/a.send', headers, body: 'text=x' });
    expect(form.text).to.include('<form method="post" action="?">');
    expect(await stored(relay, 'a')).to.deep.equal([]);
    const origin = new URL(relay.url()).origin;
    const pressed = await raw(relay, {
      method: 'POST',
      path: '/a.send?',
      headers: { ...PAGE, ...FORM, origin },
      body: 'text=x&wait=0',
    });
    expect(pressed.status).to.equal(200);
    expect(await stored(relay, 'a')).to.have.length(1);
  });

  it('gets no device: its socket needs a proof', async () => {
    const relay = await openRelay();
    for (const headers of [{ origin: EVIL }, { origin: 'http://evil.example', host: 'evil.example' }]) {
      const socket = new WebSocket(`ws://127.0.0.1:${relay.relay.ports.websocket}/`, { headers });
      onCleanup(() => socket.terminate());
      await new Promise((resolve) => socket.once('open', resolve));
      const answer = new Promise<Buffer>((resolve) => socket.once('message', resolve));
      socket.send(JSON.stringify({ cmd: 'AUTH', data: { name: 'spy', group: 'family' } }));
      expect(JSON.parse(String(await answer)).data.code).to.equal(403);
    }
    expect(relay.relay.devices()).to.deep.equal(['a']);
  });
});

describe('what is not a page of another site, while no token is asked for', () => {
  const own: readonly Case[] = [
    { what: 'curl', path: '/a.send?text=x', headers: { authorization: '', 'user-agent': 'curl/8.5.0' } },
    {
      what: 'curl at another name',
      path: '/a.send?text=x',
      headers: { authorization: '', host: 'relay.internal:9093' },
    },
    { what: 'a typed address', path: '/a.send?text=x', headers: { ...PAGE, 'sec-fetch-site': 'none' } },
    { what: 'the own page', path: '/a.send?text=x', headers: { ...BROWSER, 'sec-fetch-site': 'same-origin' } },
    {
      what: 'a name of http.hosts',
      path: '/a.send?text=x',
      headers: { ...BROWSER, host: 'nas:9093', referer: 'http://nas:9093/' },
    },
    {
      what: 'a page that shows the token, at a name that is not known',
      path: '/a.send?text=x',
      headers: { ...BROWSER, host: 'unknown', 'sec-fetch-site': 'same-origin', authorization: 'test-token' },
    },
    {
      what: 'the name of http.url',
      path: '/a.send?text=x',
      headers: { ...BROWSER, host: 'herald.example.com', 'sec-fetch-site': 'same-origin' },
    },
  ];
  for (const { what, path = '/', headers } of own) {
    it(`sends: ${what}`, async () => {
      const relay = await openRelay({ hosts: ['nas'], url: 'https://herald.example.com/mpush' });
      const answer = await raw(relay, { path: `${path}&wait=0`, headers });
      expect(answer.status, answer.text).to.equal(200);
      expect(await stored(relay, 'a')).to.have.length(1);
    });
  }

  it('sends: any page where http.cors is on', async () => {
    const relay = await openRelay({ cors: true });
    const headers = { ...BROWSER, ...JSON_TYPE, origin: EVIL };
    expect((await raw(relay, { method: 'POST', path: '/?wait=0', headers, body: PACKET })).status).to.equal(200);
  });
});
