// Nodes on a Redis that fails over, and on a Redis Cluster.
import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { startRedis, startSentinel } from '../../support/redis/server.ts';
import { Cluster, TAKEOVER } from './cluster.ts';

const config = { appendonly: 'yes' };

describe('two nodes with sentinels', function () {
  this.timeout(180_000);

  it('follow the master, and go on with what the replica has', async () => {
    const master = await startRedis({ config });
    const replica = await startRedis({ config, replicaOf: master });
    const sentinel = await startSentinel(master);
    const url = `redis-sentinel://127.0.0.1:${sentinel.port}/mymaster`;
    const cluster = new Cluster(master);
    const [a, b] = await Promise.all([cluster.start('a', { redis: url }), cluster.start('b', { redis: url })]);
    await cluster.shared([a, b]);
    const device = await a.device('phone', { acknowledge: true });
    const { mid } = (await b.request('/phone.send?text=before&wait=10000')).json.data;
    const isCopied = async () => (await replica.command('EXISTS', '{herald}:log')) === 1;
    await eventually('the replica has it', isCopied);
    await eventually('the sentinel knows the replica', async () =>
      /slaves=1/.test(await sentinel.command<string>('INFO', 'sentinel')),
    );
    await master.kill();
    const send = () => b.request('/phone.send?text=after&wait=10000');
    const sent = await eventually('a message is accepted', send, {
      until: ({ status }) => status === 200,
      limit: 2 * TAKEOVER,
    });
    expect(sent.json.data.status).to.deep.equal({ phone: 'ok' });
    const { messages } = (await a.request('/v1/devices/phone/messages')).json;
    expect(messages[0].mid).to.equal(mid);
    expect(device.ws.readyState).to.equal(device.ws.OPEN);
  });
});

describe('two nodes on a Redis Cluster', function () {
  this.timeout(180_000);

  it('work as on one server', async () => {
    const redis = await startRedis({ config: { ...config, 'cluster-enabled': 'yes' } });
    await redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    const isUp = async () => /cluster_state:ok/.test(await redis.command<string>('CLUSTER', 'INFO'));
    await eventually('the cluster is up', isUp);
    const cluster = new Cluster(redis);
    const url = `redis-cluster://127.0.0.1:${redis.port}`;
    const [a, b] = await Promise.all([cluster.start('a', { redis: url }), cluster.start('b', { redis: url })]);
    await cluster.shared([a, b]);
    for (const [sender, at] of [
      [a, b],
      [b, a],
    ] as const) {
      const name = await cluster.nameOn(sender);
      await at.device(name, { acknowledge: true });
      expect((await sender.request(`/${name}.send?text=x&wait=10000`)).json.data.status).to.deep.equal({
        [name]: 'ok',
      });
    }
    await b.kill();
    await cluster.shared([a]);
  });
});
