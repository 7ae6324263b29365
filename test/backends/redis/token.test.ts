import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Backend } from '../../../server/backends/backend.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis/server.ts';
import { rejection } from '../../support/rejection.ts';
import { open } from './harness.ts';
import { keys } from './peers.ts';

async function openAt(url: string): Promise<Backend> {
  const node = await open(url);
  onCleanup(() => node.close());
  return node;
}

describe('the token of several nodes', () => {
  it('is that of the first, as long as a node is alive that has it', async () => {
    const redis = await startRedis();
    const [one, two, three] = [await openAt(redis.url()), await openAt(redis.url()), await openAt(redis.url())];
    await one.agreeOnToken('hunter2');
    await two.agreeOnToken('hunter2');
    await one.close();
    const error = await rejection(three.agreeOnToken('hunter3'));
    expect(error).to.include({ code: 'invalid' });
    expect(error.message).to.include('which test node has set').and.not.include('hunter');
    expect(JSON.stringify(await redis.command('HGETALL', keys.meta))).not.to.include('hunter');
    await two.close();
    await three.agreeOnToken('hunter3');
    const four = await openAt(redis.url());
    await rejection(four.agreeOnToken('hunter2'));
    await four.agreeOnToken('hunter3');
  });

  it('is known again if Redis comes back without its data', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const one = await openAt(redis.url());
    await one.agreeOnToken('hunter2');
    await redis.kill();
    await rm(join(redis.dir, 'appendonlydir'), { recursive: true });
    await redis.restart();
    await eventually('it is there', () => redis.command('HGET', keys.meta, 'token'));
    const two = await openAt(redis.url());
    await eventually('a node is back', async () => (await redis.command('ZCARD', keys.nodes)) === 2);
    await rejection(two.agreeOnToken('hunter3'));
    await two.agreeOnToken('hunter2');
  });
});
