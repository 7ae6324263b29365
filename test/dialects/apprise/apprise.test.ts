import { expect } from 'chai';
import { TOKEN } from '../../world.ts';
import { keySuite, stored } from '../key-senders.ts';

const FORM = 'application/x-www-form-urlencoded';
const post = (body: string, type = FORM, headers = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type, accept: 'application/json', ...headers },
  body,
});
const json = (value: unknown, headers = {}) => post(JSON.stringify(value), 'application/json', headers);
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

describe('apprise', () => {
  const { relay, keys } = keySuite();

  const FILE = { filename: 'a.png', base64: 'eA==', mimetype: 'image/png' };
  const SENDERS: readonly [what: string, path: string, init: () => RequestInit, expected: object][] = [
    [
      'Apprise 2, which names the key in a header',
      '/notify',
      () =>
        post('title=%E7%A3%81%E7%9B%98+Disk&body=91+%25+used%0Asecond+line&type=warning&tag=a&tag=b', FORM, {
          'x-apprise-config-id': keys.key,
          'x-apprise-id': '3d0c5a7e',
          'x-apprise-recursion-count': '1',
        }),
      {
        from: 'nas',
        text: '磁盘 Disk',
        desp: '91 % used\nsecond line',
        extra: { priority: 4, tags: ['a', 'b', 'warning'], markdown: 0 },
      },
    ],
    [
      'Apprise 1 with a file',
      '/notify/KEY',
      () => json({ title: 't', body: 'b', type: 'failure', format: 'text', attachments: [FILE] }),
      { text: 't', desp: 'b\n\n📎 a.png, 1 bytes', extra: { priority: 4, tags: ['x'], markdown: 0 } },
    ],
    [
      'Radarr',
      '/notify/KEY/',
      () =>
        json({
          title: 'Movie Grabbed',
          body: 'Dune (2021)',
          type: 'info',
          tag: 'video',
          attachment: 'https://example.com/poster.jpg',
        }),
      {
        text: 'Movie Grabbed',
        desp: 'Dune (2021)',
        extra: { tags: ['video'], image: 'https://example.com/poster.jpg', markdown: 0 },
      },
    ],
    [
      'no title, HTML, and a success',
      '/apprise/notify/KEY',
      () => json({ body: 'Done<br><b>in</b> 4 min', format: 'html', type: 'success', tags: ['a b', 'c'] }),
      { text: 'Done', desp: '**in** 4 min', extra: { tags: ['a', 'b', 'c', 'white_check_mark'] } },
    ],
    [
      'Markdown',
      '/notify/KEY',
      () => json({ title: 'T', body: '**b**', format: 'markdown' }),
      { desp: '**b**', extra: {} },
    ],
    ['the key in the query', '/notify?key=KEY', () => json({ body: 'in the query' }), { text: 'in the query' }],
    [
      'the key as a password',
      '/notify',
      () => json({ body: 'password' }, basic(`me:${keys.key}`)),
      { text: 'password' },
    ],
    ['the key as a user', '/apprise/notify', () => json({ body: 'user' }, basic(`${keys.key}:`)), { text: 'user' }],
    [
      'the key as Bearer',
      '/notify',
      () => json({ body: 'bearer' }, { authorization: `Bearer ${keys.key}` }),
      { text: 'bearer' },
    ],
    [
      'several addresses',
      '/notify/KEY',
      () => json({ body: 'B', attach: ['https://e.com/a.png', 'http://e.com/b.log', 7], urls: 'x://', one: 1 }),
      { text: 'B', desp: '📎 a.png\n📎 b.log\n📎 file', extra: { one: 1, markdown: 0 } },
    ],
    ['a picture alone', '/notify/KEY', () => json({ attach: 'https://e.com/a.png' }), { text: 'nas', desp: '' }],
  ];
  for (const [what, path, init, expected] of SENDERS) {
    it(`takes ${what}`, async () => {
      const answer = await relay().fetch(path.replace('KEY', keys.key), init());
      expect([answer.status, answer.text]).to.deep.equal([200, '{"error":null,"details":[]}']);
      expect(await stored(relay(), 'phone')).to.deep.include(expected);
    });
  }

  it('takes files in a form, and answers in text who does not ask for JSON', async () => {
    const form = new FormData();
    form.set('body', 'B');
    form.set('file01', new File([new Uint8Array(2000)], 'disk.png'));
    const answer = await relay().fetch(`/notify/${keys.key}`, { method: 'POST', body: form });
    expect([answer.status, answer.text, answer.headers.get('content-type')]).to.deep.equal([
      200,
      'OK',
      'text/plain; charset=utf-8',
    ]);
    expect(await stored(relay(), 'phone')).to.deep.include({ text: 'B', desp: '📎 disk.png, 2 KB' });
    const any = await relay().fetch(`/notify/${keys.key}`, json({ body: 'B' }, { accept: '*/*' }));
    expect(any.json).to.deep.equal({ error: null, details: [] });
  });

  it('says that it is there', async () => {
    expect((await relay().fetch('/apprise/status')).text).to.equal('OK');
    const { json: status } = await relay().fetch('/apprise/status', { headers: { accept: 'application/json' } });
    expect(status).to.deep.equal({ config_lock: true, attach_lock: true, status: { details: ['OK'] } });
  });

  const HOSTILE: readonly [what: string, path: string, init: RequestInit, status: number][] = [
    ['no key', '/notify', json({ urls: 'json://localhost', body: 'B' }), 400],
    ['a wrong key', '/notify/nope', json({ body: 'B' }), 401],
    ["the relay's token", `/notify/${TOKEN}`, json({ body: 'B' }), 401],
    ["the relay's token in a header", '/notify', json({ body: 'B' }, { authorization: `Bearer ${TOKEN}` }), 401],
    ['no body', '/notify/KEY', json({ type: 'info' }), 400],
    ['nobody there', '/notify/LOST', json({ body: 'B' }), 424],
    ['a circle of relays', '/notify/KEY', json({ body: 'B' }, { 'x-apprise-recursion-count': '2' }), 405],
    ['broken JSON', '/notify/KEY', post('{', 'application/json'), 400],
    ['a large body', '/notify/KEY', post(`body=${'x'.repeat(100_001)}`), 413],
    ['a GET', '/notify/KEY', {}, 405],
  ];
  for (const [what, path, init, status] of HOSTILE) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = (await stored(relay(), 'phone')).mid;
      const answer = await relay().fetch(path.replace('KEY', keys.key).replace('LOST', keys.lost), init);
      expect([answer.status, Object.keys(answer.json)]).to.deep.equal([status, ['error']]);
      expect(answer.json.error).to.be.a('string').and.not.be.empty;
      expect((await stored(relay(), 'phone')).mid).to.equal(before);
    });
  }
});
