import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { startRedis, startSentinel } from '../../support/redis/server.ts';
import { rejection } from '../../support/rejection.ts';

async function refusal(url: string, more = {}): Promise<string> {
  const error = await rejection(connectTo(url, more));
  expect(error).to.have.property('code').that.is.oneOf(['unavailable', 'invalid']);
  expect(error.message).not.to.include('hunter2');
  return error.message;
}

describe('connectRedis', () => {
  it('waits for Redis up to redis.startTimeout, and says what it waited for', async () => {
    const port = await freePort();
    expect(await refusal(`redis://:hunter2@127.0.0.1:${port}`, { startTimeout: 1000 })).to.match(
      new RegExp(`^Redis at redis://127.0.0.1:${port}: not ready within 1000 ms: connect ECONNREFUSED`),
    );
  });

  it('waits while Redis loads its data', async () => {
    const config = { rdbcompression: 'no', 'key-load-delay': '10000', 'loading-process-events-interval-bytes': '1024' };
    const redis = await startRedis({ config });
    const fill = "for n = 1, 100 do redis.call('SET', KEYS[1] .. n, ARGV[1]) end";
    await redis.command('EVAL', fill, '1', 'key ', 'x'.repeat(1000));
    await redis.command('SAVE');
    await redis.kill();
    const restarted = redis.restart();
    const { logger, lines } = recordingLogger();
    const connection = await connectTo(redis.url(), {}, logger);
    expect(await connection.send(['GET', 'key 100'])).to.have.length(1000);
    expect(lines.map(({ facts }) => JSON.stringify(facts)).join()).to.include('LOADING');
    await restarted;
  });

  it('does not wait if the login is wrong', async () => {
    const redis = await startRedis({ password: 'right' });
    expect(await refusal(`redis://127.0.0.1:${redis.port}`)).to.include('NOAUTH');
    expect(await refusal(`redis://:hunter2@127.0.0.1:${redis.port}`)).to.include('WRONGPASS');
    expect(await refusal(`${redis.url()}/99`)).to.include('DB index is out of range');
  });

  it('does not wait if the certificate does not check', async () => {
    const redis = await startRedis({ tls: true });
    expect(await refusal(redis.url())).to.include('self-signed certificate');
    const ca = join(redis.dir, 'cert.pem');
    expect(await refusal(redis.url(), { ca, servername: 'other' })).to.include("does not match certificate's altnames");
    expect(await refusal(redis.url(), { ca: join(redis.dir, 'nothing') })).to.match(/redis\.ca: ENOENT/);
    const plain = await startRedis();
    expect(await refusal(`rediss://127.0.0.1:${plain.port}`, { startTimeout: 1000, timeout: 100 })).to.match(
      /Connection timeout/,
    );
  });

  it('speaks TLS, with a certificate of its own if Redis asks for one', async () => {
    const redis = await startRedis({ tls: 'clients' });
    const [cert, key] = [join(redis.dir, 'cert.pem'), join(redis.dir, 'key.pem')];
    const connection = await connectTo(redis.url(), { ca: cert, cert, key });
    expect(await connection.send(['PING'])).to.equal('PONG');
  });

  it('finds the node of a Redis Cluster that has its keys, and uses sharded channels there', async () => {
    const redis = await startRedis({ config: { 'cluster-enabled': 'yes' } });
    const url = `redis-cluster://127.0.0.1:${await freePort()},127.0.0.1:${redis.port}`;
    expect(await refusal(url, { startTimeout: 1000 })).to.include('not ready within 1000 ms');
    await redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    const connection = await connectTo(url);
    const heard: string[] = [];
    await connection.subscribe('{herald}:n:1', (message) => heard.push(String(message)));
    expect(await redis.command('SPUBLISH', '{herald}:n:1', 'hello')).to.equal(1);
    await eventually('the notice', () => heard.join() === 'hello');
    await connection.unsubscribe('{herald}:n:1');
    expect(await redis.command('SPUBLISH', '{herald}:n:1', 'hello')).to.equal(0);
  });

  it('follows the keys to another node of the Redis Cluster', async () => {
    const config = { 'cluster-enabled': 'yes' };
    const [one, two] = [await startRedis({ config }), await startRedis({ config })];
    await one.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await one.command('CLUSTER', 'MEET', '127.0.0.1', String(two.port));
    const id = String(await two.command('CLUSTER', 'MYID'));
    for (const node of [one, two]) {
      const knowsAll = async () => {
        const info = String(await node.command('CLUSTER', 'INFO'));
        return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:2');
      };
      await eventually('the nodes know each other', knowsAll);
    }
    const connection = await connectTo(`redis-cluster://127.0.0.1:${one.port}`);
    const key = '{herald}:n';
    expect(await connection.send(['INCR', key])).to.equal(1);
    await connection.send(['DEL', key]);
    const slot = String(await one.command('CLUSTER', 'KEYSLOT', key));
    for (const node of [two, one]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    expect(await rejection(connection.send(['INCR', key]))).to.include({ failure: 'MOVED', mayHaveRun: false });
    await eventually('it is there', async () => (await connection.send(['INCR', key])) === 1);
    expect(await two.command('GET', key)).to.equal('1');
  });

  it('follows the sentinels to the new master', async () => {
    const master = await startRedis();
    const replica = await startRedis({ replicaOf: master });
    const sentinel = await startSentinel(master);
    await eventually('the sentinel knows the replica', async () => {
      const replicas = await sentinel.command<unknown[]>('SENTINEL', 'REPLICAS', 'mymaster');
      return replicas.length === 1;
    });
    const url = `redis-sentinel://127.0.0.1:${await freePort()},127.0.0.1:${sentinel.port}`;
    expect(await refusal(`${url}/nobody`, { startTimeout: 1000 })).to.include('no master "nobody"');
    const connection = await connectTo(`${url}/mymaster`, { timeout: 300 });
    await connection.send(['SET', 'who', 'first']);
    // A master that stands still keeps its connections, and would go on if it woke up.
    master.stop();
    await eventually('the replica is the master', async () => {
      await connection.send(['SET', 'who', 'second']);
      return (await replica.command('GET', 'who')) === 'second';
    });
    await rm(join(master.dir, 'redis.conf'));
  });
});
