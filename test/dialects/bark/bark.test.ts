import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { makeKey, rawGet, stored } from '../key-senders.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

describe('bark: what its senders send', () => {
  const relay = sharedWorld();
  let key = '';
  before(async () => {
    key = await makeKey(relay(), { name: 'nas', device: 'phone', tags: ['home'] });
  });
  const json = (body: unknown): RequestInit => ({ method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
  const last = () => stored(relay(), 'phone');

  it('answers as the original does, once the message is stored', async () => {
    const { status, text, headers } = await relay().fetch(`/${key}/hello`);
    expect([status, headers.get('content-type')]).to.deep.equal([200, 'application/json']);
    expect(text).to.match(/^\{"code":200,"message":"success","timestamp":\d{10}\}$/);
    expect(await last()).to.deep.include({ from: 'nas', text: 'nas', desp: 'hello' });
  });

  const PATHS: readonly [path: string, expected: object][] = [
    ['/%E4%BD%A0%E5%A5%BD/a%2Fb?group=g&url=https%3A%2F%2Fe.com', { text: '你好', desp: 'a/b' }],
    ['/T/sub/B', { text: 'T', desp: 'sub\n\nB' }],
    ['/a+b/c%2Bd%25', { text: 'a b', desp: 'c+d%' }],
    ['/a/../b', { text: 'a', desp: '..\n\nb' }],
    ['/T/B/', { text: 'T', desp: 'B' }],
    ['', { text: 'nas', desp: 'Empty Message' }],
    ['/B?TITLE=T&Title=U', { text: 'U', desp: 'B' }],
    ['/from+path?body=from+query', { text: 'nas', desp: 'from path' }],
  ];
  for (const [path, expected] of PATHS) {
    for (const prefix of ['', '/bark']) {
      it(`reads ${prefix}/KEY${path}`, async () => {
        expect((await rawGet(relay(), `${prefix}/${key}${path}`, {})).status).to.equal(200);
        expect(await last()).to.deep.include(expected);
      });
    }
  }

  it('passes on what it does not know, with names in lower case', async () => {
    const query = 'group=g&url=https%3A%2F%2Fe.com&isArchive=0&autoCopy=1&sound=minuet&copy=123&level=TIMESENSITIVE';
    await relay().fetch(`/${key}/T/B?${query}&icon=https://e.com/i.png&image=https://e.com/p.png&id=9`);
    const { extra } = await last();
    expect(extra).to.deep.include({ group: 'g', click: 'https://e.com', isarchive: '0', autocopy: '1', markdown: '0' });
    expect(extra).to.deep.include({ sound: 'minuet', copy: '123', level: 'TIMESENSITIVE', priority: 4, key: '9' });
    expect(extra).to.deep.include({ tags: ['home', 'g'], icon: 'https://e.com/i.png', image: 'https://e.com/p.png' });
    expect(extra.actions).to.deep.equal([{ action: 'copy', label: 'Copy', text: '123' }]);
  });

  const BODIES: readonly [what: string, path: string, init: RequestInit, expected: object][] = [
    [
      'apprise',
      '/push',
      json({ device_key: 'KEY', title: 'T', markdown: '**B**', icon: 'https://i', call: 1, badge: 3 }),
      { text: 'T', desp: '**B**', extra: { icon: 'https://i', call: '1', badge: '3', priority: 4, tags: ['home'] } },
    ],
    ['shoutrrr', '/push', json({ body: 'B', device_key: 'KEY', title: '', badge: 0 }), { text: 'nas', desp: 'B' }],
    [
      'Uptime Kuma',
      '/KEY',
      json({
        title: 'UptimeKuma Message',
        body: 'nas is down',
        icon: 'https://i',
        sound: 'telegraph',
        group: 'UptimeKuma',
      }),
      { text: 'UptimeKuma Message', desp: 'nas is down' },
    ],
    [
      'qinglong',
      '/KEY',
      json({ title: 'T', body: 'B', icon: '', sound: '', group: '', isArchive: '', level: '', url: '' }),
      { text: 'T', desp: 'B', extra: { markdown: '0', tags: ['home'] } },
    ],
    ['a form', '/push', { method: 'POST', headers: FORM_TYPE, body: 'device_key=KEY&title=t&body=b' }, { text: 't' }],
    [
      'text',
      '/KEY/T',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'b' },
      { text: 'nas', desp: 'T' },
    ],
    ['text alone', '/KEY', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'b' }, { desp: 'b' }],
    ['JSON over its query', '/KEY?title=Q', json({ title: 'J', body: 'b' }), { text: 'Q' }],
    ['a form over its query', '/KEY?title=Q', { method: 'POST', headers: FORM_TYPE, body: 'title=F' }, { text: 'F' }],
    ['numbers', '/KEY', json({ title: 1_000_000, body: true, group: 5 }), { text: '1000000', desp: 'true' }],
    ['an object in JSON', '/KEY', json({ aps: { title: 'T', body: 'B' } }), { text: 'T', desp: 'B' }],
    [
      'what is encrypted',
      '/push',
      json({ device_key: 'KEY', ciphertext: 'd3Qh+/==', iv: '1111111111111111' }),
      { text: 'nas', desp: 'Encrypted message' },
    ],
  ];
  for (const [what, path, init, expected] of BODIES) {
    it(`takes ${what}`, async () => {
      const body = String(init.body).replace('KEY', key);
      const answer = await relay().fetch(path.replace('KEY', key), { ...init, body });
      expect([answer.status, answer.json.code]).to.deep.equal([200, 200]);
      expect(await last()).to.deep.include(expected);
    });
  }

  it('reads the form of a GET', async () => {
    const { status } = await rawGet(relay(), `/${key}`, { body: 'title=t&body=b' });
    expect(status).to.equal(200);
    expect(await last()).to.deep.include({ text: 't', desp: 'b' });
  });

  it('sends to several keys, and says which were wrong', async () => {
    const other = await makeKey(relay(), { name: 'second', device: 'phone' });
    for (const keys of [[key, 'nope', other], `${key},nope,${other}`]) {
      const { status, json: reply } = await relay().fetch('/push', json({ title: 'T', device_keys: keys }));
      expect(status).to.equal(200);
      expect(
        reply.data.map(({ code, device_key: shown }: { code: number; device_key: string }) => [code, shown]),
      ).to.deep.equal([
        [200, key],
        [400, 'nope'],
        [200, other],
      ]);
      expect(reply.data[1].message).to.equal(
        'failed to get device token: failed to get [nope] device token from database',
      );
    }
  });

  it('takes a message away by its id', async () => {
    await relay().fetch(`/${key}/T/B?id=gone`);
    await relay().fetch(`/${key}/T/other`);
    expect((await relay().fetch(`/${key}?id=gone&delete=1`)).json.code).to.equal(200);
    const { json: listed } = await relay().request('/v1/devices/phone/messages');
    const keys = listed.messages.map(({ message }: { message: { extra: { key?: string } } }) => message.extra.key);
    expect(keys).not.to.include('gone');
    expect(await last()).to.deep.include({ desp: 'other' });
  });

  it('waits, and says what became of the message', async () => {
    const device = await relay().device('phone', { acknowledge: true });
    const { json: reply } = await relay().fetch(`/${key}/T/B?wait=5000`);
    expect(reply.data.status).to.deep.equal({ phone: 'ok' });
    expect(reply.data.mid).to.match(/^\d+$/);
    device.ws.close();
  });

  it('limits how long a message is delivered', async () => {
    await relay().fetch(`/${key}/T/B?ttl=60`);
    const { extra } = await last();
    expect(extra).to.include({ ttl: '60', expires: Math.floor(relay().clock.now() / 1000) + 60 });
  });

  it('sends nothing by HEAD, by a prefetch, or when a browser opens the address', async () => {
    await relay().fetch(`/${key}/marker`);
    const head = await relay().fetch(`/${key}/x`, { method: 'HEAD' });
    expect([head.status, head.text]).to.deep.equal([200, '']);
    const prefetch = await relay().fetch(`/${key}/x`, { headers: { 'sec-purpose': 'prefetch' } });
    expect([prefetch.status, prefetch.json.code]).to.deep.equal([403, 403]);
    const page = await rawGet(relay(), `/${key}/x`, { headers: { accept: 'text/html' } });
    expect(page.text).to.include('<form method="post"').and.not.include(key);
    expect((await last()).desp).to.equal('marker');
    expect((await relay().fetch(`/${key}/x`, { method: 'POST', headers: FORM_TYPE, body: '' })).json.code).to.equal(
      200,
    );
    expect((await last()).desp).to.equal('x');
  });

  it('answers what monitors and the app ask', async () => {
    expect((await relay().fetch('/ping')).json).to.include({ code: 200, message: 'pong' });
    expect((await relay().fetch('/healthz')).text).to.equal('ok');
    expect(Object.keys((await relay().fetch('/info')).json)).to.deep.equal([
      'arch',
      'commit',
      'devices',
      'version',
      'build',
    ]);
    expect((await relay().fetch(`/register/${key}`)).json).to.include({ code: 200, message: 'success' });
    expect((await relay().fetch('/register?devicetoken=T')).status).to.equal(501);
  });
});
