import { expect } from 'chai';
import { deviceChannel } from '../../../../server/channel/relay-app.ts';
import { event } from '../../../channel/fixtures.ts';
import { eventually } from '../../../support/eventually.ts';
import { startRedis } from '../../../support/redis/server.ts';
import { announce, openChannelNode, RELAY } from './node.ts';

/** Uses every script of the channels on two nodes. */
async function useAll(url: string): Promise<void> {
  const options = { limits: { cachedEvents: 1 }, subscriptionCount: true };
  const hooks = [{ url: 'http://x', events: ['channel_existence', 'subscription_count'], batch: false }];
  const one = await openChannelNode(url, { ...options, hooks });
  const two = await openChannelNode(url, { ...options, hooks });
  await announce(one, two);
  const [near, far] = [one.socket(), two.socket()];
  await one.channels.subscribe(one.app, near, 'presence-x', { member: { id: '1' } });
  await two.channels.subscribe(two.app, far, 'presence-x', { member: { id: '2' } });
  await two.channels.subscribe(two.app, far, 'room');
  await two.channels.subscribe(RELAY, far, deviceChannel('phone'));
  for (const channel of ['cache-a', 'cache-b'])
    await two.channels.publish(two.app, ['presence-x', channel], event('news', channel), { cache: true });
  await eventually('all comes', () => near.events.length === 3);
  expect(near.events.map(({ name }) => name)).to.deep.equal(['member_added', 'news', 'news']);
  expect(await one.channels.cached(one.app, 'cache-a')).to.equal(undefined);
  await eventually('the device is there', () =>
    [one, two].some(({ channels }) => channels.isOccupied(RELAY, deviceChannel('phone'))),
  );
  await one.users.signIn(one.app, near, 'ann', ['bob']);
  await two.users.signIn(two.app, far, 'bob', ['ann']);
  await eventually('bob is told', () => near.events.length === 4);
  two.users.signOut(far);
  two.channels.disconnect(far);
  await one.backend.terminations.order('a', 'bob');
  await eventually('only one is left', async () => (await one.channels.channelCount(one.app)) === 1);
  one.channels.forget('a');
}

describe('the channels', () => {
  it('work on a Redis Cluster', async () => {
    const redis = await startRedis({ config: { 'cluster-enabled': 'yes', appendonly: 'yes' } });
    await redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await eventually('it is up', async () =>
      String(await redis.command('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
    await useAll(`redis-cluster://127.0.0.1:${redis.port}`);
  });

  it('need no more rights than the documented ones', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const rights = ['~{herald}:*', '&{herald}:*', '+@all', '-@dangerous', '+info', '+config|get'];
    await redis.command('ACL', 'SETUSER', 'herald', 'on', '>pw', ...rights);
    await useAll(`redis://herald:pw@127.0.0.1:${redis.port}`);
  });
});
