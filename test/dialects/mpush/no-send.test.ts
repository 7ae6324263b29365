import type { OutgoingHttpHeaders } from 'node:http';
import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { TOKEN, world } from '../../world.ts';
import { ONLY_MPUSH, raw, stored } from './requests.ts';

const FOREIGN = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a request that nobody made by hand', () => {
  const shared = sharedWorld();

  const guesses: [string, OutgoingHttpHeaders][] = [
    ['a prefetch', { 'sec-purpose': 'prefetch' }],
    ['a prerender', { 'sec-purpose': 'prefetch;prerender' }],
    ['an old prefetch', { purpose: 'prefetch' }],
    ['a preview', { 'x-purpose': 'preview' }],
    ['a prefetch of Firefox', { 'x-moz': 'prefetch' }],
    ['a link preview', { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }],
    ['a search engine', { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' }],
  ];
  for (const [what, headers] of guesses) {
    it(`sends nothing: ${what}`, async () => {
      const relay = shared();
      await relay.device('a', { group: 'g' });
      for (const path of ['/a.send?text=x', '/g.group?text=x']) {
        const answer = await raw(relay, { path, headers });
        expect([answer.status, JSON.parse(answer.text).cmd], path).to.deep.equal([403, 'INFO']);
      }
      expect(await stored(relay, 'a')).to.deep.equal([]);
    });
  }

  it('sends nothing: HEAD', async () => {
    const relay = await world();
    await relay.device('a');
    expect(await raw(relay, { method: 'HEAD', path: '/a.send?text=x' })).to.include({ status: 405, text: '' });
    expect(await stored(relay, 'a')).to.deep.equal([]);
  });
});

describe('a fetch by a page of another site', () => {
  const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
  const cases: [string, { verifyToken: boolean; cors: boolean }, OutgoingHttpHeaders, number][] = [
    ['is refused where nobody shows a token', { verifyToken: false, cors: false }, image, 403],
    ['sends where http.cors allows it', { verifyToken: false, cors: true }, image, 200],
    ['sends with the token', { verifyToken: true, cors: false }, image, 200],
    [
      'is none when it is of this site',
      { verifyToken: false, cors: false },
      { ...image, 'sec-fetch-site': 'same-origin' },
      200,
    ],
  ];
  for (const [what, http, headers, status] of cases) {
    it(what, async () => {
      const relay = await world({ config: { http } });
      await relay.device('a');
      expect((await raw(relay, { path: '/a.send?text=x&wait=0', headers })).status).to.equal(status);
      expect(await stored(relay, 'a')).to.have.length(status === 200 ? 1 : 0);
    });
  }
});

describe('a navigation', () => {
  it('that was typed sends at once', async () => {
    const relay = await world();
    await relay.device('a', { acknowledge: true });
    const headers = {
      'sec-fetch-site': 'none',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-user': '?1',
      authorization: '',
    };
    const answer = await raw(relay, { path: `/a.send?token=${TOKEN}&text=x`, headers });
    expect(JSON.parse(answer.text).data.a).to.equal('ok');
  });

  it('from another site gets a page that no script, frame or cache can use', async () => {
    const relay = await world();
    await relay.device('a');
    const answer = await raw(relay, { path: '/a.send?text=x', headers: FOREIGN });
    expect(answer.status).to.equal(200);
    expect(answer.headers).to.include({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(answer.headers['content-security-policy'])
      .to.include("default-src 'none'")
      .and.include("frame-ancestors 'none'");
    expect(await stored(relay, 'a')).to.deep.equal([]);
  });

  it('from another site is refused without the token, and for a wrong path', async () => {
    const relay = await world();
    expect((await raw(relay, { path: '/a.send', headers: { ...FOREIGN, authorization: '' } })).status).to.equal(401);
    expect((await raw(relay, { path: '/a', headers: FOREIGN })).status).to.equal(404);
  });

  /** Presses the button as a browser would: the fields of the form, to the path of the page. */
  async function press(path: string, page: string) {
    const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
    expect(page).to.include('<form method="post" action="?">');
    const text = (html = '') =>
      html
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&');
    const body = new URLSearchParams(
      fields.map(([, name, value]) => [text(name), text(value)] as [string, string]),
    ).toString();
    return {
      method: 'POST',
      path: `${path.split('?')[0]}?`,
      headers: { ...FORM, authorization: '', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' },
      body,
    };
  }

  it('sends exactly what the link said once the button is pressed', async () => {
    const relay = await world();
    const device = await relay.device('张', { acknowledge: true });
    const query = new URLSearchParams([
      ['token', TOKEN],
      ['text', `<b>"it's" & more</b>`],
      ['desp', '多行 *x*'],
      ['a', '1'],
      ['a', '2'],
      ['</form>', '<script>alert(1)</script>'],
    ]);
    const path = `/%E5%BC%A0.send?${query}`;
    const page = await raw(relay, { path, headers: { ...FOREIGN, authorization: '' } });
    expect(page.text).not.to.match(/<script|<b>/);
    const answer = await raw(relay, await press(path, page.text));
    expect(answer.status, answer.text).to.equal(200);
    expect((await device.packet('MESSAGE')).data.message).to.deep.equal({
      text: `<b>"it's" & more</b>`,
      desp: '多行 *x*',
      extra: { a: ['1', '2'], '</form>': '<script>alert(1)</script>' },
    });
  });

  it('that posts a form from another site waits for the button too', async () => {
    const relay = await world();
    const device = await relay.device('a', { acknowledge: true });
    const page = await raw(relay, {
      method: 'POST',
      path: `/a.send?level=1`,
      headers: { ...FOREIGN, ...FORM, authorization: '' },
      body: `token=${TOKEN}&text=hello`,
    });
    expect([page.status, page.headers['content-type']]).to.deep.equal([200, 'text/html; charset=utf-8']);
    expect(await stored(relay, 'a')).to.deep.equal([]);
    const answer = await raw(relay, await press('/a.send', page.text));
    expect(answer.status, answer.text).to.equal(200);
    expect((await device.packet('MESSAGE')).data.message).to.deep.equal({
      text: 'hello',
      desp: '',
      extra: { level: '1' },
    });
  });

  it('that posts text from another site cannot pass for a packet', async () => {
    const relay = await world({ config: ONLY_MPUSH });
    await relay.device('a');
    const answer = await raw(relay, {
      method: 'POST',
      path: `/?token=${TOKEN}`,
      headers: { ...FOREIGN, authorization: '', 'content-type': 'text/plain' },
      body: '{"cmd":"MESSAGE","data":{"sendType":"personal","target":"a"}}',
    });
    expect(answer.status).to.equal(415);
    expect(await stored(relay, 'a')).to.deep.equal([]);
  });
});
