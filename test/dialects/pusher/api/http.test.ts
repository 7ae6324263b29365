import { expect } from 'chai';
import { hmacHex } from '../../../../server/base/hmac.ts';
import { ENDPOINTS } from '../../../../server/dialects/pusher/api/endpoints.ts';
import type { Answer } from '../../../world.ts';
import { open, raw, readAll } from '../../mpush/requests.ts';
import { configured, ID, KEY, pusherWorld, SECRET, serverOf, wire } from '../helpers.ts';
import { call, EVENT, get, post, said, target } from '../signed.ts';

describe('GET /apps/:id/channels', () => {
  it('lists occupied channels, their counts and their users', async () => {
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
      ['channels/presence-a/stats', 'info=user_count', { occupied: true, user_count: 1 }],
      ['channels/nobody/stats', '', { occupied: false }],
      ['channels/presence-a', 'info=%20user_count%20,', { occupied: true, user_count: 1 }],
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
      ['channels', 'info=user_count&filter_by_prefix=private-'],
      ['channels/a', 'info=user_count'],
      ['channels/a', 'info=subscription_count'],
      ['channels/a', 'info=cache'],
      ['channels/a/stats', 'info=cache'],
      ['channels/a%20b', ''],
      ['channels/a/users', ''],
    ];
    for (const [path, query] of refused) expect((await get(relay, path, query)).status, path).to.equal(400);
  });
});

describe('GET /apps/:id/channels/:name', () => {
  it('tells nothing of the channel of a user, not even how many listen', async () => {
    const relay = await pusherWorld({ subscriptionCount: true });
    const one = await wire(relay);
    one.signin({ id: 'ann' });
    one.subscribe('#server-to-user-ann');
    await one.settled();
    const channel = '#server-to-user-ann';
    const answer = await get(relay, `channels/${encodeURIComponent(channel)}`, 'info=subscription_count');
    expect(said(answer)).to.deep.equal([200, { occupied: false }]);
    const event = { name: 'e', data: '', channel, info: 'subscription_count' };
    const triggered = await post(relay, 'events', event);
    expect(said(triggered), 'a trigger').to.deep.equal([200, { channels: { [channel]: {} } }]);
    expect((await post(relay, 'batch_events', { batch: [event] })).json, 'a batch').to.deep.equal({ batch: [{}] });
    expect((await one.settled()).map(({ event: name }) => name)).to.deep.equal(['e', 'e']);
  });
});

describe('GET /apps/:id/connections', () => {
  it("counts the app's own", async () => {
    const other = { id: '2', key: 'other', secret: 's' };
    const relay = await pusherWorld({}, { config: { apps: [configured(), other] } });
    await wire(relay);
    const own = { method: 'GET', app: '2', key: 'other', secret: 's' };
    expect((await call(relay, 'connections', own)).json).to.deep.equal({ connections: 0 });
    expect((await get(relay, 'connections')).json).to.deep.equal({ connections: 1 });
  });
});

describe('GET /apps/:id/channels/:name/users', () => {
  it('adds the info of the members for with_user_info=1', async () => {
    const relay = await pusherWorld();
    const [one, two] = [await wire(relay), await wire(relay)];
    await one.join('presence-a', '{"user_id":1,"user_info":{"name":"Ann"}}');
    await two.join('presence-a', '{"user_id":"2"}');
    const path = 'channels/presence-a/users';
    expect((await get(relay, path, 'with_user_info=1')).json).to.deep.equal({
      users: [{ id: '1', user_info: { name: 'Ann' } }, { id: '2' }],
    });
    for (const query of ['with_user_info=0', '']) {
      expect((await get(relay, path, query)).json).to.deep.equal({ users: [{ id: '1' }, { id: '2' }] });
    }
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

  it('refuses a wrong signature before the body is read', async () => {
    const relay = await pusherWorld();
    const socket = await open(relay);
    const answer = readAll(socket);
    const head = 'Host: x\r\nContent-Type: application/json\r\nContent-Length: 9000\r\nConnection: close';
    socket.write(`POST /apps/${ID}/events?auth_key=${KEY} HTTP/1.1\r\n${head}\r\n\r\n{`);
    expect(await answer).to.match(/^HTTP\/1\.1 401 /);
  });

  it('knows every path that the dialect claims', async () => {
    const relay = await pusherWorld();
    const claims = ENDPOINTS.map(({ method, path }) => `${method} /apps/:id/${path.replace('*', ':name')}`);
    expect(claims).to.include('GET /apps/:id/channels/:name/users');
    for (const claim of claims) {
      const [method = '', path = ''] = claim.replace(':id', ID).replace(':name', 'presence-a').split(' ');
      // An event takes more than its path.
      const answer = await call(relay, path.replace(`/apps/${ID}/`, ''), { method });
      expect(answer.status, claim).to.be.oneOf(method === 'GET' ? [200] : [200, 400]);
    }
  });

  it('answers in front of koa what it answers through it, as to a url in absolute form', async () => {
    const relay = await pusherWorld();
    const cases: [method: string, path: string, secret: string, status: number][] = [
      ['GET', 'channels', SECRET, 200],
      ['GET', 'channels', 'wrong', 401],
      ['GET', 'nothing', SECRET, 404],
      ['PUT', 'events', SECRET, 405],
    ];
    for (const [method, path, secret, status] of cases) {
      const url = target(relay, path, { method, secret });
      const [direct, through] = await Promise.all(
        [url, `http://relay${url}`].map(async (path) => {
          const { headers, ...rest } = await raw(relay, { method, path });
          return { ...rest, headers: { ...headers, date: '' } };
        }),
      );
      expect(direct?.status, path).to.equal(status);
      expect(through, path).to.deep.equal(direct);
    }
    const { status, headers } = await raw(relay, { method: 'OPTIONS', path: '/apps/1/events' });
    expect(status).to.equal(204);
    expect(headers).to.not.have.any.keys('content-type', 'content-length');
  });

  it('answers HEAD as GET without the text, and knows an app by its id in escapes', async () => {
    const relay = await pusherWorld();
    const head = await call(relay, 'channels', { method: 'HEAD' });
    expect([head.status, head.text, head.headers.get('content-length')]).to.deep.equal([200, '', '15']);
    expect((await call(relay, 'channels', { method: 'GET', app: '%31' })).text).to.equal('{"channels":{}}');
  });

  it('refuses a disabled app once the request is proven', async () => {
    const relay = await pusherWorld({ enabled: false });
    expect((await post(relay, 'events', EVENT)).status).to.equal(403);
  });

  it('says what is wrong with a time', async () => {
    const relay = await pusherWorld({ limits: { authSkewSec: 60 } });
    const now = Math.floor(relay.clock.now() / 1000);
    const iso = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
    const expired = (at: number) =>
      `Timestamp expired: Given timestamp (${iso(at)}) not within 60s of server time (${iso(now)})`;
    const cases: [at: number | string, status: number, error: string | undefined][] = [
      [now - 60, 200, undefined],
      [now - 61, 401, expired(now - 61)],
      [now + 60, 200, undefined],
      [now + 61, 401, expired(now + 61)],
      [
        999_999_999_999,
        401,
        `Timestamp expired: Given timestamp (+033658-09-27T01:46:39Z) not within 60s of server time (${iso(now)})`,
      ],
      [`-${now}`, 401, 'Invalid auth_timestamp: expected seconds since 1970'],
      [`${now}.5`, 401, 'Invalid auth_timestamp: expected seconds since 1970'],
      ['9'.repeat(13), 401, 'Invalid auth_timestamp: expected seconds since 1970'],
    ];
    for (const [at, status, error] of cases) {
      const answer = await call(relay, 'channels', { method: 'GET', at });
      expect([answer.status, answer.json.error], `${at}`).to.deep.equal([status, error]);
    }
  });

  it('takes requests below a prefix, whichever path was signed', async () => {
    const relay = await pusherWorld(
      {},
      { config: { apps: [{ id: ID, key: KEY, secret: SECRET }], http: { basePath: '/relay' } } },
    );
    const at = Math.floor(relay.clock.now() / 1000);
    const query = `auth_key=${KEY}&auth_timestamp=${at}&auth_version=1.0`;
    for (const path of ['/apps/1/channels', '/relay/apps/1/channels']) {
      const signature = hmacHex(SECRET, `GET\n${path}\n${query}`);
      const answer = await relay.fetch(`/relay/apps/1/channels?${query}&auth_signature=${signature}`);
      expect(answer.status).to.equal(200);
    }
  });
});
