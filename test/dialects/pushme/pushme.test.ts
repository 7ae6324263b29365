import { Agent, request } from 'node:http';
import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import { TOKEN } from '../../world.ts';
import { keySuite, stored } from '../key-senders.ts';

const FORM = 'application/x-www-form-urlencoded';
const post = (body: string, type = 'application/json'): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

describe('pushme', () => {
  const { relay, keys } = keySuite();

  const json = (value: object) => JSON.stringify({ push_key: 'KEY', ...value });
  const SENDERS: readonly [what: string, path: string, init: RequestInit, expected: object][] = [
    [
      'Apprise, with everything in the address',
      '/?push_key=KEY&title=%5B~%5D+%E7%A3%81%E7%9B%98+Disk&content=91+%25+used%0Asecond+line&type=text',
      { method: 'POST' },
      {
        from: 'nas',
        text: '磁盘 Disk',
        desp: '91 % used\nsecond line',
        extra: { priority: 4, tags: ['warning'], markdown: 0 },
      },
    ],
    ['qinglong', '/', post(json({ title: 'T', content: 'C' })), { text: 'T', desp: 'C', extra: { markdown: 0 } }],
    [
      'a form',
      '/',
      post('push_key=KEY&title=[x] T&date=1', FORM),
      { text: '[x] T', desp: '', extra: { date: '1', markdown: 0 } },
    ],
    [
      'a failure',
      '/',
      post(json({ title: '[f]T', content: 'C' })),
      { text: 'T', extra: { priority: 4, tags: ['x'], markdown: 0 } },
    ],
    [
      'a success',
      '/',
      post(json({ title: '[+] T', type: 'markdown' })),
      { text: 'T', extra: { tags: ['white_check_mark'] } },
    ],
    ['HTML', '/', post(json({ title: '[i]', content: 'a<br>b', type: 'html' })), { text: 'a', desp: 'b', extra: {} }],
    ['the prefix', '/pushme/', post(json({ title: 'P' })), { text: 'P' }],
    ['a GET below the prefix', '/pushme?push_key=KEY&title=G', {}, { text: 'G' }],
  ];
  for (const [what, path, init, expected] of SENDERS) {
    it(`takes ${what}`, async () => {
      const body = init.body === undefined ? {} : { body: String(init.body).replace('KEY', keys.key) };
      const answer = await relay().fetch(path.replace('KEY', keys.key), { ...init, ...body });
      expect([answer.status, answer.text, answer.headers.get('content-type')]).to.deep.equal([
        200,
        'success',
        'text/plain; charset=utf-8',
      ]);
      expect(await stored(relay(), 'phone')).to.deep.include(expected);
    });
  }

  it('leaves packets, messages of ntfy, and the page to others', async () => {
    const packet = await relay().post({ cmd: 'TEST_HTTP', data: {}, push_key: keys.key });
    expect([packet.status, packet.text]).to.deep.equal([200, '']);
    const topic = await relay().request('/', post(JSON.stringify({ topic: 'phone', message: 'ntfy', push_key: 'x' })));
    expect([topic.status, topic.json.event]).to.deep.equal([200, 'message']);
    expect((await relay().fetch(`/?push_key=${keys.key}&title=T`)).headers.get('content-type')).to.include('text/html');
    const other = await relay().fetch('/', post('{"title":"T"}'));
    expect(other.headers.get('content-type')).to.include('json');
  });

  it('leaves a connection good for the next request after a long body without a length', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onCleanup(() => agent.destroy());
    const statusOf = (path: string, body: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request(relay().url(path), { agent, method: body === '' ? 'GET' : 'POST' }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode));
        });
        asked.on('error', reject);
        if (body !== '') asked.write(body);
        asked.end();
      });
    const statuses = [];
    for (const body of ['x'.repeat(1_000_000), '', 'push_key'.repeat(100_000), '']) {
      statuses.push(await statusOf(body === '' ? '/health' : '/', body));
    }
    expect(statuses).to.deep.equal([413, 200, 413, 200]);
  });

  const HOSTILE: readonly [what: string, path: string, init: RequestInit, status: number][] = [
    ['a wrong key', '/?push_key=nope&title=T', { method: 'POST' }, 401],
    ['an empty key', '/?push_key=&title=T', { method: 'POST' }, 401],
    ["the relay's token", `/?push_key=${TOKEN}&title=T`, { method: 'POST' }, 401],
    ['no text', '/?push_key=KEY', { method: 'POST' }, 400],
    ['nobody there', '/?push_key=LOST&title=T', { method: 'POST' }, 404],
    ['broken JSON', '/?push_key=KEY', post('{'), 400],
    ['a large body', '/?push_key=KEY', post(`title=${'x'.repeat(100_001)}`, FORM), 413],
    ['another method', '/pushme/', { method: 'DELETE' }, 405],
  ];
  for (const [what, path, init, status] of HOSTILE) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = (await stored(relay(), 'phone')).mid;
      const answer = await relay().fetch(path.replace('KEY', keys.key).replace('LOST', keys.lost), init);
      expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([status, 'text/plain; charset=utf-8']);
      expect(answer.text).to.not.be.oneOf(['', 'success']);
      expect((await stored(relay(), 'phone')).mid).to.equal(before);
    });
  }
});
