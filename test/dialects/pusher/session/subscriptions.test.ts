import { expect } from 'chai';
import { sharedWorld } from '../../../support/shared-world.ts';
import { configured, KEY, leave, pusherWorld, SECRET, serverOf, wire } from '../helpers.ts';

const subscribe = (data: unknown) => ({ event: 'pusher:subscribe', data });
/** JSON reads it, and fails to write it. */
const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const error = (code: number | null, message: string) => ({ event: 'pusher:error', data: { code, message } });

describe('pusher:subscribe', () => {
  const shared = sharedWorld({ config: { apps: [configured({ limits: { subscriptions: 3, channelNameLen: 20 } })] } });

  it('succeeds on public channels with the frame that every SDK reads', async () => {
    const one = await wire(shared());
    one.send('{"event":"pusher:subscribe","data":{"auth":"","channel":"a"}}');
    expect(await one.text()).to.equal('{"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}"}');
    one.send({ event: 'pusher:subscribe', data: '{"channel":"Private-x"}' });
    expect((await one.frame()).channel).to.equal('Private-x');
  });

  it('says the same twice about a channel that is subscribed, and changes nothing', async () => {
    const one = await wire(shared());
    await one.join('private-a');
    one.subscribe('private-a');
    expect(await one.settled()).to.deep.equal([error(null, 'Existing subscription to channel private-a')]);
  });

  it('refuses a wrong signature with two frames that keep the digest to themselves', async () => {
    const one = await wire(shared());
    one.send(subscribe({ channel: 'private-bad', auth: `${KEY}:deadbeef` }));
    expect(await one.settled()).to.deep.equal([
      error(4009, `Invalid signature: Expected HMAC SHA256 hex digest of ${one.id}:private-bad, but got deadbeef`),
      {
        event: 'pusher:subscription_error',
        channel: 'private-bad',
        data: '{"type":"AuthError","error":"Invalid signature","status":401}',
      },
    ]);
  });

  const refused: [what: string, data: object | string, type: string][] = [
    ['no auth', { channel: 'private-a' }, 'AuthError'],
    ['the key of nobody', { channel: 'private-a', auth: `x:${'0'.repeat(64)}` }, 'AuthError'],
    ['an auth that is an object', { channel: 'private-a', auth: {} }, 'AuthError'],
    ['a presence channel without a member', { channel: 'presence-a', auth: '' }, 'AuthError'],
    ['the channel of a user who did not sign in', { channel: '#server-to-user-1' }, 'AuthError'],
    ['a wrong character', { channel: 'a:b' }, 'InvalidChannel'],
    ['a line break', { channel: 'a\nb' }, 'InvalidChannel'],
    ['an empty name', { channel: '' }, 'InvalidChannel'],
    ['a name too long', { channel: 'a'.repeat(21) }, 'LimitReached'],
  ];
  it('refuses what is wrong, on the channel and on the connection, and stays open', async () => {
    const one = await wire(shared());
    for (const [what, data, type] of refused) {
      one.send(subscribe(data));
      const [first, second, ...more] = await one.settled();
      expect(first?.event, what).to.equal('pusher:error');
      expect(second?.event, what).to.equal('pusher:subscription_error');
      expect(JSON.parse(second?.data).type, what).to.equal(type);
      expect(more, what).to.deep.equal([]);
    }
  });

  it('signs only for this socket and this channel', async () => {
    const [one, other] = [await wire(shared()), await wire(shared())];
    const { auth } = serverOf(shared()).authorizeChannel(other.id, 'private-a');
    one.send(subscribe({ channel: 'private-a', auth }));
    one.send(subscribe({ channel: 'private-b', auth }));
    expect((await one.settled()).filter(({ event }) => event === 'pusher:error')).to.have.length(2);
  });

  it('takes whatever was signed beside the name of a private channel', async () => {
    const one = await wire(shared());
    await one.join('private-a', 'no member');
  });

  it('takes a member that is null for none', async () => {
    const one = await wire(shared());
    const { auth } = serverOf(shared()).authorizeChannel(one.id, 'private-a');
    one.send(subscribe({ channel: 'private-a', auth, channel_data: null }));
    expect((await one.settled()).map(({ event }) => event)).to.deep.equal(['pusher_internal:subscription_succeeded']);
  });

  it('bounds the subscriptions of one connection', async () => {
    const one = await wire(shared());
    for (const channel of ['a', 'b', 'c', 'd']) one.send(subscribe({ channel }));
    const frames = await one.settled();
    expect(frames.at(-1)?.data).to.contain('LimitReached');
    one.send({ event: 'pusher:unsubscribe', data: { channel: 'a' } });
    one.send(subscribe({ channel: 'd' }));
    expect((await one.settled()).map(({ event }) => event)).to.deep.equal(['pusher_internal:subscription_succeeded']);
  });

  const hostile: [what: string, frame: string][] = [
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['a number', '1'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no event', '{"data":{}}'],
    ['an event that is no text', '{"event":1}'],
    ['no data', '{"event":"pusher:subscribe"}'],
    ['a channel that is no text', '{"event":"pusher:subscribe","data":{"channel":["a"]}}'],
    ['an unknown channel to leave', '{"event":"pusher:unsubscribe","data":{"channel":"never"}}'],
    ['no channel to leave', '{"event":"pusher:unsubscribe","data":null}'],
    ['an unknown event', '{"event":"pusher:nonsense"}'],
    ['an event of its own', '{"event":"message","channel":"a","data":1}'],
    ['deep nesting', `{"event":"pusher:subscribe","data":${DEEP}}`],
    ['a signature nested deeply', `{"event":"pusher:subscribe","data":{"channel":"private-a","auth":${DEEP}}}`],
    ['a signature of a user nested deeply', `{"event":"pusher:signin","data":{"user_data":"{}","auth":${DEEP}}}`],
    ['a prototype', '{"__proto__":{"event":"pusher:ping"},"constructor":1}'],
    [
      'a member nested deeply',
      `{"event":"pusher:subscribe","data":{"channel":"presence-a","channel_data":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}}`,
    ],
  ];
  it('answers each hostile frame with an error and stays open', async () => {
    const one = await wire(shared());
    for (const [what, frame] of hostile) {
      one.send(frame);
      const frames = await one.settled();
      expect(frames[0]?.event, what).to.equal('pusher:error');
    }
  });

  it('answers a member that is an object nested deeply, where objects are taken', async () => {
    const one = await wire(await pusherWorld({ webman: true }));
    const data = `{"channel":"presence-a","auth":"","channel_data":{"user_id":"1","user_info":${DEEP}}}`;
    one.send(`{"event":"pusher:subscribe","data":${data}}`);
    expect((await one.settled())[0]?.data.message).to.match(/Invalid channel_data/);
  });

  it('repeats no more than the beginning of what it does not understand', async () => {
    const one = await wire(shared());
    one.send({ event: 'e'.repeat(60_000) });
    expect((await one.frame()).data.message).to.equal(`Unsupported event received on socket: ${'e'.repeat(200)}…`);
  });

  it('closes on a binary frame', async () => {
    const one = await wire(shared());
    one.socket.ws.send(Buffer.from([1, 2, 3]));
    expect((await one.socket.closed).code).to.equal(1003);
  });
});

describe('cache channels', () => {
  it('miss, then bring the last event that was published as the first one', async () => {
    const relay = await pusherWorld({ clientEvents: true });
    const [one, late] = [await wire(relay), await wire(relay)];
    one.send(subscribe({ channel: 'cache-a' }));
    expect((await one.settled())[1]).to.deep.equal({ event: 'pusher:cache_miss', channel: 'cache-a', data: '{}' });
    await serverOf(relay).trigger('cache-a', 'news', { n: 1 });
    await serverOf(relay).trigger('cache-a', 'news', 'two', { socket_id: late.id });
    late.send(subscribe({ channel: 'cache-a' }));
    expect((await late.settled())[1]).to.deep.equal({ event: 'news', channel: 'cache-a', data: 'two' });
    await one.settled();
    await one.join('private-cache-b');
    one.send({ event: 'client-x', channel: 'private-cache-b', data: 1 });
    await one.settled();
    late.subscribe('private-cache-b');
    expect((await late.settled())[1]?.event).to.equal('pusher:cache_miss');
  });
});

describe('subscription counts', () => {
  it('follow each change, for a new subscriber after its success', async () => {
    const relay = await pusherWorld({ subscriptionCount: true });
    const [one, two] = [await wire(relay), await wire(relay)];
    await one.join('private-a');
    await one.settled();
    two.subscribe('private-a');
    const count = (n: number) => ({
      event: 'pusher_internal:subscription_count',
      channel: 'private-a',
      data: `{"subscription_count":${n}}`,
    });
    expect((await two.settled())[1]).to.deep.equal(count(2));
    await leave(relay, two);
    expect(await one.settled()).to.deep.equal([count(2), count(1)]);
  });
});

describe('a flood of frames', () => {
  it('lets an SDK reconnect with 300 channels, and closes a socket that never stops', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    for (let n = 0; n < 300; n += 1) one.send(subscribe({ channel: `c${n}` }));
    expect(await one.settled()).to.have.length(300);
    for (let n = 0; n < 1_000; n += 1) one.send({ event: 'pusher:unsubscribe', data: { channel: 'x' } });
    expect((await one.socket.closed).code).to.equal(4100);
  });
});

describe('a new key', () => {
  it('signs beside the older one', async () => {
    const relay = await pusherWorld(
      {},
      {
        config: {
          apps: [
            {
              id: '1',
              keys: [
                { key: KEY, secret: SECRET },
                { key: 'new', secret: 'other' },
              ],
            },
          ],
        },
      },
    );
    const one = await wire(relay);
    one.subscribe('private-a', undefined, 'new', 'other');
    expect((await one.frame()).event).to.equal('pusher_internal:subscription_succeeded');
  });
});
