import { expect } from 'chai';
import { systemClock } from '../../../server/base/clock.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { startRelay } from '../../../server/compose.ts';
import { configSchema } from '../../../server/config/schema.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { type RedisServer, startRedis } from '../../support/redis/server.ts';
import { type FaultWire, layWire } from '../../support/redis/wire.ts';
import { type Running, startTarget } from '../../transports/webhook/servers.ts';

const TOKEN = 'test-token';
const NAMES = Array.from({ length: 8 }, (_, n) => `hook-${n}`);

/** A relay with a webhook for each name. */
async function start(
  redis: RedisServer,
  target: Running,
  wire: FaultWire | undefined,
  node: string,
  names: readonly string[] = NAMES,
) {
  const config = configSchema.parse({
    token: TOKEN,
    http: { host: '127.0.0.1', port: 0, waitTimeout: 10_000 },
    redis: { url: redis.url(wire?.port), lease: 2000, timeout: 10_000 },
    node: { name: node },
    webhook: {
      retryTimeout: 100,
      clients: names.map((name) => ({ name, url: `${target.url}/${name}` })),
    },
  });
  const relay = await startRelay({ config, clock: systemClock, logger: silentLogger, version: '0.0.0-test' });
  onCleanup(() => relay.close());
  const request = async (path: string) => {
    const url = `http://127.0.0.1:${relay.ports.http}${path}`;
    const response = await fetch(url, { headers: { authorization: TOKEN } });
    return { status: response.status, json: await response.json() };
  };
  return { relay, request, send: (name: string, text: string) => request(`/${name}.send?text=${text}`) };
}

type Node = Awaited<ReturnType<typeof start>>;

function areSharing(node: Node, nodes: number): Promise<boolean> {
  return eventually('all nodes have shards', async () => {
    const { json } = await node.request('/v1/nodes');
    const counts: number[] = json.nodes.map(({ shards }: { shards: number }) => shards);
    const sum = counts.reduce((one, other) => one + other, 0);
    return counts.length === nodes && Math.min(...counts) > 0 && sum === 64;
  });
}

describe('two relays on one Redis', () => {
  async function open() {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const target = await startTarget();
    onCleanup(() => target.close());
    const wire = await layWire(redis.port);
    const [one, two] = [await start(redis, target, undefined, 'one'), await start(redis, target, wire, 'two')];
    await areSharing(one, 2);
    return { redis, target, wire, one, two };
  }

  it('take sends on either, deliver each once, and answer with its state', async () => {
    const { target, one, two } = await open();
    const sends = NAMES.flatMap((name) => [one.send(name, `one-${name}`), two.send(name, `two-${name}`)]);
    for (const [at, { status, json }] of (await Promise.all(sends)).entries()) {
      const name = NAMES[Math.floor(at / 2)] ?? '';
      expect([status, json.data[name]]).to.deep.equal([200, 'ok']);
    }
    const texts = target.arrived.map(({ url, body }) => `${url} ${JSON.parse(body).data.message.text}`);
    expect(texts.sort()).to.deep.equal(
      NAMES.flatMap((name) => [`/${name} one-${name}`, `/${name} two-${name}`]).sort(),
    );
  });

  it('keep the webhooks that only one has in its config, and their messages', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const target = await startTarget();
    onCleanup(() => target.close());
    const one = await start(redis, target, undefined, 'one');
    const two = await start(redis, target, undefined, 'two', NAMES.slice(0, 2));
    await areSharing(one, 2);
    for (const name of NAMES) {
      const { json } = await two.request(`/${name}.send?text=x&wait=0`);
      expect(json.data[name], name).not.to.equal('no');
    }
    // What this one could not send goes out at the other.
    await two.relay.close();
    await eventually('all are delivered', () => new Set(target.arrived.map(({ url }) => url)).size === NAMES.length);
  });

  it('go on when one is cut off, with what was its own', async () => {
    const { target, wire, one, two } = await open();
    wire.down();
    const sends = await Promise.all(NAMES.map((name) => one.send(name, `x-${name}`)));
    expect(sends.map(({ status }) => status)).to.deep.equal(NAMES.map(() => 200));
    await eventually('all are delivered', () => {
      const seen = new Set(target.arrived.map(({ url }) => url));
      return seen.size === NAMES.length;
    });
    expect((await two.send('hook-0', 'lost')).status).to.equal(503);
    wire.up();
    await areSharing(one, 2);
    expect((await two.send('hook-0', 'again')).json.data['hook-0']).to.equal('ok');
  });
});
