import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { TOKEN } from '../../world.ts';
import { basic, makeKey, send } from './helpers.ts';

const UNKNOWN = 'you need to provide a valid access token or user credentials to access this api';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function multipart(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

describe('gotify: POST /message', () => {
  const relay = sharedWorld();
  let kuma: { key: string; number: number };
  let family: { key: string; number: number };

  before(async () => {
    kuma = await makeKey(relay(), 'kuma', { device: 'phone' });
    family = await makeKey(relay(), 'cron', { group: 'family', priority: 4 });
    (await relay().device('tablet', { group: 'family', acknowledge: true })).ws.close();
  });

  const stored = async (name = 'phone') => (await relay().request(`/v1/devices/${name}/messages`)).json.messages.at(-1);

  it('answers with the message, keys in the order of the original, and stores it for the device', async () => {
    const extras = { 'client::display': { contentType: 'text/markdown' }, 'my::own': { n: 2 ** 53, z: 1, a: [] } };
    const { status, headers, text, json } = await send(relay(), kuma.key, {
      message: 'hi',
      title: 'T',
      priority: 7,
      extras,
    });
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('application/json');
    expect(text).to.match(
      /^\{"id":\d+,"appid":\d+,"message":"hi","title":"T","priority":7,"extras":\{.*\},"date":"[\d-]+T[\d:.]+Z"\}$/,
    );
    expect(json).to.deep.include({ appid: kuma.number, extras });
    const { from, message } = await stored();
    expect(from).to.deep.equal({ method: 'http', name: 'kuma' });
    expect(message).to.deep.include({ text: 'T', desp: 'hi' });
    expect(message.extra).to.deep.equal({ markdown: '1', priority: 3, gotify: { priority: 7, extras } });
  });

  const FORMS: readonly [what: string, path: string, init: RequestInit, expected: object][] = [
    [
      'a form',
      '/message',
      { body: 'message=m&title=t&priority=8&extras=x', headers: FORM },
      { title: 't', priority: 8 },
    ],
    [
      'multipart',
      '/message',
      {
        body: multipart({ message: 'm', title: 't' }),
      },
      { title: 't', priority: 5 },
    ],
    ['the query', '/message?message=m&title=t&priority=3', {}, { message: 'm', title: 't', priority: 3 }],
    [
      'a form and the query',
      '/message?message=no&title=t',
      { body: 'message=m', headers: FORM },
      { message: 'm', title: 't' },
    ],
    ['a slash too many', '//message?message=m', {}, { title: 'kuma' }],
    ['a slash at the end', '/message/?message=m', {}, { title: 'kuma' }],
    ['the prefix', '/gotify/message?message=m', {}, { title: 'kuma' }],
    ['an empty priority', '/message?message=m&priority=', {}, { priority: 5 }],
    ['a negative priority', '/message?message=m&priority=-2', {}, { priority: -2 }],
    ['another type', '/message?message=m', { body: 'x', headers: { 'content-type': 'text/plain' } }, { message: 'm' }],
  ];
  for (const [what, path, init, expected] of FORMS) {
    it(`takes ${what}`, async () => {
      const headers = new Headers(init.headers);
      headers.set('x-gotify-key', kuma.key);
      const { status, json } = await relay().fetch(path, { method: 'POST', ...init, headers });
      expect(status).to.equal(200);
      expect(json).to.include({ message: 'm', ...expected });
    });
  }

  const PRIORITIES: readonly [given: number | null | undefined, stored: number | undefined, back: number][] = [
    [0, 1, 0],
    [-5, 1, -5],
    [3, 2, 3],
    [7, 3, 7],
    [9, 4, 9],
    [10, 5, 10],
    [99, 5, 99],
    [null, undefined, 5],
    [undefined, undefined, 5],
  ];
  for (const [priority, kept, back] of PRIORITIES) {
    it(`reads the priority ${priority} as ${kept}, and gives ${back} back`, async () => {
      const { json } = await send(relay(), kuma.key, { message: 'm', priority });
      expect(json.priority).to.equal(back);
      expect((await stored()).message.extra.priority).to.equal(kept);
    });
  }

  it('fills in what the key says: its priority, and its name for a blank title', async () => {
    const { json } = await send(relay(), family.key, { message: ' ', title: '  ' });
    expect(json).to.include({ message: ' ', title: 'cron', priority: 8, appid: family.number });
    expect((await stored('tablet')).message).to.deep.include({ text: 'cron', desp: ' ' });
  });

  it('keeps links, and markdown only where it was asked for', async () => {
    const extras = {
      'client::notification': { click: { url: 'https://example.com/' }, bigImageUrl: 'https://example.com/a.png' },
      'android::action': { onReceive: { intentUrl: 'https://example.com/open' } },
    };
    expect((await send(relay(), kuma.key, { message: '*m*', extras })).json.extras).to.deep.equal(extras);
    expect((await stored()).message.extra).to.deep.equal({
      markdown: '0',
      click: 'https://example.com/',
      image: 'https://example.com/a.png',
      gotify: { extras },
    });
  });

  it('leaves out extras of which the Android app dies', async () => {
    const extras = {
      'client::notification': 'x',
      'client::display': { click: 1 },
      'android::action': { onReceive: 'y' },
      'other::x': 1,
    };
    expect((await send(relay(), kuma.key, { message: 'm', extras })).json.extras).to.deep.equal({ 'other::x': 1 });
  });

  it('takes the key wherever programs show it', async () => {
    const shown: readonly [string, Record<string, string>][] = [
      [`?token=${kuma.key}&message=m`, {}],
      ['?message=m', { authorization: `Bearer ${kuma.key}` }],
      ['?message=m', { authorization: `bearer ${kuma.key}`, 'x-gotify-key': kuma.key }],
      ['?message=m', basic('any', kuma.key)],
    ];
    for (const [query, headers] of shown) {
      expect((await relay().fetch(`/message${query}`, { method: 'POST', headers })).status, query).to.equal(200);
    }
  });

  it('gives ids that rise by one', async () => {
    const first = (await send(relay(), kuma.key, { message: 'a' })).json.id;
    const burst = await Promise.all(Array.from({ length: 20 }, () => send(relay(), kuma.key, { message: 'b' })));
    const ids = burst.map(({ json }) => json.id).sort((a, b) => a - b);
    expect(ids).to.deep.equal(Array.from({ length: 20 }, (_, index) => first + 1 + index));
  });

  it('answers with statuses when it is asked to wait', async () => {
    const { json } = await send(relay(), kuma.key, { message: 'm' }, '?wait=0');
    expect(json.status).to.deep.equal({ phone: 'ready' });
  });

  it('sends for a user or a client in the name of an application', async () => {
    const answer = await relay().fetch(`/message?message=m&appid=${kuma.number}`, {
      method: 'POST',
      headers: basic('x'),
    });
    expect(answer.json).to.include({ appid: kuma.number, title: 'kuma' });
    const client = await makeKey(relay(), 'reader', { device: 'watch', send: ['phone'], receive: ['watch'] });
    expect((await send(relay(), client.key, { message: 'm', appid: kuma.number })).json.appid).to.equal(kuma.number);
    expect((await stored()).from.name).to.equal('kuma');
    expect((await send(relay(), client.key, { message: 'm', appid: family.number })).json.errorDescription).to.equal(
      'appid not found',
    );
  });

  it('says when nobody would get it', async () => {
    const empty = await makeKey(relay(), 'empty', { group: 'nobody-here' });
    const { status, json } = await send(relay(), empty.key, { message: 'm' });
    expect([status, json.error, json.errorDescription]).to.deep.equal([
      404,
      'Not Found',
      'nobody is in the group nobody-here',
    ]);
  });

  const REFUSED: readonly [what: string, body: string, text: string | RegExp][] = [
    ['no message', '{}', "Field 'message' is required"],
    ['an empty message', '{"message":""}', "Field 'message' is required"],
    ['null as the message', '{"message":null}', "Field 'message' is required"],
    ['null', 'null', "Field 'message' is required"],
    ['nothing', '', 'EOF'],
    ['no JSON', 'message=m', /^unexpected EOF/],
    ['brackets that close nothing', ']]]', /^unexpected EOF/],
    ['a text without an end', '{"message":"m', /^unexpected EOF/],
    ['half of it', '{"message":"m"', /^unexpected EOF/],
    ['an array', '[1]', 'json: cannot unmarshal array into Go value of type model.CreateMessage'],
    ['a number', '{"message":5}', /^json: cannot unmarshal number into Go struct field CreateMessage.message/],
    ['a text as priority', '{"message":"m","priority":"5"}', /CreateMessage.priority of type int$/],
    ['a fraction', '{"message":"m","priority":5.5}', /CreateMessage.priority of type int$/],
    ['too many digits', '{"message":"m","priority":12345678901234567890}', /CreateMessage.priority of type int$/],
    ['extras that are text', '{"message":"m","extras":"x"}', /CreateMessage.extras of type map/],
    ['extras that are a list', '{"message":"m","extras":[1]}', /CreateMessage.extras of type map/],
    [
      'extras without an end',
      `{"message":"m","extras":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`,
      /nested too deeply/,
    ],
    ['bytes', Buffer.from('{"message":"\xff"}', 'latin1').toString('latin1'), /./],
  ];
  for (const [what, body, text] of REFUSED) {
    it(`refuses ${what}, and stores nothing`, async () => {
      const before = (await stored()).mid;
      const bytes = what === 'bytes' ? Buffer.from(body, 'latin1') : body;
      const headers = { 'content-type': 'application/json', 'x-gotify-key': kuma.key };
      const { status, json } = await relay().fetch('/message', { method: 'POST', headers, body: bytes });
      expect([status, json.error, json.errorCode]).to.deep.equal([400, 'Bad Request', 400]);
      expect(Object.keys(json)).to.deep.equal(['error', 'errorCode', 'errorDescription']);
      if (typeof text === 'string') expect(json.errorDescription).to.equal(text);
      else expect(json.errorDescription).to.match(text);
      expect((await stored()).mid).to.equal(before);
    });
  }

  it('refuses a form with a priority that is a word', async () => {
    const { status, json } = await relay().fetch(`/message?token=${kuma.key}&message=m&priority=high`, {
      method: 'POST',
    });
    expect([status, json.errorDescription]).to.deep.equal([400, 'strconv.ParseInt: parsing "high": invalid syntax']);
  });

  it('reads the first value of a body alone', async () => {
    for (const rest of ['garbage', '{"message":"no"}', ' ]]', '"']) {
      const { status, json } = await send(relay(), kuma.key, `{"message":"m \\" }","extras":{"a::b":[{}]}}${rest}`);
      expect([status, json.message, json.extras], rest).to.deep.equal([200, 'm " }', { 'a::b': [{}] }]);
    }
  });

  it('ignores fields that it does not know, and the query beside JSON', async () => {
    const body = { id: 0, appid: 0, message: 'm', title: '', priority: 0, date: '0001-01-01T00:00:00Z', x: 1 };
    const { json } = await send(relay(), kuma.key, body, '?title=no');
    expect(json).to.include({ title: 'kuma', appid: kuma.number, priority: 0 });
  });

  const STRANGERS: readonly [what: string, query: string, headers: Record<string, string>][] = [
    ['no credential', '', {}],
    ['a wrong key', '', { 'x-gotify-key': 'AwrongAwrongAAA' }],
    ['the token of the relay as a key', '', { 'x-gotify-key': TOKEN }],
    ['the token of the relay in the query', `&token=${TOKEN}`, {}],
    ['a wrong password', '', basic('family', 'wrong')],
  ];
  for (const [what, query, headers] of STRANGERS) {
    it(`answers 401 to ${what}`, async () => {
      const { status, text } = await relay().fetch(`/message?message=m${query}`, { method: 'POST', headers });
      expect(status).to.equal(401);
      expect(text).to.equal(`{"error":"Unauthorized","errorCode":401,"errorDescription":"${UNKNOWN}"}`);
    });
  }

  it('asks a user for an application', async () => {
    const { status, json } = await relay().fetch('/message?message=m', { method: 'POST', headers: basic('family') });
    expect([status, json.errorDescription]).to.deep.equal([
      400,
      'appid is required when not authenticating with an application token',
    ]);
  });

  it('refuses a page of another site with an empty 403', async () => {
    const headers = { 'x-gotify-key': kuma.key, origin: 'https://evil.example' };
    const { status, text } = await relay().fetch('/message?message=m', { method: 'POST', headers });
    expect([status, text]).to.deep.equal([403, '']);
    const own = { 'x-gotify-key': kuma.key, origin: relay().url('') };
    expect((await relay().fetch('/message?message=m', { method: 'POST', headers: own })).status).to.equal(200);
  });

  it('says that a body is too large', async () => {
    const { status, json } = await send(relay(), kuma.key, { message: 'x'.repeat(11 * 2 ** 20) });
    expect([status, json.errorCode]).to.deep.equal([413, 413]);
  });

  it('knows no other method of the path', async () => {
    const { status, json } = await relay().fetch('/message', { method: 'PATCH' });
    expect([status, json.errorDescription]).to.deep.equal([404, 'page not found']);
  });
});
