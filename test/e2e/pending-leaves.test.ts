// A relay that is killed while somebody is there: what an app hears of that from the next one.
import { expect } from 'chai';
import { type Receiver, receiver } from '../app-webhooks/receiver.ts';
import { configured, heard, joined, KEY, PusherJs, Wire } from '../dialects/pusher/helpers.ts';
import { onCleanup } from '../support/cleanup.ts';
import { connect } from '../support/socket.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type RelayProcess, startRelayProcess } from './relay-process.ts';

const EVENTS = ['channel_occupied', 'channel_vacated', 'member_added', 'member_removed'];

/** An app's server, and relays that run one after the other on one data directory. */
async function setUp() {
  const hooks = await receiver();
  const dir = await tempDir();
  const apps = [configured({ webhooks: [{ url: hooks.url, events: EVENTS, batch: false }] })];
  return {
    hooks,
    /** @param returnTimeout of the config; absent: so long that nobody is given up */
    start: ({ returnTimeout = 600_000, port = 0 } = {}) =>
      startRelayProcess(dir, { apps, websocket: { returnTimeout }, http: { port } } as Record<string, object>),
  };
}

async function wire({ port }: RelayProcess): Promise<Wire> {
  const one = new Wire(await connect(`ws://127.0.0.1:${port}/app/${KEY}`));
  one.id = JSON.parse((await one.frame()).data).socket_id;
  return one;
}

/**
 * The next things that the app hears, in one line each. What a relay that was killed had no time to call delivered comes
 * again as it was.
 */
async function news(hooks: Receiver, count: number): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < count) {
    const request = await hooks.next();
    if (hooks.requests.find(({ body }) => body === request.body) !== request) continue;
    for (const { name, channel, user_id } of request.events)
      lines.push([name, channel, user_id ?? []].flat().join(' '));
  }
  return lines;
}

/** Makes sure that the app has heard of everything before: what it hears next is the name of this channel. */
async function nothingMore(hooks: Receiver, relay: RelayProcess, marker: string): Promise<void> {
  await (await wire(relay)).join(marker);
  expect(await news(hooks, 1)).to.deep.equal([`channel_occupied ${marker}`]);
}

describe('a relay that is killed while a member is subscribed', function () {
  this.timeout(120_000);

  it('lets the next process report the vacated channel once', async () => {
    const { hooks, start } = await setUp();
    const first = await start();
    await (await wire(first)).join('a');
    expect(await news(hooks, 1)).to.deep.equal(['channel_occupied a']);
    await first.kill();
    const second = await start({ returnTimeout: 0 });
    expect(await news(hooks, 1)).to.deep.equal(['channel_vacated a']);
    await nothingMore(hooks, second, 'b');
    await second.kill();
    await start({ returnTimeout: 0 });
    expect(await news(hooks, 1)).to.deep.equal(['channel_vacated b']);
  });

  it('reports nothing for a subscriber that comes back, until it leaves', async () => {
    const { hooks, start } = await setUp();
    const first = await start();
    const options = { cluster: '', wsHost: '127.0.0.1', wsPort: first.port, forceTLS: false, disableStats: true };
    const pusher = new PusherJs(KEY, { ...options, enabledTransports: ['ws'] });
    onCleanup(() => pusher.disconnect());
    const channel = await joined(pusher, 'a');
    expect(await news(hooks, 1)).to.deep.equal(['channel_occupied a']);
    const again = heard(channel, 'pusher:subscription_succeeded');
    await first.kill();
    const second = await start({ port: first.port });
    // By itself it would rest for a while between two attempts.
    pusher.disconnect();
    pusher.connect();
    await again;
    await nothingMore(hooks, second, 'b');
    pusher.disconnect();
    await second.kill();
    await start({ returnTimeout: 0 });
    expect((await news(hooks, 2)).sort()).to.deep.equal(['channel_vacated a', 'channel_vacated b']);
  });

  it('reports only members that stay away, and before their channel', async () => {
    const { hooks, start } = await setUp();
    const first = await start();
    await (await wire(first)).join('presence-a', '{"user_id":"7"}');
    await (await wire(first)).join('presence-a', '{"user_id":"8"}');
    await news(hooks, 3);
    await first.kill();
    const second = await start();
    await (await wire(second)).join('presence-a', '{"user_id":"8"}');
    await nothingMore(hooks, second, 'b');
    await second.kill();
    const third = await start({ returnTimeout: 0 });
    const told = (await news(hooks, 4)).filter((line) => line !== 'channel_vacated b');
    expect(told.slice(0, 2).sort()).to.deep.equal(['member_removed presence-a 7', 'member_removed presence-a 8']);
    expect(told.slice(2)).to.deep.equal(['channel_vacated presence-a']);
    await nothingMore(hooks, third, 'c');
  });

  it('reports an end that it had held back', async () => {
    const { hooks, start } = await setUp();
    const first = await start();
    const one = await wire(first);
    await one.join('presence-a', '{"user_id":"7"}');
    expect(await news(hooks, 2)).to.deep.equal(['channel_occupied presence-a', 'member_added presence-a 7']);
    one.send({ event: 'pusher:unsubscribe', data: { channel: 'presence-a' } });
    await one.settled();
    await first.kill();
    const second = await start({ returnTimeout: 0 });
    expect(await news(hooks, 2)).to.deep.equal(['member_removed presence-a 7', 'channel_vacated presence-a']);
    await nothingMore(hooks, second, 'b');
  });
});
