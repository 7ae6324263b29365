import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { makeKey, stored } from '../key-senders.ts';

const UNKNOWN = (key: string) => `failed to get device token: failed to get [${key}] device token from database`;
const MADE = 'A00000000000000';
const post = (body: BodyInit, type = 'application/json'): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});
const json = (value: unknown) => post(JSON.stringify(value));

type Case = readonly [what: string, path: string, init: RequestInit, code: number, message: string | RegExp];

const CASES: readonly Case[] = [
  ['no key', '/push', json({ title: 'T' }), 400, 'device key is empty'],
  ['an empty key', '/push', json({ device_key: '' }), 400, 'device key is empty'],
  ['null', '/push', post('null'), 400, 'device key is empty'],
  ['an unknown key', '/push', json({ device_key: 'nope' }), 400, UNKNOWN('nope')],
  ['an unknown key in a path', `/${MADE}/T/B`, {}, 400, UNKNOWN(MADE)],
  ['any name below the prefix', '/bark/nope/T', {}, 400, UNKNOWN('nope')],
  ['a GET of push', '/push', {}, 400, UNKNOWN('push')],
  ['broken JSON', '/push', post('{'), 400, /^request bind failed: unexpected end of JSON input/],
  ['no JSON', '/push', post(''), 400, /^request bind failed: /],
  ['an array', '/push', post('[]'), 400, /^request bind failed: json: cannot unmarshal/],
  ['nested JSON', '/push', post(`{"a":${'['.repeat(9000)}${']'.repeat(9000)}}`), 400, /^request bind failed: /],
  ['bytes', '/push', post(new Uint8Array([0xff, 0xfe])), 400, /^request bind failed: /],
  ['a wrong multipart', '/KEY', post('x', 'multipart/form-data'), 400, /multipart/],
  ['a large body', '/KEY', post('x'.repeat(100_001), 'text/plain'), 413, /larger than/],
  ['a broken escape', '/KEY/a%zz', {}, 400, 'url path parse failed: invalid URL escape "%zz"'],
  ['half an escape', '/KEY/a%', {}, 400, 'url path parse failed: invalid URL escape "%"'],
  ['a path that is not UTF-8', '/KEY/%ff', {}, 400, /UTF-8/],
  ['a wait that is none', '/KEY/a?wait=soon', {}, 400, /wait must be/],
  ['an empty batch', '/push', json({ device_keys: [] }), 400, 'device key is empty'],
  ['a batch of numbers', '/push', json({ device_keys: [1] }), 400, 'invalid type for device_keys'],
  ['a batch of an object', '/push', json({ device_keys: {} }), 400, 'invalid type for device_keys'],
  [
    'a batch that is too long',
    '/push',
    json({ device_keys: Array.from({ length: 101 }, () => 'k') }),
    400,
    'batch push count exceeds the maximum limit: 100',
  ],
  [
    'a batch as a form',
    '/push',
    post('device_keys=a,b', 'application/x-www-form-urlencoded'),
    400,
    'device key is empty',
  ],
  ['no token of a device', '/register', {}, 400, 'device token is empty'],
  ['a long token of a device', `/register?devicetoken=${'x'.repeat(161)}`, {}, 400, 'device token is invalid'],
  ['a registration without a type', '/register', { method: 'POST' }, 400, 'request bind failed2: Unprocessable Entity'],
  ['a wrong key to check', '/register/nope', {}, 400, 'failed to get [nope] device token from database'],
  ['a key that only receives', '/RECEIVER/T', {}, 400, 'failed to get device token: this key may not send'],
  ['a group with nobody in it', '/GROUP/T', {}, 400, 'failed to get device token: nobody is in the group family'],
];

describe('bark: what is wrong', () => {
  const relay = sharedWorld({ config: { http: { maxBody: 100_000, maxAuthFailures: 1000 } } });
  const keys: Record<string, string> = {};
  before(async () => {
    keys['KEY'] = await makeKey(relay(), { name: 'nas', device: 'phone' });
    keys['RECEIVER'] = await makeKey(relay(), { name: 'reader', send: [], receive: ['phone'] });
    keys['GROUP'] = await makeKey(relay(), { name: 'to all', group: 'family' });
  });

  for (const [what, path, init, code, message] of CASES) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = (await relay().request('/v1/devices/phone/messages')).text;
      const real = path.replace(/KEY|RECEIVER|GROUP/, (name) => keys[name] ?? '');
      const { status, json: reply } = await relay().fetch(real, init);
      expect([status, reply.code]).to.deep.equal([code, code]);
      expect(Object.keys(reply)).to.deep.equal(['code', 'message', 'timestamp']);
      if (typeof message === 'string') expect(reply.message).to.equal(message);
      else expect(reply.message).to.match(message);
      expect((await relay().request('/v1/devices/phone/messages')).text).to.equal(before);
    });
  }

  it('refuses paths with other parts, and other methods', async () => {
    for (const path of ['/a/b/c/d', '//b']) {
      const { status, text } = await relay().fetch(`/${keys['KEY']}${path}`);
      expect([status, text]).to.deep.equal([404, `Cannot GET /${keys['KEY']}${path}`]);
    }
    const put = await relay().fetch(`/${keys['KEY']}/x`, { method: 'PUT', body: 'x' });
    expect([put.status, put.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, POST']);
  });

  it("does not take the relay's token for a key, nor the names of devices", async () => {
    expect((await relay().fetch('/bark/test-token/T')).status).to.equal(400);
    expect((await relay().request(`/${MADE}/T`)).status).to.equal(400);
    await relay().device('Averylongname15');
    const { status } = await relay().request('/Averylongname15', { method: 'POST', body: 'for a topic' });
    expect(status).to.equal(200);
    expect((await stored(relay(), 'Averylongname15')).from).to.equal('');
  });

  it('a rate of a key is told in the same form', async () => {
    const key = await makeKey(relay(), { name: 'slow', device: 'phone', rate: { perMinute: 1, burst: 1 } });
    expect((await relay().fetch(`/${key}/1`)).status).to.equal(200);
    const second = await relay().fetch(`/${key}/2`);
    expect([second.status, second.json.code]).to.deep.equal([429, 429]);
    expect(second.headers.get('retry-after')).to.match(/^\d+$/);
  });
});

describe('bark: guessing', () => {
  const relay = sharedWorld({ config: { http: { maxAuthFailures: 2 } } });

  it('ends with 429, and never for a right key', async () => {
    const key = await makeKey(relay(), { name: 'nas', device: 'phone' });
    const statuses: number[] = [];
    for (const wrong of ['A00000000000001', 'A00000000000002', 'A00000000000003']) {
      const { status, json: reply } = await relay().fetch(`/${wrong}/T`);
      statuses.push(status);
      expect(reply.code).to.equal(status);
    }
    expect(statuses).to.deep.equal([400, 400, 429]);
    expect((await relay().fetch(`/${key}/T`)).status).to.equal(200);
  });
});

describe('bark: switched off', () => {
  const relay = sharedWorld({ config: { bark: { enabled: false } } });

  it('answers nothing', async () => {
    const key = await makeKey(relay(), { name: 'nas', device: 'phone' });
    for (const path of [`/${key}/T/B`, `/bark/${key}`, '/ping', '/info']) {
      expect((await relay().fetch(path)).json?.code, path).to.equal(undefined);
    }
  });
});
