import { expect } from 'chai';
import { sharedWorld } from '../../../support/shared-world.ts';
import { configured, pusherWorld, wire } from '../helpers.ts';
import { call, EVENT, post, said } from '../signed.ts';

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
    ['10,242 bytes in few characters', { ...EVENT, data: '€'.repeat(3_414) }, 413],
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
  });

  it('accepts what is just within the limits', async () => {
    const relay = await pusherWorld();
    const channels = Array.from({ length: 100 }, (_, n) => `${n}`.padStart(200, 'c'));
    const largest = { name: 'x'.repeat(200), channels, data: 'é'.repeat(5_120) };
    expect((await post(relay, 'events', largest)).status).to.equal(200);
    expect((await post(relay, 'batch_events', { batch: Array(10).fill(EVENT) })).status).to.equal(200);
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
});

describe('the parameters of a trigger', () => {
  const relay = sharedWorld({ config: { apps: [configured()] } });

  /** What a trigger brings to those who listen on `a` and `b`. */
  async function brings(query: string, body = ''): Promise<[status: number, events: unknown[]]> {
    const one = await wire(relay());
    for (const channel of ['a', 'b']) one.subscribe(channel);
    await one.settled();
    const { status } = await call(relay(), 'events', { query, body });
    const frames = await one.settled();
    one.socket.ws.close();
    return [status, frames.map(({ event, channel, data }) => [channel, event, data])];
  }

  const cases: [what: string, query: string, body: string, events: unknown[]][] = [
    ['stand in the query, each channel for itself', 'name=e&data=x&channels[]=c&channels[]=b', '', [['b', 'e', 'x']]],
    ['may have escaped names', 'name=e&data=x&channels%5B%5D=a', '', [['a', 'e', 'x']]],
    ['keep a plus', 'name=e&data=1+1%2B1%20=3&channel=a', '', [['a', 'e', '1+1+1 =3']]],
    ['keep an escape that is none', 'name=e&data=100%25%zz&channel=a', '', [['a', 'e', '100%25%zz']]],
    ['count once: the first', 'name=e&name=f&data=x&data=y&channel=a&channel=b', '', [['a', 'e', 'x']]],
    ['lie in the body and the query', 'name=e&channels[]=b', '{"data":"x"}', [['b', 'e', 'x']]],
    [
      'count as the body has them',
      'name=f&data=y&socket_id=x&info=x',
      '{"name":"e","channel":"a","data":"x","socket_id":null,"info":null}',
      [['a', 'e', 'x']],
    ],
    ['name channels in one place: one in the body', 'channels[]=b', '{"name":"e","channel":"a"}', [['a', 'e', '']]],
    ['name channels in one place: several', 'channel=b', '{"name":"e","channels":["a"]}', [['a', 'e', '']]],
    ['may leave one of the two as null: several', '', '{"name":"e","channel":"a","channels":null}', [['a', 'e', '']]],
    ['may leave one of the two as null: one', '', '{"name":"e","channel":null,"channels":["a"]}', [['a', 'e', '']]],
    ['have no prototype', '__proto__=x&constructor=y&name=e&channel=a', '{"__proto__":{}}', [['a', 'e', '']]],
  ];
  for (const [what, query, body, events] of cases) {
    it(what, async () => expect(await brings(query, body)).to.deep.equal([200, events]));
  }

  const refused: [what: string, query: string, body: string][] = [
    ['a list of channels that is one text', 'name=e&channels=a', ''],
    ['a body that is none, whatever the query says', 'name=e&channel=a', 'name=e'],
    ['a prototype that names an event', 'channel=a', '{"__proto__":{"name":"e"}}'],
    ['a name in the prototype of the query', '__proto__[name]=e&channel=a', ''],
  ];
  for (const [what, query, body] of refused) {
    it(`are not ${what}`, async () => expect(await brings(query, body)).to.deep.equal([400, []]));
  }
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

  it('is not used up by a refused request, and not valid for a different one', async () => {
    const relay = await pusherWorld();
    const key = { 'idempotency-key': 'k1' };
    expect((await post(relay, 'events', { ...EVENT, name: '' }, key)).status).to.equal(400);
    expect((await post(relay, 'events', EVENT, key)).status).to.equal(200);
    expect((await post(relay, 'events', { ...EVENT, data: 'other' }, key)).status).to.equal(400);
    expect((await post(relay, 'events', EVENT, { 'idempotency-key': 'x'.repeat(256) })).status).to.equal(400);
    await relay.clock.tick(600_000);
    expect((await post(relay, 'events', { ...EVENT, data: 'other' }, key)).status).to.equal(200);
  });

  it('tells requests apart by their query, and not by their proof', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.subscribe('a');
    one.signin({ id: 'ann' });
    one.send({ event: 'pusher:subscribe', data: { channel: '#server-to-user-ann' } });
    await one.settled();
    const body = JSON.stringify({ batch: [EVENT] });
    const cases: [path: string, query: string, body: string, other: string][] = [
      ['events', 'name=e&channel=a&data=1', '', 'name=e&channel=a&data=2'],
      ['users/ann/events', 'name=e&data=1', '', 'name=e&data=2'],
      ['batch_events', 'x=1', body, 'x=2'],
    ];
    for (const [path, query, body, other] of cases) {
      const headers = { 'idempotency-key': 'k1' };
      const sent = [await call(relay, path, { query, body, headers })];
      await relay.clock.tick(1_000);
      sent.push(
        await call(relay, path, { query, body, headers }),
        await call(relay, path, { query: other, body, headers }),
      );
      expect(
        sent.map(({ status }) => status),
        path,
      ).to.deep.equal([200, 200, 400]);
      expect(sent[2]?.json.error).to.equal('this Idempotency-Key was used for another request');
      expect(await one.settled(), path).to.have.length(1);
    }
  });

  it('applies only to triggers', async () => {
    const relay = await pusherWorld();
    const end = (body: string) =>
      call(relay, 'users/ann/terminate_connections', { body, headers: { 'idempotency-key': 'k1' } });
    for (const body of ['{}', '{"again":true}']) expect((await end(body)).status).to.equal(200);
  });

  it('is one key for one user, however the path is written', async () => {
    const relay = await pusherWorld();
    const headers = { 'idempotency-key': 'k1' };
    const query = 'name=e&data=1';
    expect((await call(relay, 'users/a@b/events', { query, headers })).status).to.equal(200);
    expect((await call(relay, 'users/a%40b/events/', { query: 'name=e&data=2', headers })).status).to.equal(400);
    expect((await call(relay, 'users/c/events', { query: 'name=e&data=2', headers })).status).to.equal(200);
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
    const tooLarge = await post(relay, 'batch_events', { batch: Array(11).fill(EVENT) });
    expect(tooLarge.json).to.deep.equal({ error: 'Batch too large: it may hold at most 10 events' });
    const told = await post(relay, 'batch_events', {
      batch: [{ ...EVENT, channel: 'presence-a', info: 'user_count' }, EVENT],
    });
    expect(told.json).to.deep.equal({ batch: [{ user_count: 0 }, {}] });
  });

  it('keeps the last event of each cache channel for later subscribers', async () => {
    const relay = await pusherWorld();
    const item = (channel: string, data: string) => ({ name: 'e', channel, data });
    const batch = [item('cache-a', '1'), item('cache-a', '2'), item('cache-b', '3'), item('cache-b', '4')];
    expect((await post(relay, 'batch_events', { batch })).status).to.equal(200);
    const one = await wire(relay);
    for (const channel of ['cache-a', 'cache-b']) one.subscribe(channel);
    const kept = (await one.settled()).filter(({ event }) => event === 'e');
    expect(kept.map(({ channel, data }) => [channel, data])).to.deep.equal([
      ['cache-a', '2'],
      ['cache-b', '4'],
    ]);
  });

  it('keeps the order over channels, and excludes a socket only from its own items', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.subscribe('a');
    one.subscribe('b');
    await one.settled();
    const item = (name: string, channel: string, socketId?: string) => ({
      ...EVENT,
      name,
      channel,
      socket_id: socketId,
    });
    const own = one.id;
    const batch = [item('1', 'a'), item('2', 'a'), item('3', 'b'), item('4', 'a', own), item('5', 'a'), item('6', 'a')];
    expect((await post(relay, 'batch_events', { batch })).status).to.equal(200);
    const seen = (await one.settled()).map(({ event, channel }) => `${event}${channel}`);
    expect(seen).to.deep.equal(['1a', '2a', '3b', '5a', '6a']);
  });
});

describe('POST /apps/:id/users/:id/events', () => {
  it('reaches every user whose id is no longer than it may be, however short channel names are', async () => {
    const relay = await pusherWorld({ limits: { channelNameLen: 20, userIdLen: 30 } });
    const event = { name: 'e', data: '' };
    expect((await post(relay, `users/${'u'.repeat(30)}/events`, event)).status).to.equal(200);
    expect((await post(relay, `users/${'u'.repeat(31)}/events`, event)).status).to.equal(400);
  });
});

describe('POST /apps/:id/channels/:name/events', () => {
  it('takes the body as it is for the data, past one socket, and answers 202', async () => {
    const relay = await pusherWorld();
    const [one, two] = [await wire(relay), await wire(relay)];
    for (const each of [one, two]) each.subscribe('a@b');
    await one.settled();
    await two.settled();
    const query = `name=e&socket_id=${two.id}&channel=c&data=x`;
    for (const body of ['{"a": 1}', 'plain', '']) {
      expect(said(await call(relay, 'channels/a%40b/events', { query, body }))).to.deep.equal([202, {}]);
    }
    const frames = await one.settled();
    expect(frames.map(({ event, data }) => [event, data])).to.deep.equal([
      ['e', '{"a": 1}'],
      ['e', 'plain'],
      ['e', ''],
    ]);
    expect(await two.settled()).to.deep.equal([]);
  });

  it('refuses what other events are refused for', async () => {
    const relay = await pusherWorld();
    const cases: [path: string, query: string, body: string, status: number][] = [
      ['channels/a/events', '', '{"name":"e"}', 400],
      ['channels/a%20b/events', 'name=e', 'x', 400],
      ['channels/a/events', 'name=e', 'x'.repeat(10_241), 413],
      ['channels/a/events', 'name=e&socket_id=x', 'x', 400],
    ];
    for (const [path, query, body, status] of cases) {
      expect((await call(relay, path, { query, body })).status, path).to.equal(status);
    }
    const read = await call(relay, 'channels/a/events', { method: 'GET' });
    expect([read.status, read.headers.get('allow')]).to.deep.equal([405, 'POST']);
  });
});
