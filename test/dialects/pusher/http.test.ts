import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { sign } from '../../../server/channel/signature.ts';
import type { Answer, World } from '../../world.ts';
import { ID, KEY, pusherWorld, SECRET, serverOf, wire } from './hands.ts';

interface Signed {
  readonly method?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly app?: string;
}

/** A request signed by hand. */
function call(relay: World, path: string, { method = 'POST', query = '', body = '', headers, app = ID }: Signed = {}) {
  const full = `/apps/${app}/${path}`;
  const parts = [`auth_key=${KEY}`, `auth_timestamp=${Math.floor(relay.clock.now() / 1000)}`, 'auth_version=1.0'];
  if (body !== '') parts.push(`body_md5=${createHash('md5').update(body).digest('hex')}`);
  if (query !== '') parts.push(...query.split('&'));
  const sorted = parts.sort().join('&');
  const signature = sign(SECRET, `${method}\n${full}\n${sorted}`);
  return relay.fetch(`${full}?${sorted}&auth_signature=${signature}`, {
    method,
    ...(body === '' ? {} : { body }),
    headers: headers ?? {},
  });
}

const post = (relay: World, path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(relay, path, { body: typeof body === 'string' ? body : JSON.stringify(body), headers });
const get = (relay: World, path: string, query = '') => call(relay, path, { method: 'GET', query });
const said = ({ status, json }: Answer) => [status, json];

const EVENT = { name: 'e', channel: 'a', data: 'x' };

describe('POST /apps/:id/events', () => {
  it('publishes to each distinct channel once, past one socket, data as it was given', async () => {
    const relay = await pusherWorld();
    const [one, two] = [await wire(relay), await wire(relay)];
    for (const each of [one, two]) for (const channel of ['a', 'b']) each.subscribe(channel);
    await one.settled();
    await two.settled();
    const body = { name: 'e', channels: ['a', 'b', 'a'], data: '{"a": 1}', socket_id: two.id };
    expect(said(await post(relay, 'events', body))).to.deep.equal([200, {}]);
    expect(await one.text()).to.equal('{"event":"e","channel":"a","data":"{\\"a\\": 1}"}');
    expect(await one.settled()).to.deep.equal([{ event: 'e', channel: 'b', data: '{"a": 1}' }]);
    expect(await two.settled()).to.deep.equal([]);
  });

  it('takes data of every shape, or none', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.subscribe('a');
    await one.settled();
    for (const data of [undefined, '', null, 5, { a: [1] }]) {
      expect((await post(relay, 'events', { ...EVENT, data })).status).to.equal(200);
    }
    expect((await one.settled()).map(({ data }) => data)).to.deep.equal(['', '', 'null', '5', '{"a":[1]}']);
  });

  const refused: [what: string, body: unknown, status: number][] = [
    ['no JSON', '{', 400],
    ['an array', '[]', 400],
    ['broken UTF-8 in JSON text', '"\\ud800"', 400],
    ['no name', { channel: 'a', data: '' }, 400],
    ['a name that is no text', { ...EVENT, name: 1 }, 400],
    ['a reserved name', { ...EVENT, name: 'pusher:x' }, 400],
    ['a reserved name of the inside', { ...EVENT, name: 'pusher_internal:x' }, 400],
    ['a name too long', { ...EVENT, name: 'x'.repeat(201) }, 400],
    ['no channel', { name: 'e', data: '' }, 400],
    ['no channels', { name: 'e', data: '', channels: [] }, 400],
    ['channels that are no array', { name: 'e', data: '', channels: { length: 1 } }, 400],
    ['101 channels', { name: 'e', data: '', channels: Array.from({ length: 101 }, (_, n) => `c${n}`) }, 400],
    ['a wrong channel among right ones', { name: 'e', data: '', channels: ['a', 'b:c'] }, 400],
    ['a channel that is no text', { ...EVENT, channels: ['a', null] }, 400],
    ['a wrong socket id', { ...EVENT, socket_id: '1.2:x' }, 400],
    ['an unknown attribute', { ...EVENT, info: 'secrets' }, 400],
    ['10,241 bytes', { ...EVENT, data: `${'é'.repeat(5_120)}x` }, 413],
    ['a prototype', '{"__proto__":{"name":"e","channel":"a"}}', 400],
  ];
  it('refuses what is wrong and publishes nothing of it', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.subscribe('a');
    await one.settled();
    for (const [what, body, status] of refused) {
      const answer = await post(relay, 'events', body);
      expect(answer.status, what).to.equal(status);
      expect(answer.json.error, what).to.be.a('string').and.not.equal('');
    }
    expect(await one.settled()).to.deep.equal([]);
    expect((await post(relay, 'events', { ...EVENT, data: 'é'.repeat(5_120) })).status).to.equal(200);
  });

  it('tells the counts that were asked for', async () => {
    const relay = await pusherWorld({ subscriptionCount: true });
    const one = await wire(relay);
    await one.join('presence-a', '{"user_id":"1"}');
    const body = { name: 'e', data: '', channels: ['presence-a', '__proto__'], info: 'user_count,subscription_count' };
    const { text } = await post(relay, 'events', body);
    expect(text).to.equal(
      '{"channels":{"presence-a":{"user_count":1,"subscription_count":1},"__proto__":{"subscription_count":0}}}',
    );
  });

  it('takes its parameters from the query too', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.subscribe('b');
    await one.settled();
    expect((await call(relay, 'events', { query: 'name=e&data=x&channels[]=a&channels[]=b' })).status).to.equal(200);
    expect(await one.settled()).to.have.length(1);
  });
});

describe('Idempotency-Key', () => {
  it('answers a repeated trigger as the first, and publishes it once', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    await one.join('presence-a', '{"user_id":"1"}');
    const body = { name: 'e', channel: 'presence-a', data: '', info: 'user_count' };
    const key = { 'idempotency-key': 'k1' };
    const first = await post(relay, 'events', body, key);
    one.socket.ws.close();
    await one.socket.closed;
    const two = await wire(relay);
    two.subscribe('presence-a', '{"user_id":"1"}');
    await two.settled();
    expect((await post(relay, 'events', body, key)).text).to.equal(first.text);
    expect(await two.settled()).to.deep.equal([]);
    await post(relay, 'events', body, { 'idempotency-key': 'k2' });
    expect(await two.settled()).to.have.length(1);
  });

  it('is not used up by what was refused, nor good for another request', async () => {
    const relay = await pusherWorld();
    const key = { 'idempotency-key': 'k1' };
    expect((await post(relay, 'events', { ...EVENT, name: '' }, key)).status).to.equal(400);
    expect((await post(relay, 'events', EVENT, key)).status).to.equal(200);
    expect((await post(relay, 'events', { ...EVENT, data: 'other' }, key)).status).to.equal(400);
    expect((await post(relay, 'events', EVENT, { 'idempotency-key': 'x'.repeat(256) })).status).to.equal(400);
    await relay.clock.tick(600_000);
    expect((await post(relay, 'events', { ...EVENT, data: 'other' }, key)).status).to.equal(200);
  });
});

describe('POST /apps/:id/batch_events', () => {
  it('publishes in order, or nothing', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.subscribe('a');
    await one.settled();
    const batch = [EVENT, { ...EVENT, name: 'f' }];
    expect(said(await post(relay, 'batch_events', { batch }))).to.deep.equal([200, {}]);
    expect((await one.settled()).map(({ event }) => event)).to.deep.equal(['e', 'f']);
    const wrong: [unknown, number][] = [
      [[EVENT, { ...EVENT, channel: 'a b' }], 400],
      [[EVENT, null], 400],
      [[EVENT, { ...EVENT, channel: undefined, channels: ['a'] }], 400],
      [[EVENT, { ...EVENT, data: 'x'.repeat(10_241) }], 413],
      [Array(11).fill(EVENT), 400],
      [[], 400],
      ['x', 400],
    ];
    for (const [items, status] of wrong) {
      expect((await post(relay, 'batch_events', { batch: items })).status).to.equal(status);
    }
    expect(await one.settled()).to.deep.equal([]);
    const told = await post(relay, 'batch_events', {
      batch: [{ ...EVENT, channel: 'presence-a', info: 'user_count' }, EVENT],
    });
    expect(told.json).to.deep.equal({ batch: [{ user_count: 0 }, {}] });
  });
});

describe('GET /apps/:id/channels', () => {
  it('tells what is occupied, how many are there, and who', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.signin({ id: 'ann' });
    await one.frame();
    expect((await get(relay, 'channels')).text).to.equal('{"channels":{}}');
    for (const channel of ['a', '#server-to-user-ann']) one.send({ event: 'pusher:subscribe', data: { channel } });
    one.subscribe('presence-a', '{"user_id":7}');
    one.subscribe('cache-a');
    await one.settled();
    await serverOf(relay).trigger('cache-a', 'e', 'kept');
    expect((await get(relay, 'channels')).json.channels).to.have.all.keys('a', 'presence-a', 'cache-a');
    const cases: [path: string, query: string, answer: unknown][] = [
      ['channels', 'filter_by_prefix=presence-&info=user_count', { channels: { 'presence-a': { user_count: 1 } } }],
      ['channels/a', '', { occupied: true }],
      ['channels/nobody', '', { occupied: false }],
      ['channels/presence-x', 'info=user_count', { occupied: false, user_count: 0 }],
      ['channels/cache-a', 'info=cache', { occupied: true, cache: { data: 'kept', ttl: 1800 } }],
      ['channels/cache-b', 'info=cache', { occupied: false, cache: null }],
      ['channels/%23server-to-user-ann', '', { occupied: false }],
      ['channels/presence-a/users', '', { users: [{ id: '7' }] }],
      ['channels/presence-x/users', '', { users: [] }],
      ['connections', '', { connections: 1 }],
    ];
    for (const [path, query, answer] of cases) {
      expect(said(await get(relay, path, query)), `${path} ${query}`).to.deep.equal([200, answer]);
    }
    const refused: [path: string, query: string][] = [
      ['channels', 'info=user_count'],
      ['channels', 'info=secret'],
      ['channels', 'info=subscription_count'],
      ['channels/a', 'info=user_count'],
      ['channels/a', 'info=cache'],
      ['channels/a%20b', ''],
      ['channels/a/users', ''],
    ];
    for (const [path, query] of refused) expect((await get(relay, path, query)).status, path).to.equal(400);
  });
});

describe('the way into the API', () => {
  it('refuses in the order of the hosted service', async () => {
    const relay = await pusherWorld(
      { limits: { batch: 5 } },
      {
        config: {
          http: { maxBody: 2_048 },
          apps: [
            { id: ID, key: KEY, secret: SECRET },
            { id: 'off', key: 'off', secret: 's', enabled: false },
          ],
        },
      },
    );
    const status = async (answer: Promise<Answer>) => (await answer).status;
    expect(await status(call(relay, 'events', { app: 'nobody', body: '{}' }))).to.equal(404);
    expect(await status(relay.fetch('/apps/1/events', { method: 'POST', body: 'x'.repeat(3_000) }))).to.equal(413);
    expect(await status(relay.fetch('/apps/1/events', { method: 'POST', body: '{}' }))).to.equal(401);
    expect(await status(call(relay, 'events', { app: 'off', body: '{}' }))).to.equal(401);
    expect(await status(call(relay, 'nothing'))).to.equal(404);
    expect(await status(relay.fetch('/apps'))).to.equal(404);
    expect(await status(relay.fetch('/apps/1/events', { method: 'OPTIONS' }))).to.equal(204);
    const wrong = await relay.fetch('/apps/1/channels', { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).to.deep.equal([405, 'GET']);
    expect(await status(post(relay, 'users/ann/events', EVENT))).to.equal(200);
    expect(await status(post(relay, 'users/a%20b/events', EVENT))).to.equal(400);
  });

  it('refuses a disabled app once the request is proven', async () => {
    const relay = await pusherWorld({ enabled: false });
    expect((await post(relay, 'events', EVENT)).status).to.equal(403);
  });

  it('takes requests below a prefix, whichever path was signed', async () => {
    const relay = await pusherWorld(
      {},
      { config: { apps: [{ id: ID, key: KEY, secret: SECRET }], http: { basePath: '/relay' } } },
    );
    const at = Math.floor(relay.clock.now() / 1000);
    const query = `auth_key=${KEY}&auth_timestamp=${at}&auth_version=1.0`;
    for (const path of ['/apps/1/channels', '/relay/apps/1/channels']) {
      const signature = sign(SECRET, `GET\n${path}\n${query}`);
      const answer = await relay.fetch(`/relay/apps/1/channels?${query}&auth_signature=${signature}`);
      expect(answer.status).to.equal(200);
    }
  });
});
