import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import { refused } from '../../support/refused.ts';
import { type World, world } from '../../world.ts';
import { type HookAnswer, startHook } from '../hook.ts';
import { ask, relay2016 } from './relay.ts';

const json =
  (answer: unknown): HookAnswer =>
  (_body, response) =>
    response.end(JSON.stringify(answer));
const open = json({ user_id: 'u1', channels: ['c1'] });

/** A relay with an app whose hook answers so. */
async function relayWith(answer: HookAnswer, over: object = {}) {
  const hook = await startHook(answer);
  return { hook, relay: await world(relay2016({ app: hook.url }, over)) };
}

const login = (relay: World, auth = 'x', app = 'app') =>
  refused(`ws://127.0.0.1:${relay.relay.ports.websocket}/ws/${app}${auth === '' ? '' : `?auth=${auth}`}`);

function setVariables(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

describe('the hook of an app of gusher.cluster', () => {
  it('is asked with what the socket showed', async () => {
    const { relay, hook } = await relayWith(open);
    await relay.socket('/ws/app?auth=a%26b%20c&x=1');
    expect(hook.asked).to.deep.equal(['application/x-www-form-urlencoded auth=a%26b+c']);
  });

  it('is not asked for a socket without a token, nor for an unknown app', async () => {
    const { relay, hook } = await relayWith(open);
    expect(await login(relay, '')).to.equal('401 auth nil');
    expect(await login(relay, 'x', 'nobody')).to.equal('401 auth process error');
    expect(await login(relay, 'x', 'constructor')).to.equal('401 auth process error');
    expect((await relay.fetch('/ws/app')).text).to.equal('Bad Request\n');
    expect(hook.asked).to.deep.equal([]);
  });

  const good: [string, unknown][] = [
    ['names nobody', { channels: ['c1'] }],
    ['says more than is needed', { user_id: 'u1', channels: ['c1'], more: {} }],
    ['allows much', { user_id: 'u1', channels: ['c1', ...Array.from({ length: 9999 }, (_, index) => `c${index}`)] }],
  ];
  for (const [what, answer] of good) {
    it(`lets in when the answer ${what}`, async () => {
      const { relay } = await relayWith(json(answer));
      const socket = await relay.socket('/ws/app?auth=x');
      const { event } = await ask(socket, 'gusher.subscribe', { id: '1', channel: 'c1' });
      expect(event).to.equal('gusher.subscribe_succeeded');
    });
  }

  const wrong: [string, HookAnswer][] = [
    ['is no JSON', (_body, response) => response.end('{"user_id":')],
    ['is empty', (_body, response) => response.end()],
    ['is null', json(null)],
    ['is a list', json(['c1'])],
    ['has no channels', json({ user_id: 'u1' })],
    ['has an empty list of channels', json({ user_id: 'u1', channels: [] })],
    ['has a text for the channels', json({ user_id: 'u1', channels: 'c1' })],
    ['has channels that are no text', json({ user_id: 'u1', channels: ['c1', 1] })],
    ['has a channel with a huge name', json({ user_id: 'u1', channels: ['c1', 'x'.repeat(1025)] })],
    ['has too many channels', json({ user_id: 'u1', channels: Array(10_001).fill('c1') })],
    ['has a number for the user', json({ user_id: 1, channels: ['c1'] })],
    ['has a huge user', json({ user_id: 'x'.repeat(1025), channels: ['c1'] })],
    ['is huge', json({ user_id: 'u1', channels: ['c1'], more: 'x'.repeat(300_000) })],
    ['has the status of a fault', (body, response) => open(body, response.writeHead(500))],
    ['ends early', (_body, response) => response.destroy()],
  ];
  for (const [what, answer] of wrong) {
    it(`admits no one when the answer ${what}`, async () => {
      const { relay } = await relayWith(answer);
      expect(await login(relay)).to.equal('401 auth error');
    });
  }

  it('is called directly: without redirects and without a proxy', async () => {
    const pointing: HookAnswer = (body, response) => {
      if (hook.asked.length > 1) open(body, response);
      else open(body, response.writeHead(307, { location: '/other' }));
    };
    const { relay, hook } = await relayWith(pointing);
    expect(await login(relay)).to.equal('401 auth error');
    const { http_proxy, no_proxy } = process.env;
    onCleanup(() => {
      setVariables({ http_proxy, no_proxy });
    });
    setVariables({ http_proxy: 'http://127.0.0.1:1', no_proxy: undefined });
    await relay.socket('/ws/app?auth=x');
  });

  it('admits no one when it is gone', async () => {
    const gone = await world(relay2016({ app: 'http://127.0.0.1:1/' }));
    expect(await login(gone)).to.equal('401 auth error');
  });

  it('admits no one when it is too slow, and others as soon as there is room', async () => {
    const answer: HookAnswer = (body, response) => (body === 'auth=quick' ? open(body, response) : undefined);
    const { relay, hook } = await relayWith(answer, { hookTimeout: 30_000, maxWaitHook: 2 });
    const waiting = ['a', 'b'].map((auth) => login(relay, auth));
    await hook.reached(2);
    const third = relay.socket('/ws/app?auth=quick');
    await relay.clock.tick(29_999);
    // Sockets that come later are refused before the third is asked about.
    for (let i = 0; i < 3; i += 1) await login(relay, '');
    expect(hook.asked).to.have.length(2);
    await relay.clock.tick(1);
    expect(await Promise.all(waiting)).to.deep.equal(Array(2).fill('401 auth error'));
    await third;
  });

  it('does not keep a relay from ending', async () => {
    const { relay, hook } = await relayWith(() => {});
    const refusal = login(relay);
    await hook.reached(1);
    await relay.stop();
    expect(await refusal).to.match(/^503/);
  });
});
