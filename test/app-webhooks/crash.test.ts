// A relay that ends without a word, and what the next one on its data directory tells an app.
import { cp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { expect } from 'chai';
import { openDatabase } from '../../server/backends/embedded/schema.ts';
import { configured, pusherWorld, wire } from '../dialects/pusher/helpers.ts';
import { onCleanup } from '../support/cleanup.ts';
import { rejection } from '../support/rejection.ts';
import { tempDir } from '../support/temp-dir.ts';
import { World } from '../world.ts';
import { drained, type Receiver, receiver } from './receiver.ts';

const RETURN = 70_000;
const EVENTS = ['channel_occupied', 'channel_vacated', 'member_added', 'member_removed'];

const webhooks = ({ url }: Receiver, batch = false) => [{ url, events: EVENTS, batch }];

/** The next relay, on what the data directory of this one held at this moment. It is to be started. */
async function crashed(relay: World, config: Record<string, unknown> = {}): Promise<World> {
  await drained(relay);
  const dir = await tempDir();
  const isKept = (path: string) => !basename(path).startsWith('lock') && !path.endsWith('-shm');
  await cp(relay.dir, dir, { recursive: true, filter: isKept });
  const next = new World(dir, { config });
  onCleanup(() => next.stop());
  return next;
}

/** What the app was told so far of each channel, `presence-a` first, once it has heard of everything that happened. */
async function told(relay: World, { requests }: Receiver): Promise<string[]> {
  await drained(relay);
  return requests
    .flatMap(({ events }) => events)
    .sort((one, other) => other.channel.localeCompare(one.channel))
    .map(({ name, channel, user_id }) => [name, channel, user_id ?? []].flat().join(' '));
}

/** Ends that a relay which was stopped still owes. */
async function owed({ dir }: World): Promise<unknown[]> {
  const db = await openDatabase(dir);
  const rows = db.prepare('SELECT * FROM owed_ends').raw().all();
  db.close();
  return rows;
}

describe('a relay that was cut short', () => {
  for (const batch of [false, true]) {
    it(`has its app told who does not come back, ${batch ? 'gathered' : 'one by one'}`, async () => {
      const hooks = await receiver();
      const apps = [configured({ webhooks: webhooks(hooks, batch) })];
      const relay = await pusherWorld({}, { config: { apps } });
      const one = await wire(relay);
      await one.join('presence-a', '{"user_id":"7"}');
      await one.join('b');
      await relay.clock.tick(50);
      const before = ['channel_occupied presence-a', 'member_added presence-a 7', 'channel_occupied b'];
      expect(await told(relay, hooks)).to.deep.equal(before);
      const next = await crashed(relay, { apps });
      await next.start();
      await next.clock.tick(RETURN - 1);
      await (await wire(next)).join('b');
      expect(await told(next, hooks)).to.deep.equal(before);
      await next.clock.tick(1 + 50);
      const after = [
        ...before.slice(0, 2),
        'member_removed presence-a 7',
        'channel_vacated presence-a',
        ...before.slice(2),
      ];
      expect(await told(next, hooks)).to.deep.equal(after);
      await next.stop();
      expect(await owed(next)).to.deep.equal([]);
      await next.start();
      expect(await told(next, hooks)).to.deep.equal([...after, 'channel_vacated b']);
      await next.clock.tick(2 * RETURN);
      expect(await told(next, hooks)).to.have.length(6);
    });
  }

  it('waits for as long as the config says', async () => {
    const hooks = await receiver();
    const apps = [configured({ webhooks: webhooks(hooks) })];
    const relay = await pusherWorld({}, { config: { apps } });
    await (await wire(relay)).join('a');
    const next = await crashed(relay, { apps, websocket: { returnTimeout: 7_000 } });
    await next.start();
    await next.clock.tick(6_999);
    expect(await told(next, hooks)).to.deep.equal(['channel_occupied a']);
    await next.clock.tick(1);
    expect(await told(next, hooks)).to.deep.equal(['channel_occupied a', 'channel_vacated a']);
  });

  it('has an app told that was made while it ran, and nobody once that is removed', async () => {
    const hooks = await receiver();
    const relay = await pusherWorld();
    const app = { id: 'shop', key: 'shop-key', secret: 'app-secret', webhooks: webhooks(hooks) };
    const body = { method: 'POST', body: JSON.stringify(app), headers: { 'content-type': 'application/json' } };
    expect((await relay.request('/v1/apps', body)).status).to.equal(201);
    await (await wire(relay, 'shop-key')).join('a');
    const next = await crashed(relay);
    const other = await crashed(relay);
    await next.start();
    await next.clock.tick(RETURN);
    expect(await told(next, hooks)).to.deep.equal(['channel_occupied a', 'channel_vacated a']);

    await other.start();
    await other.request('/v1/apps/shop', { method: 'DELETE' });
    await other.stop();
    expect(await owed(other)).to.deep.equal([]);
    expect(hooks.requests).to.have.length(2);
  });

  it('is waited for by the first relay that can be reached', async () => {
    const hooks = await receiver();
    const apps = [configured({ webhooks: webhooks(hooks) })];
    const relay = await pusherWorld({}, { config: { apps } });
    await (await wire(relay)).join('a');
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onCleanup(() => taken.close());
    const next = await crashed(relay, { apps, http: { port: (taken.address() as { port: number }).port } });
    expect(await rejection(next.start())).to.have.property('code', 'EADDRINUSE');
    expect(await owed(next)).to.have.length(1);
  });
});
