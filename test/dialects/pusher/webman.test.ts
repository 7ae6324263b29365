import { expect } from 'chai';
import { phpJson } from '../../../server/dialects/pusher/authorize.ts';
import { pusherWorld, rawWire, wire } from './hands.ts';

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
