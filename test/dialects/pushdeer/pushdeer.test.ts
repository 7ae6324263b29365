import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { keySuite, makeKey, rawGet, stored } from '../key-senders.ts';

const FORM = 'application/x-www-form-urlencoded';
const post = (body: string, type = FORM): RequestInit => ({ method: 'POST', headers: { 'content-type': type }, body });
const json = (value: unknown) => post(JSON.stringify(value), 'application/json');
const PUSH = '/message/push';

describe('pushdeer', () => {
  const { relay, keys } = keySuite();

  const SENDERS: readonly [what: string, path: string, init: RequestInit, expected: object][] = [
    [
      'apprise with a title',
      `${PUSH}?pushkey=KEY`,
      post('text=%E7%A3%81%E7%9B%98+Disk&type=text&desp=91+%25+used%0Asecond+line'),
      { from: 'nas', text: '磁盘 Disk', desp: '91 % used\nsecond line', extra: { markdown: 0 } },
    ],
    [
      'apprise without a title',
      `${PUSH}?pushkey=KEY`,
      post('text=91+%25+used%0Asecond+line&type=text&desp='),
      { text: '91 % used', desp: 'second line' },
    ],
    [
      'pypushdeer',
      `${PUSH}?pushkey=KEY&text=%23+hi&type=markdown&desp=%2A%2Ab%2A%2A`,
      {},
      { text: 'hi', desp: '**b**' },
    ],
    [
      'Uptime Kuma',
      PUSH,
      json({ pushkey: 'KEY', text: '## Uptime Kuma: nas down', desp: '[nas] [🔴 Down]', type: 'markdown' }),
      { text: 'Uptime Kuma: nas down', desp: '[nas] [🔴 Down]', extra: {} },
    ],
    ['qinglong', PUSH, post('pushkey=KEY&text=T&desp=D&type=markdown'), { text: 'T', desp: 'D' }],
    ['the prefix', `/pushdeer${PUSH}?pushkey=KEY&text=P`, {}, { text: 'P', desp: '' }],
    ['a key twice', `${PUSH}?pushkey=KEYKEY&text=twice`, {}, { text: 'twice' }],
    ['priority and others', `${PUSH}?pushkey=KEY&text=T&priority=5&x=1`, {}, { extra: { priority: '5', x: '1' } }],
    [
      'a picture',
      `${PUSH}?pushkey=KEY&type=image&text=https%3A%2F%2Fe.com%2Fa%2Fdisk.png`,
      {},
      { text: 'disk.png', extra: { image: 'https://e.com/a/disk.png', click: 'https://e.com/a/disk.png' } },
    ],
  ];
  for (const [what, path, init, expected] of SENDERS) {
    it(`takes ${what}`, async () => {
      const body = init.body === undefined ? {} : { body: String(init.body).replace('KEY', keys.key) };
      const answer = await relay().fetch(path.replaceAll('KEY', keys.key), { ...init, ...body });
      expect([answer.status, answer.text]).to.deep.equal([
        200,
        '{"code":0,"content":{"result":["{\\"counts\\":1,\\"logs\\":[],\\"success\\":\\"ok\\"}"]}}',
      ]);
      expect(JSON.parse(answer.json.content.result[0]).success).to.equal('ok');
      expect(await stored(relay(), 'phone')).to.deep.include(expected);
    });
  }

  it('sends once for each right key, and names files', async () => {
    const other = await makeKey(relay(), { name: 'second', device: 'phone' });
    const form = new FormData();
    form.set('pushkey', `nope,${keys.key},${other}`);
    form.set('text', 'T');
    form.set('file', new File([new Uint8Array([0xff, 0xfe, 0])], 'disk.png'));
    const { status, json: reply } = await relay().fetch(PUSH, { method: 'POST', body: form });
    expect([status, reply.content.result.length]).to.deep.equal([200, 2]);
    expect(await stored(relay(), 'phone')).to.deep.include({ from: 'second', text: 'T', desp: '📎 disk.png, 3 bytes' });
  });

  it('sends nothing by HEAD or a prefetch, and asks in a browser', async () => {
    const before = (await stored(relay(), 'phone')).mid;
    const path = `${PUSH}?pushkey=${keys.key}&text=x`;
    expect((await relay().fetch(path, { method: 'HEAD' })).status).to.equal(200);
    expect((await rawGet(relay(), path, { headers: { purpose: 'prefetch' } })).status).to.equal(403);
    const page = await rawGet(relay(), path, { headers: { 'sec-fetch-mode': 'navigate' } });
    expect(page.text).to.include('<button>');
    expect((await stored(relay(), 'phone')).mid).to.equal(before);
  });

  const HOSTILE: readonly [what: string, path: string, init: RequestInit, status: number, code: number][] = [
    ['no key', `${PUSH}?text=T`, {}, 401, 80403],
    ['a wrong key', `${PUSH}?pushkey=nope&text=T`, {}, 401, 80403],
    [
      "the relay's token",
      `${PUSH}?pushkey=test-token&text=T`,
      { headers: { authorization: 'test-token' } },
      401,
      80403,
    ],
    ['wrong keys alone', `${PUSH}?pushkey=nope,,nope2&text=T`, {}, 401, 80403],
    ['no text', `${PUSH}?pushkey=KEY`, {}, 400, 80501],
    ['a picture without an address', `${PUSH}?pushkey=KEY&type=image&text=javascript:1`, {}, 400, 80501],
    ['nobody there', `${PUSH}?pushkey=LOST&text=T`, {}, 404, 80501],
    ['broken JSON', `${PUSH}?pushkey=KEY`, post('{', 'application/json'), 400, 80501],
    ['an array', `${PUSH}?pushkey=KEY`, post('[]', 'application/json'), 400, 80501],
    ['nested JSON', PUSH, post(`{"a":${'['.repeat(9000)}${']'.repeat(9000)}}`, 'application/json'), 400, 80501],
    ['a wrong multipart', `${PUSH}?pushkey=KEY`, post('x', 'multipart/form-data'), 400, 80501],
    ['bytes', `${PUSH}?pushkey=KEY`, post('text=%ff'), 400, 80501],
    ['a large body', PUSH, post(`text=${'x'.repeat(100_001)}`), 413, 80501],
    ['another method', PUSH, { method: 'PUT', body: '' }, 405, 80501],
    ['another call', '/message/list', {}, 404, 80501],
    ['a call below the prefix', '/pushdeer/login/fake', {}, 404, 80501],
  ];
  for (const [what, path, init, status, code] of HOSTILE) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = (await stored(relay(), 'phone')).mid;
      const answer = await relay().fetch(path.replace('KEY', keys.key).replace('LOST', keys.lost), init);
      expect([answer.status, answer.json.code]).to.deep.equal([status, code]);
      expect(answer.json.error).to.be.a('string').and.not.be.empty;
      if (status === 405) expect(answer.headers.get('allow')).to.equal('GET, POST, HEAD');
      expect((await stored(relay(), 'phone')).mid).to.equal(before);
    });
  }
});

describe('pushdeer: switched off', () => {
  const relay = sharedWorld({ config: { pushdeer: { enabled: false } } });

  it('answers nothing', async () => {
    const key = await makeKey(relay(), { name: 'nas', device: 'phone' });
    for (const path of [PUSH, `/pushdeer${PUSH}`]) {
      const { json: reply } = await relay().fetch(`${path}?pushkey=${key}&text=T`);
      expect(reply?.content, path).to.equal(undefined);
    }
  });
});
