import { expect } from 'chai';
import { phpJson } from '../../../server/dialects/pusher/session/authorize.ts';
import { pusherWorld, rawWire, wire } from './helpers.ts';
import { call, type Signed, said } from './signed.ts';

const KEY = 'workbunny';
const SECRET = 'U2FsdGVkX1+vlfFH8Q9XdZ9t9h2bABGYAZltEYAX6UM=';
const MEMBER = { user_info: "{'name':'John','sex':'man'}", user_id: '100' };

const webman = (app: Record<string, unknown> = {}) =>
  pusherWorld({}, { config: { apps: [{ id: '1', key: KEY, secret: SECRET, webman: true, ...app }] } });

describe('an app that speaks webman', () => {
  it('lets its browser client in without a query, and confirms what it leaves', async () => {
    const relay = await webman();
    const one = await rawWire(relay, `/app/${KEY}`);
    expect((await one.frame()).event).to.equal('pusher:connection_established');
    one.send({ event: 'pusher:subscribe', data: { channel: 'a' } });
    await one.frame();
    one.send({ event: 'pusher:unsubscribe', data: { channel: 'a', channel_data: '{}' } });
    expect(await one.text()).to.equal('{"event":"pusher_internal:unsubscription_succeeded","channel":"a","data":{}}');
  });

  it('takes channel_data as an object, signed as PHP writes it', async () => {
    const relay = await webman({ sampleAuth: true });
    const one = await wire(relay, KEY);
    const body = new URLSearchParams({
      channel_name: 'presence-test',
      socket_id: one.id,
      channel_data: JSON.stringify(MEMBER),
    });
    const { json } = await relay.fetch('/subscribe/presence/auth', { method: 'POST', body });
    expect(json.channel_data).to.deep.equal(MEMBER);
    one.send({ event: 'pusher:subscribe', data: { ...json, channel: 'presence-test' } });
    const { event, data } = await one.frame();
    expect(event).to.equal('pusher_internal:subscription_succeeded');
    expect(JSON.parse(data).presence.hash).to.deep.equal({ '100': MEMBER.user_info });
  });

  it('still takes it as text', async () => {
    const relay = await webman();
    const one = await wire(relay, KEY);
    one.subscribe('presence-a', '{"user_id":"1"}', KEY, SECRET);
    expect((await one.frame()).event).to.equal('pusher_internal:subscription_succeeded');
  });

  it('is the only one to which an object is good', async () => {
    const relay = await webman({ webman: false });
    const one = await wire(relay, KEY);
    one.send({ event: 'pusher:subscribe', data: { channel: 'presence-a', auth: 'x:y', channel_data: MEMBER } });
    expect((await one.frame()).data.message).to.match(/expected a JSON string/);
  });
});

describe('the HTTP API of an app that speaks webman', () => {
  const CHANNELS = ['news', 'cache-a', 'private-a', 'private-encrypted-a', 'presence-a'];

  async function occupied(flag: boolean): Promise<(path: string, query?: string) => Promise<unknown>> {
    const relay = await webman({ webman: flag, subscriptionCount: true });
    const one = await wire(relay, KEY);
    for (const channel of CHANNELS) {
      one.subscribe(channel, channel === 'presence-a' ? '{"user_id":"100"}' : undefined, KEY, SECRET);
    }
    await one.settled();
    return async (path, query = '') => {
      const answer = await call(relay, path, { method: 'GET', query, key: KEY, secret: SECRET });
      return answer.status === 200 ? answer.json : [answer.status, answer.json.error];
    };
  }

  it('tells the type of every channel that is occupied', async () => {
    const ask = await occupied(true);
    expect(await ask('channels')).to.deep.equal({
      channels: {
        news: { type: 'public' },
        'cache-a': { type: 'public' },
        'private-a': { type: 'private' },
        'private-encrypted-a': { type: 'private' },
        'presence-a': { type: 'presence' },
      },
    });
    expect(await ask('channels', 'filter_by_prefix=presence-&info=user_count,subscription_count')).to.deep.equal({
      channels: { 'presence-a': { user_count: 1, subscription_count: 1, type: 'presence' } },
    });
    expect(await ask('channels/presence-a')).to.deep.equal({ occupied: true, type: 'presence' });
    expect(await ask('channels/news', 'info=subscription_count')).to.deep.equal({
      occupied: true,
      subscription_count: 1,
      type: 'public',
    });
  });

  it('tells the number of subscribers, also when the subscribers are not told', async () => {
    const relay = await webman();
    await (await wire(relay, KEY)).join('news');
    const told = async (path: string, options: Signed) =>
      said(await call(relay, path, { key: KEY, secret: SECRET, ...options }));
    const get = { method: 'GET', query: 'info=subscription_count' };
    expect(await told('channels', get)).to.deep.equal([
      200,
      { channels: { news: { subscription_count: 1, type: 'public' } } },
    ]);
    expect(await told('channels/news', get)).to.deep.equal([
      200,
      { occupied: true, subscription_count: 1, type: 'public' },
    ]);
    const body = JSON.stringify({ name: 'e', channel: 'news', data: 'x', info: 'subscription_count' });
    expect(await told('events', { body })).to.deep.equal([200, { channels: { news: { subscription_count: 1 } } }]);
  });

  it('closes the connections of a user on presence channels, and no others', async () => {
    const relay = await webman();
    const member = (id: string) => JSON.stringify({ user_id: id });
    const [one, two, other] = [await wire(relay, KEY), await wire(relay, KEY), await wire(relay, KEY)];
    for (const channel of ['presence-a', 'presence-b']) one.subscribe(channel, member('100'), KEY, SECRET);
    two.subscribe('presence-b', member('100'), KEY, SECRET);
    for (const channel of ['presence-a', 'presence-b']) other.subscribe(channel, member('101'), KEY, SECRET);
    for (const each of [one, two, other]) await each.settled();
    await call(relay, 'users/100/terminate_connections', { body: '{}', key: KEY, secret: SECRET });
    for (const each of [one, two]) {
      expect(await each.socket.closed).to.deep.equal({ code: 4009, reason: 'You got disconnected by the app.' });
    }
    const told = await other.settled();
    expect(told.map(({ event }) => event)).to.deep.equal([
      'pusher_internal:member_removed',
      'pusher_internal:member_removed',
    ]);
  });

  it('tells no type without the flag', async () => {
    const ask = await occupied(false);
    expect(await ask('channels')).to.deep.equal({ channels: Object.fromEntries(CHANNELS.map((name) => [name, {}])) });
    expect(await ask('channels/presence-a')).to.deep.equal({ occupied: true });
  });

  it('is otherwise that of every app: objects for none, users as objects, numbers as numbers', async () => {
    const [with_, without] = [await occupied(true), await occupied(false)];
    const cases: [path: string, query: string, answer: unknown][] = [
      ['channels', 'filter_by_prefix=nobody', { channels: {} }],
      ['channels/nobody', '', { occupied: false }],
      ['channels/nobody', 'info=subscription_count', { occupied: false, subscription_count: 0 }],
      ['channels/presence-a/users', '', { users: [{ id: '100' }] }],
      ['channels/presence-b/users', '', { users: [] }],
      ['channels/news/users', '', [400, 'Invalid channel [news]: only presence channels have users']],
      ['channels', 'info=user_count', [400, 'user_count needs a filter_by_prefix that begins with presence-']],
    ];
    for (const [path, query, answer] of cases) {
      for (const ask of [with_, without]) expect(await ask(path, query), `${path} ${query}`).to.deep.equal(answer);
    }
  });
});

describe('phpJson', () => {
  const cases: [value: Record<string, unknown>, text: string][] = [
    [MEMBER, `{"user_id":"100","user_info":"{'name':'John','sex':'man'}"}`],
    [{ b: 'a/b', a: 'ü' }, '{"a":"ü","b":"a\\/b"}'],
    [{ a: '\u2028' }, '{"a":"\\u2028"}'],
  ];
  for (const [value, text] of cases) {
    it(`writes ${text}`, () => expect(phpJson(value)).to.equal(text));
  }
});
