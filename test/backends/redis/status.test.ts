import { connect } from 'node:net';
import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { type RedisServer, startRedis } from '../../support/redis/server.ts';
import { onRedis } from '../../support/redis/worlds.ts';
import { TOKEN, type World, world } from '../../world.ts';

const LEASE = 1500;

/** Two nodes on a Redis of their own, each with its share of the work. */
async function cluster(): Promise<{ redis: RedisServer; one: World; two: World }> {
  const redis = await startRedis({ config: { appendonly: 'yes' } });
  const config = { redis: { lease: LEASE }, metrics: { enabled: true, token: TOKEN } };
  const start = (name: string) => world(onRedis(redis.url(), { config: { ...config, node: { name } } }));
  const [one, two] = [await start('one'), await start('two')];
  const bothWork = async () => {
    const nodes = (await one.request('/v1/nodes')).json.nodes as { shards: number }[];
    return nodes.length === 2 && nodes.every(({ shards }) => shards > 0);
  };
  await eventually('both nodes have work', bothWork);
  return { redis, one, two };
}

async function metrics(node: World): Promise<Map<string, number>> {
  const { text } = await node.request('/metrics', { headers: { authorization: `Bearer ${TOKEN}` } });
  const lines = text.split('\n').filter((line) => line.startsWith('herald_'));
  return new Map(
    lines.map((line) => line.split(' ') as [string, string]).map(([name, value]) => [name, Number(value)]),
  );
}

describe('a node on Redis', () => {
  it('says in /health and /ready that Redis is there, and how many nodes', async () => {
    const { one, two } = await cluster();
    for (const node of [one, two]) {
      for (const path of ['/health', '/ready']) {
        const ready = async () => {
          const { status, json } = await node.fetch(path);
          return status === 200 && json.redis === 'ok' && json.nodes === 2 && json.status === 'ok';
        };
        await eventually(`${path} is ok`, ready);
      }
    }
  });

  it('tells in /v1/nodes what Redis promises, without any login', async () => {
    const { redis, one } = await cluster();
    const { json } = await one.request('/v1/nodes');
    const version = /redis_version:(\S+)/.exec(await redis.command<string>('INFO', 'server'))?.[1];
    expect(json.redis).to.deep.equal({
      mode: 'single',
      version,
      durability: 'second',
      promise: 'a power cut of its machine may lose the last second or two',
      nodes: 2,
    });
  });

  it('is degraded while Redis is away, lives, and recovers', async () => {
    const { redis, one } = await cluster();
    await redis.kill();
    const { json } = await eventually('/ready is 503', () => one.fetch('/ready'), {
      until: ({ status }) => status === 503,
    });
    expect(json).to.include({ status: 'degraded', redis: 'unreachable' });
    expect((await one.fetch('/health')).status).to.equal(503);
    expect((await one.fetch('/up')).status).to.equal(200);
    expect((await metrics(one)).get('herald_redis_up')).to.equal(0);
    expect((await one.request('/v1/nodes')).status).to.equal(503);
    await redis.restart();
    await eventually('/ready is 200', async () => (await one.fetch('/ready')).status === 200);
  });

  it('measures scripts, notices, and shards', async () => {
    const { one, two } = await cluster();
    const [first, second] = [await metrics(one), await metrics(two)];
    expect((first.get('herald_node_shards') ?? 0) + (second.get('herald_node_shards') ?? 0)).to.equal(64);
    expect(first.get('herald_redis_command_seconds_count{script="beat"}')).to.be.above(0);
    expect(first.get('herald_bus_in_total')).to.be.above(0);
    expect(first.get('herald_bus_lost_total')).to.equal(0);
    expect(first.get('herald_nodes')).to.equal(2);
    // One of them reports the channels of all.
    const channels = 'herald_app_channels{app="relay"}';
    expect([first.has(channels), second.has(channels)].filter((isThere) => isThere)).to.have.length(1);
  });

  it('hands its work over before its sockets and requests have ended', async () => {
    const { one, two } = await cluster();
    const socket = connect(one.relay.ports.http, '127.0.0.1');
    onCleanup(() => socket.destroy());
    // The rest of the body never comes, so the relay waits for it as long as it may.
    socket.write('POST /phone.send HTTP/1.1\r\nhost: relay\r\ncontent-length: 10\r\n\r\n');
    await one.fetch('/up');
    let isClosed = false;
    const closed = one.stop().then(() => {
      isClosed = true;
    });
    await eventually('the other has all work', async () => (await metrics(two)).get('herald_node_shards') === 64);
    expect(isClosed).to.equal(false);
    await closed;
    expect((await metrics(two)).get('herald_takeovers_total'), 'nobody died').to.equal(0);
  });

  it('measures how long nobody did the work of a dead node', async () => {
    const { redis, one, two } = await cluster();
    // As if the other had died: it cannot come back under this id.
    const { json } = await two.request('/v1/nodes');
    const dead = (json.nodes as { id: string; self: boolean; shards: number }[]).find(({ self }) => self);
    await redis.command('ZADD', '{herald}:nodes', '0', dead?.id ?? '');
    const taken = async () => ((await metrics(one)).get('herald_takeovers_total') ?? 0) > 0;
    await eventually('the work is taken over', taken);
    const counted = await metrics(one);
    expect(counted.get('herald_takeover_seconds_count')).to.equal(counted.get('herald_takeovers_total'));
  });
});
