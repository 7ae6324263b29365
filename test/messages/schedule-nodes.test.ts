import { expect } from 'chai';
import { hooksConfig } from '../../server/app-webhooks/config.ts';
import type { Backend } from '../../server/backends/backend.ts';
import { openRedis } from '../../server/backends/redis/index.ts';
import { systemClock } from '../../server/base/clock.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { createSchedule } from '../../server/messages/schedule.ts';
import { own } from '../backends/redis/harness.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { WEEK } from '../support/message.ts';
import { FIGURES, factsOf } from '../support/node-facts.ts';
import { configFor } from '../support/redis/connect.ts';
import { startRedis } from '../support/redis/server.ts';
import { layWire } from '../support/redis/wire.ts';

async function openNode(url: string, ran: string[]) {
  const backend: Backend = await openRedis({
    config: configFor(url, { durability: 'memory', lease: 1000 }),
    node: 'test',
    logger: silentLogger,
    clock: systemClock,
    messageTtl: WEEK,
    historyTtl: 604_800_000,
    maxFeeds: 10,
    maxQueued: 10,
    maxDevices: 10,
    hooks: hooksConfig.parse({}),
  });
  onCleanup(() => backend.close());
  const { documents, ownership } = backend;
  const config = { grace: 1000, maxJobs: 1000, maxJobsPerSender: 1000 };
  const schedule = createSchedule({ documents, ownership, clock: systemClock, logger: silentLogger, config });
  schedule.register('test', async ({ id }) => {
    ran.push(id);
    return undefined;
  });
  schedule.start();
  onCleanup(() => schedule.close());
  return { backend, schedule };
}

describe('the schedule of several nodes', () => {
  it('runs each job on one of them, and those of a node that is gone on another', async () => {
    const redis = await startRedis();
    const wire = await layWire(redis.port);
    const ran: [string[], string[]] = [[], []];
    const one = await openNode(redis.url(), ran[0]);
    await own(one.backend);
    const two = await openNode(redis.url(wire.port), ran[1]);
    await two.backend.nodes.announce(factsOf('two'), () => FIGURES);
    const ids = Array.from({ length: 200 }, (_, n) => `job ${n}`);
    const owns = ({ backend }: typeof one) => ids.filter((id) => backend.ownership.owns(`job/${id}`)).length;
    await eventually(
      'the work is shared',
      () => owns(one) > 0 && owns(two) > 0 && owns(one) + owns(two) === ids.length,
    );

    const put = (id: string) => one.schedule.put({ id, kind: 'test', dueAt: Date.now() + 100, payload: {} });
    await Promise.all(ids.map(put));
    await eventually('all are run', () => ran[0].length + ran[1].length >= ids.length);
    expect(ran.flat().sort()).to.deep.equal(ids.toSorted());
    expect(ran.map((of) => of.length > 0)).to.deep.equal([true, true]);

    for (const of of ran) of.length = 0;
    wire.pause();
    await Promise.all(ids.map(put));
    await eventually('the other node runs all', () => ran[0].length >= ids.length);
    expect(ran).to.deep.equal([[...ran[0]], []]);
    expect(ran[0].toSorted()).to.deep.equal(ids.toSorted());
    wire.resume();
  });
});
