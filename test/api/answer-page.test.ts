import { expect } from 'chai';
import { sharedWorld } from '../support/shared-world.ts';

const HTML = { accept: 'text/html,application/xhtml+xml' };

describe('the address in a message', () => {
  const relay = sharedWorld();

  /** Asks, and returns the path of the address and the id. */
  async function askPhone(query: string) {
    const phone = await relay().device('phone', { acknowledge: true });
    await relay().request(`/phone.ask?${query}&wait=0`);
    const { extra } = (await phone.packet('MESSAGE')).data.message;
    const path = new URL(extra.answer).pathname;
    const stateOf = async () => (await relay().request(`/v1/answers/${extra.ask.id}`)).json;
    return { path, stateOf };
  }

  const post = (path: string, body: string | URLSearchParams, headers: Record<string, string> = {}) =>
    relay().fetch(path, { method: 'POST', body, headers });

  it('shows a page with a button for each option, and changes nothing', async () => {
    const title = '<script>alert("1")</script> & co.';
    const query = new URLSearchParams({ text: title, desp: '</p><img src=x onerror=alert(1)>', from: 'ci' });
    const { path, stateOf } = await askPhone(`${query}&options=${encodeURIComponent('"yes" & <b>,no')}`);
    for (const init of [{ headers: HTML }, { method: 'HEAD' }, {}]) {
      const { status, headers, text } = await relay().fetch(path, init);
      expect(status).to.equal(200);
      expect(headers.get('content-security-policy')).to.match(
        /^default-src 'none'; style-src 'unsafe-inline'; form-action/,
      );
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
      if ('method' in init) continue;
      expect(text).to.include('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; co.</h1>');
      expect(text).to.include('<p>From ci</p>');
      expect(text).to.include('&lt;/p&gt;&lt;img src=x onerror=alert(1)&gt;');
      expect(text).to.include('name="answer" value="&quot;yes&quot; &amp; &lt;b&gt;">');
      expect(text).not.to.match(/<script|<img|<b>/);
    }
    expect((await stateOf()).state).to.equal('open');
    const answered = await post(path, new URLSearchParams({ answer: '"yes" & <b>' }), HTML);
    expect(answered.text).to.include('<strong>Answered: &quot;yes&quot; &amp; &lt;b&gt;, by phone</strong>');
    expect(answered.text).not.to.include('<button');
    expect(await stateOf()).to.include({ state: 'answered', answer: '"yes" & <b>', by: 'phone' });
    const zh = await relay().fetch(path, { headers: { ...HTML, 'accept-language': 'zh-CN,zh;q=0.9' } });
    expect(zh.text).to.include('<html lang="zh">').and.include('phone 已回答');
  });

  it('takes an answer in each form, once', async () => {
    const JSON_TYPE = { 'content-type': 'application/json' };
    const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const [index, send] of [
      (path: string) => post(path, 'answer=no', FORM),
      (path: string) => post(path, '{"answer":"no"}', JSON_TYPE),
      (path: string) => post(`${path}?answer=no`, ''),
    ].entries()) {
      const { path } = await askPhone(`text=${index}&options=yes,no`);
      const taken = await send(path);
      expect([taken.status, taken.text]).to.deep.equal([200, 'answered: no, by phone\n']);
      expect((await send(path)).status, 'the same again').to.equal(200);
      expect((await post(path, 'answer=yes', FORM)).status, 'another one').to.equal(409);
    }
  });

  it('has a field for a text', async () => {
    const { path, stateOf } = await askPhone('text=When%3F&reply=text');
    expect((await relay().fetch(path, { headers: HTML })).text).to.include('<textarea name="answer" required');
    expect((await post(path, new URLSearchParams({ answer: ' \n' }))).status).to.equal(400);
    expect((await post(path, new URLSearchParams({ answer: 'a\u001b[2Jb' }))).status).to.equal(400);
    expect((await post(path, '')).status).to.equal(400);
    await post(path, new URLSearchParams({ answer: 'at nine\r\nor ten' }));
    expect((await stateOf()).answer).to.equal('at nine\nor ten');
  });

  it('lets pages of other sites answer', async () => {
    const { path } = await askPhone('text=x&options=yes,no');
    const headers = { origin: 'https://ntfy.sh', 'access-control-request-headers': 'content-type' };
    const preflight = await relay().fetch(path, { method: 'OPTIONS', headers });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).to.deep.equal([204, '*']);
    expect(preflight.headers.get('access-control-allow-headers')).to.equal('content-type');
    const answered = await post(`${path}?answer=yes`, '', { origin: 'https://ntfy.sh' });
    expect([answered.status, answered.headers.get('access-control-allow-origin')]).to.deep.equal([200, '*']);
  });

  it('refuses what the relay did not make, and what it does not expect', async () => {
    const { path, stateOf } = await askPhone('text=x&options=yes,no');
    const changed = `${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`;
    const others = [
      changed,
      '/a/',
      '/a',
      `/a/${'A'.repeat(52)}`,
      '/a/..%2f..%2fv1',
      `${path}x`,
      `/a/${'x'.repeat(9000)}`,
    ];
    for (const wrong of others) {
      expect((await relay().fetch(wrong)).status, wrong).to.equal(404);
      expect((await post(wrong, 'answer=yes')).status, wrong).to.be.oneOf([400, 401, 404, 415]);
    }
    for (const answer of ['maybe', 'yes,no', '', '__proto__', 'x'.repeat(2000)]) {
      expect((await post(path, new URLSearchParams({ answer }))).status, answer).to.equal(400);
    }
    expect((await post(path, `answer=${'x'.repeat(20_000)}`)).status).to.equal(413);
    expect((await relay().fetch(path, { method: 'DELETE' })).status).to.equal(405);
    expect((await stateOf()).state).to.equal('open');
  });

  it('says what became of a question that is over', async () => {
    const { path, stateOf } = await askPhone('text=x&options=yes,no&ttl=5');
    await relay().clock.tick(6000);
    expect((await stateOf()).state).to.equal('expired');
    expect((await relay().fetch(path, { headers: HTML })).text).to.include('Nobody answered in time');
    const late = await post(path, 'answer=yes', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([late.status, late.text]).to.deep.equal([410, 'nobody answered in time\n']);
  });
});
