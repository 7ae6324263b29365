import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { makeKey, rawGet, stored } from '../key-senders.ts';

const FORM = 'application/x-www-form-urlencoded';
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const MESSAGES = '/1/messages.json';
const post = (body: BodyInit = '', type = FORM): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

describe('pushover', () => {
  const relay = sharedWorld({ config: { http: { maxBody: 100_000, maxAuthFailures: 1000 } } });
  let key = '';
  const more: Record<string, string> = {};
  before(async () => {
    key = await makeKey(relay(), { name: 'nas', device: 'phone', send: ['phone', 'tablet'] });
    more['LOST'] = await makeKey(relay(), { name: 'to all', group: 'family' });
    more['READER'] = await makeKey(relay(), { name: 'reader', send: [], receive: ['phone'] });
    await relay().device('tablet');
  });
  const named = (text: string) => text.replace(/LOST|READER/, (name) => more[name] ?? '').replaceAll('KEY', key);

  const SENDERS: readonly [what: string, path: string, body: string, expected: object][] = [
    [
      'apprise',
      MESSAGES,
      'token=KEYKEY&priority=1&title=%E7%A3%81%E7%9B%98+Disk&message=91+%25+used%0Asecond+line&sound=siren&url=https%3A%2F%2Fexample.com&user=uExample&device=phone',
      {
        from: 'nas',
        text: '磁盘 Disk',
        desp: '91 % used\nsecond line',
        extra: { markdown: 0, priority: 4, sound: 'siren', click: 'https://example.com' },
      },
    ],
    [
      'pushover_complete',
      MESSAGES,
      'user=u&message=%3Cb%3Emsg%3C%2Fb%3E+%26amp%3B&title=T&url=https%3A%2F%2Fe.x&url_title=ut&timestamp=1&html=True&token=KEY',
      {
        text: 'T',
        desp: '**msg** &',
        extra: {
          timestamp: '1',
          click: 'https://e.x',
          actions: [{ action: 'open', label: 'ut', url: 'https://e.x' }],
        },
      },
    ],
    [
      'python-pushover2, without a body',
      `${MESSAGES}?message=hello&user=uExa&title=T&token=KEY`,
      '',
      { text: 'T', desp: 'hello' },
    ],
    ['html that is off', MESSAGES, 'token=KEY&user=u&message=%3Cb%3E&html=False', { text: '<b>' }],
    ['code', MESSAGES, 'token=KEY&user=u&message=a%0Ab&monospace=1&title=T', { desp: '```\na\nb\n```' }],
    [
      'code without a title',
      MESSAGES,
      'token=KEY&user=u&message=a%0Ab&monospace=1',
      { text: 'nas', desp: '```\na\nb\n```' },
    ],
    ['the prefix', `/pushover${MESSAGES}`, 'token=KEY&user=u&message=P', { text: 'P', desp: '' }],
    ['a low priority', MESSAGES, 'token=KEY&user=u&message=m&priority=-2', { extra: { markdown: 0, priority: 1 } }],
    ['a word for a priority', MESSAGES, 'token=KEY&user=u&message=m&priority=high', { extra: { markdown: 0 } }],
  ];
  for (const [what, path, body, expected] of SENDERS) {
    it(`takes ${what}`, async () => {
      const answer = await relay().fetch(named(path), post(named(body)));
      expect(answer.status).to.equal(200);
      expect(answer.json.status).to.equal(1);
      expect(answer.json.request).to.match(UUID);
      expect(answer.headers.get('x-limit-app-limit')).to.equal('10000');
      expect(Number(answer.headers.get('x-limit-app-reset'))).to.be.above(relay().clock.now() / 1000);
      expect(await stored(relay(), 'phone')).to.deep.include(expected);
    });
  }

  it('takes the token as the user name of Basic, and JSON', async () => {
    const headers = {
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
      'content-type': 'application/json',
    };
    const body = JSON.stringify({ user: 'u', message: 'by JSON', priority: 0 });
    expect((await relay().fetch(MESSAGES, { method: 'POST', headers, body })).json.status).to.equal(1);
    expect((await stored(relay(), 'phone')).text).to.equal('by JSON');
  });

  it('takes multipart whose last field has no line end, and multipart with a file', async () => {
    const part = (name: string, value: string) =>
      `--9kq2\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
    const parts = [part('token', key), part('user', 'u'), part('message', 'npm'), part('priority', '1')].join('\r\n');
    const answer = await relay().fetch(MESSAGES, post(`${parts}--9kq2--\r\n`, 'multipart/form-data; boundary=9kq2'));
    expect(answer.json.status).to.equal(1);
    expect(await stored(relay(), 'phone')).to.deep.include({ text: 'npm', extra: { markdown: 0, priority: 4 } });
    const form = new FormData();
    for (const [name, value] of [
      ['token', key],
      ['user', 'u'],
      ['message', 'see'],
    ] as const)
      form.set(name, value);
    form.set('attachment', new File([new Uint8Array(18_000)], 'disk.png'));
    expect((await relay().fetch(MESSAGES, { method: 'POST', body: form })).json.status).to.equal(1);
    expect(await stored(relay(), 'phone')).to.deep.include({ text: 'see', desp: '📎 disk.png, 18 KB' });
  });

  it('sends to the devices that are named and allowed, and else to that of the key', async () => {
    for (const [fields, to] of [
      ['user=u&device=tablet', 'tablet'],
      ['user=tablet', 'tablet'],
      ['user=u&device=ALL_DEVICES', 'phone'],
      ['user=u&device=elsewhere', 'phone'],
    ] as const) {
      await relay().fetch(MESSAGES, post(`token=${key}&message=${encodeURIComponent(fields)}&${fields}`));
      expect((await stored(relay(), to)).text, fields).to.equal(fields);
    }
  });

  it('sends to each of several devices once, however often the request is repeated', async () => {
    const init = post(`token=${key}&user=u&device=phone,tablet&message=both`);
    const repeated = { ...init, headers: { ...init.headers, 'idempotency-key': 'both' } };
    const mids = async () => Promise.all(['phone', 'tablet'].map(async (name) => (await stored(relay(), name)).mid));
    expect((await relay().fetch(MESSAGES, repeated)).json.status).to.equal(1);
    const first = await mids();
    expect((await stored(relay(), 'tablet')).text).to.equal('both');
    expect((await relay().fetch(MESSAGES, repeated)).json.status).to.equal(1);
    expect(await mids()).to.deep.equal(first);
  });

  it('repeats an emergency until somebody acknowledges it, and tells its receipt', async () => {
    const send = `token=${key}&user=me&message=fire&title=Fire&priority=2&retry=60&expire=600&tags=check1,b`;
    const { receipt } = (await relay().fetch(MESSAGES, post(send))).json;
    expect(receipt).to.match(/^[A-Za-z0-9]{30}$/);
    const path = `/1/receipts/${receipt}.json`;
    const open = (await relay().fetch(`${path}?token=${key}`)).json;
    expect(open).to.deep.include({ status: 1, acknowledged: 0, acknowledged_by: '', expired: 0, called_back: 0 });
    expect(open.expires_at - Math.floor(relay().clock.now() / 1000)).to.be.within(598, 600);
    const { mid, extra } = await stored(relay(), 'phone');
    expect(extra).to.deep.include({ priority: 5, tags: ['check1', 'b'] });
    await relay().request(`/v1/messages/${mid}/acknowledge`, { method: 'POST', body: '{}' });
    const done = JSON.parse((await rawGet(relay(), path, { body: `token=${key}` })).text);
    expect(done).to.deep.include({ acknowledged: 1, acknowledged_by: 'me', expired: 0 });
    expect(done.acknowledged_at).to.be.above(0);
    const other = await makeKey(relay(), { name: 'another', device: 'phone' });
    const foreign = await relay().fetch(`${path}?token=${other}`);
    expect([foreign.status, foreign.json.receipt]).to.deep.equal([404, 'not found']);
    expect(foreign.json.errors).to.deep.equal(['receipt not found; may be invalid or expired']);
  });

  it('cancels emergencies by their receipt and by a tag', async () => {
    const send = (tag: string) =>
      relay().fetch(MESSAGES, post(`token=${key}&user=u&message=m&priority=2&retry=1&expire=99999&tags=${tag}`));
    const { receipt } = (await send('one')).json;
    expect((await relay().fetch(`/1/receipts/${receipt}/cancel.json`, post(`token=${key}`))).json.status).to.equal(1);
    expect((await relay().fetch(`/1/receipts/${receipt}/cancel.json`, post(`token=${key}`))).json.status).to.equal(1);
    expect((await relay().fetch(`/1/receipts/${receipt}.json?token=${key}`)).json.expired).to.equal(1);
    await send('two');
    const byTag = async () => (await relay().fetch('/1/receipts/cancel_by_tag/two.json', post(`token=${key}`))).json;
    expect(await byTag()).to.deep.include({ canceled: 1, status: 1 });
    expect(await byTag()).to.deep.include({ canceled: 0, status: 1 });
  });

  it('answers what programs ask', async () => {
    const valid = (await relay().fetch('/1/users/validate.json', post(`token=${key}&user=u`))).json;
    expect(valid).to.deep.include({ status: 1, group: 0, devices: ['phone', 'tablet'], licenses: ['Android'] });
    expect((await relay().fetch(`/1/sounds.json?token=${key}`)).json.sounds).to.have.property('none');
    expect((await relay().fetch(`/1/apps/limits.json?token=${key}`)).json).to.deep.include({
      limit: 10_000,
      status: 1,
    });
  });

  const HOSTILE: readonly [what: string, path: string, init: RequestInit, status: number, facts: object][] = [
    [
      'no token',
      MESSAGES,
      post('user=u&message=m'),
      400,
      { token: 'invalid', errors: ['application token is invalid'] },
    ],
    ['a wrong token', MESSAGES, post('token=nope&user=u&message=m'), 400, { token: 'invalid' }],
    ["the relay's token", MESSAGES, post('token=test-token&user=u&message=m'), 400, { token: 'invalid' }],
    ['a key that only receives', MESSAGES, post('token=READER&user=u&message=m'), 400, { token: 'is not allowed' }],
    ['no user', MESSAGES, post('token=KEY&message=m'), 400, { user: 'invalid' }],
    ['nobody there', MESSAGES, post('token=LOST&user=u&message=m'), 400, { user: 'invalid' }],
    [
      'no message',
      MESSAGES,
      post('token=KEY&user=u'),
      400,
      { message: 'cannot be blank', errors: ['message cannot be blank'] },
    ],
    ['a priority', MESSAGES, post('token=KEY&user=u&message=m&priority=3'), 400, { priority: 'is invalid' }],
    [
      'no retry',
      MESSAGES,
      post('token=KEY&user=u&message=m&priority=2'),
      400,
      { retry: 'must be supplied with priority=2' },
    ],
    [
      'no expire',
      MESSAGES,
      post('token=KEY&user=u&message=m&priority=2&retry=30'),
      400,
      { errors: ['expire must be supplied with priority=2'] },
    ],
    [
      'a callback',
      MESSAGES,
      post('token=KEY&user=u&message=m&priority=2&retry=30&expire=60&callback=ftp://x'),
      400,
      { callback: 'is invalid' },
    ],
    ['broken JSON', `${MESSAGES}?token=KEY&user=u`, post('{', 'application/json'), 400, {}],
    ['nested JSON', MESSAGES, post(`{"a":${'['.repeat(9000)}${']'.repeat(9000)}}`, 'application/json'), 400, {}],
    ['bytes', MESSAGES, post('message=%ff'), 400, {}],
    ['a wrong multipart', MESSAGES, post('x', 'multipart/form-data; boundary=x'), 400, {}],
    ['a large body', MESSAGES, post('x'.repeat(100_001)), 413, {}],
    ['a GET of messages', MESSAGES, {}, 405, {}],
    ['no receipt', '/1/receipts/nope.json?token=KEY', {}, 404, { receipt: 'not found' }],
    ['no receipt to cancel', '/1/receipts/nope/cancel.json', post('token=KEY'), 404, { receipt: 'not found' }],
    ['a receipt without a token', '/1/receipts/nope.json', {}, 400, { token: 'invalid' }],
    ['another call', '/1/glances.json', post(), 404, { errors: ['not supported'] }],
  ];
  for (const [what, path, init, status, facts] of HOSTILE) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = (await stored(relay(), 'phone')).mid;
      const body = init.body === undefined ? {} : { body: named(String(init.body)) };
      const answer = await relay().fetch(named(path), { ...init, ...body });
      expect([answer.status, answer.json.status]).to.deep.equal([status, 0]);
      expect(answer.json).to.deep.include(facts);
      expect(answer.json.errors[0]).to.be.a('string').and.not.be.empty;
      expect(answer.json.request).to.match(UUID);
      expect((await stored(relay(), 'phone')).mid).to.equal(before);
    });
  }
});

describe('pushover: switched off', () => {
  const relay = sharedWorld({ config: { pushover: { enabled: false } } });

  it('answers nothing', async () => {
    const key = await makeKey(relay(), { name: 'nas', device: 'phone' });
    const { json } = await relay().fetch(MESSAGES, post(`token=${key}&user=u&message=m`));
    expect(json?.status).to.equal(undefined);
  });
});
