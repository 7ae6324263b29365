import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { signWebman } from '../../server/app-webhooks/webman.ts';
import { KEY, pusherWorld, SECRET, serverOf, type Wire, wire } from '../dialects/pusher/helpers.ts';
import { drained, type Received, receiver } from './receiver.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function setUp(hook: Record<string, unknown>, app: Record<string, unknown> = {}) {
  const hooks = await receiver();
  const relay = await pusherWorld({
    clientEvents: true,
    webman: true,
    ...app,
    webhooks: [{ url: hooks.url, batch: false, ...hook }],
  });
  /** The events of the next requests, with what webman tells of each. */
  async function told(count: number) {
    const found = [];
    while (found.length < count) {
      const [event] = (await hooks.next()).events;
      found.push({ event, data: JSON.parse(event.data) });
    }
    return found;
  }
  return { hooks, relay, told };
}

async function leave(one: Wire): Promise<void> {
  one.socket.ws.close();
  await one.socket.closed;
}

describe('hooks of an app that speaks webman', () => {
  it('are signed over the path, the query and the body, and are valid for the SDK as well', async () => {
    const { hooks, relay } = await setUp({ events: ['server_event'] });
    await wire(relay);
    const { url, headers, body } = await hooks.next();
    const [path, query = ''] = url.split('?');
    const id = new URLSearchParams(query).get('id');
    expect(id).to.match(UUID);
    expect(query).to.equal(`id=${id}`);
    const signed = createHmac('sha256', SECRET).update(`POST\n${path}\n${query}\n${body}`).digest('hex');
    expect(headers).to.include({
      sign: signed,
      server: 'workbunny-push-server',
      version: '0.2.0',
      'content-type': 'application/json',
    });
    const webhook = serverOf(relay).webhook({ headers: headers as Record<string, string>, rawBody: body });
    expect(webhook.isValid()).to.equal(true);
  });

  it('keep id and signature over attempts and a restart', async () => {
    const { hooks, relay } = await setUp({ events: ['channel_occupied'] });
    hooks.status = 500;
    const one = await wire(relay);
    await one.join('a');
    const proof = ({ url, body, headers }: Received) => ({ url, body, sign: headers['sign'] });
    const first = await hooks.next();
    await relay.stop();
    await relay.start();
    expect(proof(await hooks.next())).to.deep.equal(proof(first));
  });

  it('tell seconds, of each event in JSON of its own', async () => {
    const { hooks, relay } = await setUp({ events: ['channel_occupied', 'channel_vacated'] });
    const one = await wire(relay);
    await one.join('a');
    const seconds = relay.clock.now() / 1000;
    const { body } = await hooks.next();
    const { time_ms, events } = JSON.parse(body);
    expect(time_ms).to.equal(seconds);
    expect(events).to.have.length(1);
    const { data, ...rest } = events[0];
    expect(rest).to.deep.equal({ name: 'channel_occupied', channel: 'a', time: String(seconds) });
    const { id, ...details } = JSON.parse(data);
    expect(id).to.match(UUID);
    expect(details).to.deep.equal({ app_key: KEY, channel: 'a', time_ms: seconds });
    await leave(one);
    await relay.clock.tick(3000);
    const [vacated] = (await hooks.next()).events;
    expect(vacated).to.include({ name: 'channel_vacated', channel: 'a', time: String(seconds + 3) });
    expect(JSON.parse(vacated.data)).to.include({ app_key: KEY, channel: 'a', time_ms: seconds + 3 });
  });

  it('tell who came, and who went', async () => {
    const { relay, told } = await setUp({ events: ['member_added', 'member_removed'] });
    const text = await wire(relay);
    await text.join('presence-a', JSON.stringify({ user_id: '1', user_info: '{"name":"A"}' }));
    const object = await wire(relay);
    await object.join('presence-a', JSON.stringify({ user_id: 2, user_info: { name: 'B' } }));
    const plain = await wire(relay);
    await plain.join('presence-a', JSON.stringify({ user_id: '3', user_info: "{'name':'C'}" }));
    await leave(text);
    await relay.clock.tick(3000);
    const [one, two, three, gone] = await told(4);
    expect(one?.event).to.include({ name: 'member_added', channel: 'presence-a', user_id: '1' });
    expect(one?.event).to.not.have.property('user_info');
    expect(one?.data).to.deep.include({ app_key: KEY, channel: 'presence-a', user_id: '1', user_info: { name: 'A' } });
    expect(two?.data).to.deep.include({ user_id: '2', user_info: { name: 'B' } });
    expect(three?.data).to.deep.include({ user_id: '3', user_info: "{'name':'C'}" });
    expect(gone?.event).to.include({ name: 'member_removed', user_id: '1' });
    expect(gone?.data).to.include({ app_key: KEY, channel: 'presence-a', user_id: '1' });
    expect(gone?.data).to.have.keys('id', 'app_key', 'channel', 'user_id', 'time_ms');
  });

  it('give client events as they were sent', async () => {
    const { relay, told } = await setUp({ events: ['client_event'] });
    const one = await wire(relay);
    await one.join('private-a');
    one.send({ event: 'client-x', channel: 'private-a', data: { a: 1 }, user_id: 'forged' });
    one.send({ event: 'client-x', channel: 'private-a', data: '{"a":1}' });
    const [object, text] = await told(2);
    expect(object?.event).to.include({ channel: 'private-a', event: 'client-x', socket_id: one.id });
    const { id, ...packet } = object?.data ?? {};
    expect(id).to.match(UUID);
    expect(packet).to.deep.equal({ event: 'client-x', channel: 'private-a', data: { a: 1 }, app_key: KEY });
    expect(text?.data).to.include({ data: '{"a":1}' });
  });
});

describe('server_event', () => {
  it('is every frame of the system to every socket, and nothing that others sent', async () => {
    const { relay, told } = await setUp(
      { events: ['server-event'] },
      { subscriptionCount: true, watchlistEvents: true },
    );
    const one = await wire(relay);
    one.signin({ id: 'ann', watchlist: ['bob'] });
    one.subscribe('presence-a', '{"user_id":"1"}');
    one.subscribe('private-b');
    const two = await wire(relay);
    two.signin({ id: 'bob' });
    two.subscribe('presence-a', '{"user_id":"2"}');
    await two.settled();
    two.subscribe('private-b');
    two.send({ event: 'client-x', channel: 'private-b', data: {} });
    await serverOf(relay).trigger('private-b', 'published', {});
    two.send({ event: 'pusher:unsubscribe', data: { channel: 'presence-a' } });
    two.send({ event: 'nonsense' });
    const frames = [...(await two.settled()), ...(await one.settled())];
    expect(frames.filter(({ event }) => !event.startsWith('pusher'))).to.have.length(3);
    const seconds = relay.clock.now() / 1000;
    const heard = await told(20);
    for (const { event, data } of heard) {
      const { id, time_ms, ...frame } = data;
      expect(id).to.match(UUID);
      expect(time_ms).to.equal(seconds);
      expect(event).to.include({ name: 'server_event', time: String(seconds) });
      expect(event.channel).to.equal(frame.channel);
    }
    const lines = heard.map(({ data }) =>
      [data.event.replace(/^pusher(_internal)?:/, ''), data.channel].join(' ').trim(),
    );
    const expected = [
      ...['connection_established', 'signin_success', 'watchlist_events', 'watchlist_events'],
      ...['subscription_succeeded presence-a', 'subscription_succeeded private-b', 'subscription_count private-b'],
      ...['connection_established', 'signin_success', 'subscription_succeeded presence-a', 'member_added presence-a'],
      ...['pong', 'subscription_succeeded private-b', 'subscription_count private-b', 'subscription_count private-b'],
      ...['member_removed presence-a', 'unsubscription_succeeded presence-a', 'error', 'pong', 'pong'],
    ];
    expect([...lines].sort()).to.deep.equal([...expected].sort());
    const added = heard.find(({ data }) => data.event === 'pusher_internal:member_added')?.data;
    expect(added.data).to.equal('{"user_id":"2"}');
  });

  it('is no question that the relay asks of a silent socket', async () => {
    const { hooks, relay, told } = await setUp({ events: ['server_event'] }, { limits: { activityTimeoutSec: 20 } });
    const one = await wire(relay);
    await told(1);
    await drained(relay);
    await relay.clock.tick(25_000);
    expect((await one.frame()).event).to.equal('pusher:ping');
    one.send({ event: 'pusher:pong', data: {} });
    await one.settled();
    expect((await told(1))[0]?.data.event).to.equal('pusher:pong');
    expect(hooks.requests).to.have.length(2);
  });

  it('obeys a filter where the frame has a channel', async () => {
    const { relay, told } = await setUp({ events: ['server_event'], filter: { prefix: 'private-' } });
    const one = await wire(relay);
    await one.join('a');
    await one.join('private-a');
    await one.settled();
    expect((await told(3)).map(({ data }) => [data.event, data.channel])).to.deep.equal([
      ['pusher:connection_established', undefined],
      ['pusher_internal:subscription_succeeded', 'private-a'],
      ['pusher:pong', undefined],
    ]);
  });

  it('is nothing that other apps have', async () => {
    const { hooks, relay } = await setUp({ events: ['server_event', 'channel_occupied'] }, { webman: false });
    await (await wire(relay)).join('a');
    expect((await hooks.next()).events).to.deep.equal([{ name: 'channel_occupied', channel: 'a' }]);
  });
});

describe('signWebman', () => {
  it('signs as its server does', () => {
    const url = new URL('http://127.0.0.1:8002/webhook');
    expect(signWebman('YOUR_WEBHOOK_SECRET', url, 'abc', '{"time_ms":1,"events":[]}')).to.deep.equal({
      query: 'id=abc',
      sign: '5ed907057858fa78d1f1eefa256dbfeb71a1ab42e71074666592402484901651',
    });
  });

  it('sorts the id among what the address asks for itself', () => {
    const { query } = signWebman('s', new URL('http://a/?z=1&b=2'), 'abc', '');
    expect(query).to.equal('b=2&id=abc&z=1');
  });
});
