import { expect } from 'chai';
import { channelShard } from '../../../../server/backends/redis/keys.ts';
import { scripts } from '../../../../server/backends/redis/scripts.ts';
import { eventually } from '../../../support/eventually.ts';
import { connectTo } from '../../../support/redis/connect.ts';
import { startRedis } from '../../../support/redis/server.ts';
import { layWire } from '../../../support/redis/wire.ts';
import { announce, keys, openChannelNode } from './node.ts';

describe('giving up a node', () => {
  it('is done only if its lease has ended, and is not undone', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const connection = await connectTo(redis.url());
    const condemn = (node: string) => connection.runScript(scripts.condemn, [keys.nodes], [node]);
    await redis.command('ZADD', keys.nodes, String(Date.now() + 600_000), 'lives', '1', 'dead');
    expect([await condemn('lives'), await condemn('dead'), await condemn('dead'), await condemn('gone')]).to.deep.equal(
      [0, 1, 1, 0],
    );
    expect(await redis.command('ZSCORE', keys.nodes, 'dead')).to.equal(0);
  });

  it('takes back more than one page, and its record last', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const wire = await layWire(redis.port);
    const one = await openChannelNode(redis.url(), {}, { lease: 1000 });
    const two = await openChannelNode(redis.url(wire.port), {}, { lease: 1000 });
    await announce(one, two);
    const dead = two.backend.nodes.self;
    const socket = two.socket();
    const joins = Array.from({ length: 450 }, (_, n) => two.channels.subscribe(two.app, socket, `room-${n}`));
    await Promise.all(joins);
    await one.channels.subscribe(one.app, one.socket(), 'room-7');
    expect(await one.channels.channelCount(one.app)).to.equal(450);
    wire.down();
    await eventually('the record goes', async () => (await redis.command('ZSCORE', keys.nodes, dead)) === null);
    expect(await one.channels.occupied(one.app)).to.deep.equal(['room-7']);
    expect(await redis.command('EXISTS', keys.entriesOf(dead), keys.node(dead))).to.equal(0);
  });

  for (const [way, mark] of [
    ['nobody was alive', '1'],
    ['another was alive', ''],
  ] as const) {
    it(`notes in what apps are to be told whether its clients had nowhere to go: ${way}`, async () => {
      const redis = await startRedis({ config: { appendonly: 'yes' } });
      const wire = await layWire(redis.port);
      const hooks = [{ url: 'http://x', events: ['channel_existence' as const], batch: false }];
      const options = [{ hooks }, { lease: 1000 }] as const;
      const two = await openChannelNode(redis.url(wire.port), ...options);
      if (mark === '') await openChannelNode(redis.url(), ...options);
      await two.channels.subscribe(two.app, two.socket(), 'room');
      // It beats while the other is there.
      await announce(two);
      const dead = two.backend.nodes.self;
      wire.down();
      if (mark !== '') await openChannelNode(redis.url(), ...options);
      await eventually('the record goes', async () => (await redis.command('ZSCORE', keys.nodes, dead)) === null);
      const edges = (await redis.command('XRANGE', keys.edges(channelShard('a', 'room')), '-', '+')) as [
        string,
        string[],
      ][];
      expect(edges.map(([, fields]) => [fields[1], fields.at(-1)])).to.deep.equal([
        ['o', ''],
        ['v', mark],
      ]);
    });
  }
});
