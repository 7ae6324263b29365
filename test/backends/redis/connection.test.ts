import { expect } from 'chai';
import type { RedisConnection } from '../../../server/backends/redis/connection.ts';
import { RedisError } from '../../../server/backends/redis/errors.ts';
import { createScript } from '../../../server/backends/redis/scripts.ts';
import { eventually, soon } from '../../support/eventually.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';
import { layWire } from '../../support/redis/wire.ts';
import { rejection } from '../../support/rejection.ts';

const COUNT = createScript('count', "return redis.call('INCRBY', KEYS[1], ARGV[1])", () => undefined);

async function failure(promise: Promise<unknown>): Promise<Pick<RedisError, 'failure' | 'mayHaveRun'>> {
  const error = await rejection(promise);
  if (!(error instanceof RedisError)) throw error;
  return { failure: error.failure, mayHaveRun: error.mayHaveRun };
}

function isBack(connection: RedisConnection) {
  return eventually('the connection is back', () => connection.state === 'connected');
}

describe('a connection', () => {
  it('runs scripts, also after Redis forgot them', async () => {
    const redis = await startRedis();
    const connection = await connectTo(redis.url());
    expect(await connection.runScript(COUNT, ['n'], [2])).to.equal(2);
    await redis.command('SCRIPT', 'FLUSH');
    expect(await connection.runScript(COUNT, ['n'], ['3'])).to.equal(5);
    expect(connection.pending).to.equal(0);
  });

  it('keeps bytes as they are', async () => {
    const connection = await connectTo((await startRedis()).url());
    const bytes = Buffer.from([0, 13, 10, 255, 36]);
    await connection.send(['SET', bytes, bytes]);
    expect(await connection.send(['GET', bytes], 'bytes')).to.deep.equal(bytes);
  });

  it('has the login, the database and the name of the node', async () => {
    const redis = await startRedis({ password: 'a/b@c' });
    const connection = await connectTo(`${redis.url()}/3`);
    expect(await connection.send(['CLIENT', 'INFO'])).to.match(/ name=herald:test:main .* db=3 .* resp=3/);
    expect(connection.server).to.include({ mode: 'standalone', role: 'master' });
  });

  it('needs no more than the documented rights', async () => {
    const redis = await startRedis();
    const rights = '~{herald}:* &{herald}:* +@all -@dangerous +info +config|get'.split(' ');
    await redis.command('ACL', 'SETUSER', 'herald', 'on', '>secret', ...rights);
    const connection = await connectTo(redis.url().replace('//', '//herald:secret@'));
    await connection.subscribe('{herald}:n:1', () => {});
    expect(await connection.runScript(COUNT, ['{herald}:n'], [1])).to.equal(1);
    expect((await rejection(connection.send(['GET', 'other']))).message).to.match(/^NOPERM/);
  });

  it('connects by a socket file', async () => {
    const redis = await startRedis({ config: { unixsocket: 'redis.sock' } });
    const connection = await connectTo(`unix://${redis.dir}/redis.sock`);
    expect(await connection.send(['PING'])).to.equal('PONG');
  });

  it('hands over a notice before the reply of the script that published it', async () => {
    const connection = await connectTo((await startRedis()).url());
    const seen: string[] = [];
    await connection.subscribe('c', (message) => seen.push(`push ${message}`));
    const publish = createScript('publish', "redis.call('PUBLISH', KEYS[1], ARGV[1]) return ARGV[1]", () => undefined);
    const run = async (n: number) => seen.push(`reply ${await connection.runScript(publish, ['c'], [n])}`);
    await Promise.all([run(0), run(1)]);
    expect(seen.filter((line) => line.endsWith('0'))).to.deep.equal(['push 0', 'reply 0']);
    expect(seen.filter((line) => line.endsWith('1'))).to.deep.equal(['push 1', 'reply 1']);
  });

  it('refuses commands at once while Redis is away, and comes back on its own', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
    const { logger, lines } = recordingLogger();
    const connection = await connectTo(redis.url(), {}, logger);
    const states: string[] = [];
    connection.onState((state) => states.push(state));
    await connection.runScript(COUNT, ['n'], [1]);
    await redis.kill();
    await eventually('the loss is noticed', () => connection.state === 'unsure');
    expect(await failure(connection.runScript(COUNT, ['n'], [1]))).to.deep.equal({
      failure: 'unreachable',
      mayHaveRun: false,
    });
    await redis.restart();
    await isBack(connection);
    expect(await connection.runScript(COUNT, ['n'], [1])).to.equal(2);
    expect(states).to.deep.equal(['unsure', 'connected']);
    expect(lines.map(({ level, text }) => `${level} ${text}`)).to.deep.equal([
      'warn the connection to Redis is lost; trying again',
      'info Redis is back',
    ]);
  });

  it('listens to its channels again when it is back', async () => {
    const redis = await startRedis();
    const wire = await layWire(redis.port);
    const connection = await connectTo(redis.url(wire.port));
    const heard: string[] = [];
    await connection.subscribe('kept', (message) => heard.push(String(message)));
    await connection.subscribe('left', (message) => heard.push(String(message)));
    await connection.unsubscribe('left');
    wire.cut();
    await eventually('the loss is noticed', () => connection.state === 'unsure');
    await isBack(connection);
    expect(await redis.command('PUBLISH', 'left', 'no')).to.equal(0);
    expect(await redis.command('PUBLISH', 'kept', 'yes')).to.equal(1);
    await eventually('the notice', () => heard.join() === 'yes');
  });

  it('comes back without a channel that it may not listen to', async () => {
    const redis = await startRedis();
    await redis.command('ACL', 'SETUSER', 'herald', 'on', '>x', '~*', '+@all', 'resetchannels');
    const wire = await layWire(redis.port);
    const connection = await connectTo(redis.url(wire.port).replace('//', '//herald:x@'));
    expect((await rejection(connection.subscribe('c', () => {}))).message).to.match(/^NOPERM/);
    wire.cut();
    await eventually('the loss is noticed', () => connection.state === 'unsure');
    await isBack(connection);
  });

  it('gives up a connection on which nothing is answered', async () => {
    const redis = await startRedis();
    const wire = await layWire(redis.port);
    const connection = await connectTo(redis.url(wire.port), { timeout: 200 });
    wire.pause();
    const before = performance.now();
    expect(await failure(connection.runScript(COUNT, ['n'], [1]))).to.deep.equal({
      failure: 'timeout',
      mayHaveRun: true,
    });
    expect(performance.now() - before).to.be.at.least(200);
    expect(connection.state).to.equal('unsure');
    wire.resume();
    await isBack(connection);
    expect(await connection.runScript(COUNT, ['n'], [0])).to.be.oneOf([0, 1]);
  });

  it('does so when Redis stands still', async () => {
    const redis = await startRedis();
    const connection = await connectTo(redis.url(), { timeout: 200 });
    redis.stop();
    const answers = await Promise.all([1, 2, 3].map((n) => failure(connection.runScript(COUNT, ['n'], [n]))));
    expect(answers.map(({ mayHaveRun }) => mayHaveRun)).to.deep.equal([true, true, true]);
    redis.resume();
    await isBack(connection);
  });

  it('tells what may have run from what has not', async () => {
    const redis = await startRedis();
    const wire = await layWire(redis.port);
    const connection = await connectTo(redis.url(wire.port));
    const run = () => connection.runScript(COUNT, ['n'], [1]);
    // From here on Redis knows the script, and each run is one command.
    await connection.runScript(COUNT, ['n'], [0]);
    let cut = wire.cutAt(1, 'before');
    expect(await failure(run())).to.deep.equal({ failure: 'unreachable', mayHaveRun: true });
    await cut;
    expect(await redis.command('GET', 'n')).to.equal('0');
    await isBack(connection);
    cut = wire.cutAt(2, 'unanswered');
    const both = [run(), run()] as const;
    expect(await both[0]).to.equal(1);
    expect(await failure(both[1])).to.deep.equal({ failure: 'unreachable', mayHaveRun: true });
    expect(await redis.command('GET', 'n')).to.equal('2');
    await isBack(connection);
    cut = wire.cutAt(1, 'after');
    expect(await run()).to.equal(3);
    await eventually('the loss is noticed', () => connection.state === 'unsure');
  });

  it('bounds the commands under way', async () => {
    const redis = await startRedis();
    const connection = await connectTo(redis.url(), { maxPending: 2 });
    redis.stop();
    const kept = [connection.send(['INCR', 'n']), connection.send(['INCR', 'n'])];
    const error = await rejection(connection.send(['INCR', 'n']));
    expect(error).to.include({ code: 'unavailable', failure: 'pending', mayHaveRun: false, retryAfter: 1 });
    redis.resume();
    expect(await Promise.all(kept)).to.deep.equal([1, 2]);
    expect(await connection.send(['GET', 'n'])).to.equal('2');
  });

  it('reads what may take its time on a connection of its own', async () => {
    const connection = await connectTo((await startRedis()).url());
    const news = connection.sendBlocking(['XREAD', 'BLOCK', '1000', 'STREAMS', 's', '$']);
    await eventually('it waits', async () => /cmd=xread/.test(String(await connection.send(['CLIENT', 'LIST']))));
    await connection.send(['XADD', 's', '1-0', 'a', 'b']);
    expect(await news).to.deep.equal({ s: [['1-0', ['a', 'b']]] });
  });

  it('ends with what is under way, and for good', async () => {
    const redis = await startRedis();
    const { logger, lines } = recordingLogger();
    const connection = await connectTo(redis.url(), {}, logger);
    redis.stop();
    const open = failure(connection.send(['PING']));
    await soon('it closes', connection.close());
    expect(lines).to.deep.equal([]);
    expect(await open).to.deep.equal({ failure: 'unreachable', mayHaveRun: true });
    expect(await failure(connection.send(['PING']))).to.deep.equal({ failure: 'unreachable', mayHaveRun: false });
  });
});
