import { expect } from 'chai';
import { TOKEN } from '../../world.ts';
import { keySuite, rawGet, stored } from '../key-senders.ts';

const post = (body: string, type = 'application/json'): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

describe('pushplus', () => {
  const { relay, keys } = keySuite();

  const SENDERS: readonly [what: string, path: string, body: object | undefined, expected: object][] = [
    [
      'HTML, which is the default',
      '/send',
      { token: 'KEY', title: 'Disk', content: '<b>91 %</b> used<br>second', topic: 'ops', channel: 'wechat' },
      { from: 'nas', text: 'Disk', desp: '**91 %** used\nsecond', extra: { tags: ['ops'], channel: 'wechat' } },
    ],
    [
      'text',
      '/send/',
      { token: 'KEY', content: 'A\nB *c*', template: 'txt' },
      { text: 'A', desp: 'B *c*', extra: { markdown: 0 } },
    ],
    [
      'Markdown',
      '/send',
      { token: 'KEY', title: 'T', content: '**b**', template: 'markdown' },
      { desp: '**b**', extra: {} },
    ],
    ['JSON', '/send', { token: 'KEY', content: { a: [1] }, template: 'json' }, { desp: '```json\n{"a":[1]}\n```' }],
    ['a GET', '/send?token=KEY&title=T&content=C', undefined, { text: 'T', desp: 'C' }],
    ['the prefix', '/pushplus/send?token=KEY&content=P', undefined, { text: 'P' }],
  ];
  for (const [what, path, body, expected] of SENDERS) {
    it(`takes ${what}`, async () => {
      const init = body === undefined ? {} : post(JSON.stringify(body).replace('KEY', keys.key));
      const answer = await relay().fetch(path.replace('KEY', keys.key), init);
      const last = await stored(relay(), 'phone');
      expect([answer.status, answer.json]).to.deep.equal([
        200,
        { code: 200, msg: '请求成功', data: last.mid, count: null },
      ]);
      expect(last).to.deep.include(expected);
    });
  }

  it('sends nothing by HEAD or a prefetch, and asks in a browser', async () => {
    const before = (await stored(relay(), 'phone')).mid;
    const path = `/send?token=${keys.key}&content=x`;
    expect((await relay().fetch(path, { method: 'HEAD' })).status).to.equal(200);
    expect((await rawGet(relay(), path, { headers: { purpose: 'prefetch' } })).status).to.equal(403);
    const page = await rawGet(relay(), path, { headers: { 'sec-fetch-mode': 'navigate' } });
    expect(page.text).to.include('<button>');
    expect((await stored(relay(), 'phone')).mid).to.equal(before);
  });

  const HOSTILE: readonly [what: string, path: string, init: RequestInit, status: number, code: number][] = [
    ['no key', '/send?content=x', {}, 401, 401],
    ['a wrong key', '/send?token=nope&content=x', {}, 401, 401],
    ["the relay's token", `/send?token=${TOKEN}&content=x`, {}, 401, 401],
    ['no content', '/send?token=KEY&title=x', {}, 400, 999],
    ['nobody there', '/send?token=LOST&content=x', {}, 404, 600],
    ['broken JSON', '/send?token=KEY', post('{'), 400, 999],
    ['a large body', '/send?token=KEY', post(`content=${'x'.repeat(100_001)}`, 'text/plain'), 413, 999],
    ['another method', '/send', { method: 'DELETE' }, 405, 999],
  ];
  for (const [what, path, init, status, code] of HOSTILE) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = (await stored(relay(), 'phone')).mid;
      const answer = await relay().fetch(path.replace('KEY', keys.key).replace('LOST', keys.lost), init);
      expect([answer.status, answer.json.code, answer.json.data]).to.deep.equal([status, code, null]);
      expect(answer.json.msg).to.be.a('string').and.not.be.empty;
      expect((await stored(relay(), 'phone')).mid).to.equal(before);
    });
  }
});
