import { rm } from 'node:fs/promises';
import { ErrorReply } from '@redis/client';
import { expect } from 'chai';
import { explain, RedisError } from '../../../server/backends/redis/errors.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';
import { rejection } from '../../support/rejection.ts';

describe('a refusal of Redis', () => {
  const SET = ['SET', 'key', 'x'];
  const COPY = ['REPLICAOF', '127.0.0.1', '1'];
  const CASES: readonly (readonly [
    failure: string,
    config: Record<string, string>,
    before: string[],
    refused: string[],
  ])[] = [
    ['OOM', { maxmemory: '100kb', 'maxmemory-policy': 'noeviction' }, ['PING'], SET],
    ['NOREPLICAS', { 'min-replicas-to-write': '1' }, ['PING'], SET],
    ['READONLY', {}, COPY, SET],
    ['MASTERDOWN', { 'replica-serve-stale-data': 'no' }, COPY, ['GET', 'key']],
  ];
  for (const [name, config, before, refused] of CASES) {
    it(`such as ${name} means that nothing has changed`, async () => {
      const redis = await startRedis({ config });
      const connection = await connectTo(redis.url());
      await redis.command(...before);
      const error = await rejection(connection.send(refused));
      expect(error).to.be.instanceOf(RedisError).and.include({
        code: 'unavailable',
        failure: name,
        mayHaveRun: false,
        retryAfter: 1,
      });
    });
  }

  it('such as MISCONF too', async () => {
    const redis = await startRedis({ config: { save: '3600 1' } });
    const connection = await connectTo(redis.url());
    await redis.command('SET', 'key', 'x');
    await rm(redis.dir, { recursive: true });
    await redis.command('BGSAVE');
    let error = await connection.send(['SET', 'key', 'y']).catch((thrown) => thrown);
    while (!(error instanceof Error)) error = await connection.send(['SET', 'key', 'y']).catch((thrown) => thrown);
    expect(error).to.include({ failure: 'MISCONF', mayHaveRun: false });
  });
});

describe('explain', () => {
  it('finds the code that Redis 6 hides behind the error of a script', () => {
    const text =
      'ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -OOM command not allowed when used memory';
    expect(explain(new ErrorReply(text), undefined)).to.include({ failure: 'OOM', mayHaveRun: false });
  });

  it('leaves the error of a bug as it is', () => {
    const error = new ErrorReply('WRONGTYPE Operation against a key holding the wrong kind of value');
    expect(explain(error, undefined)).to.equal(error);
  });

  it('takes every other error as a broken connection', () => {
    expect(explain(new Error('reset'), undefined)).to.include({ failure: 'unreachable', mayHaveRun: true });
  });
});
