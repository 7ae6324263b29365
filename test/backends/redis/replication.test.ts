import { expect } from 'chai';
import { createScript } from '../../../server/backends/redis/scripts.ts';
import { eventually } from '../../support/eventually.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';
import { rejection } from '../../support/rejection.ts';

const COUNT = createScript('count', "return redis.call('INCRBY', KEYS[1], ARGV[1])", () => undefined);

describe('durability "replica"', () => {
  /** @param replicaTimeout long, unless a test waits for its end: a busy machine may be slow */
  async function pair(replicaTimeout = 10_000) {
    const master = await startRedis();
    const replica = await startRedis({ replicaOf: master });
    const { logger, lines } = recordingLogger();
    const config = { durability: 'replica', replicaTimeout } as const;
    const connection = await connectTo(master.url(), config, logger);
    return { master, replica, connection, lines, run: () => connection.runDurably(COUNT, ['n'], [1]) };
  }

  it('answers once the replica has it, with one wait for all writes of a turn', async () => {
    const { master, replica, run } = await pair();
    await run();
    await master.command('CONFIG', 'RESETSTAT');
    expect(await Promise.all([run(), run(), run()])).to.deep.equal([2, 3, 4]);
    expect(await replica.command('GET', 'n')).to.equal('4');
    expect(await master.command('INFO', 'commandstats')).to.match(/cmdstat_wait:calls=1,/);
  });

  it('refuses what too few have, and all that follows until they have caught up', async () => {
    const { replica, connection, lines, run } = await pair(1000);
    // Its first copy of everything may take longer than that.
    const count = await eventually('the replica has caught up', run);
    lines.splice(0);
    replica.stop();
    expect(await rejection(run())).to.include({ failure: 'replicas', mayHaveRun: true, code: 'unavailable' });
    expect(await rejection(run())).to.include({ failure: 'replicas', mayHaveRun: false });
    expect(await connection.send(['GET', 'n'])).to.equal(String(Number(count) + 1));
    replica.resume();
    await eventually('writes are taken again', run);
    const levels = lines.filter(({ text }) => text.includes('replicas')).map(({ level }) => level);
    expect(levels).to.deep.equal(['warn', 'info']);
  });

  it('does not answer if the connection breaks before the wait is over', async () => {
    const { master, replica, run } = await pair();
    await run();
    replica.stop();
    const error = rejection(run());
    await eventually('it waits', async () => /cmd=wait/.test(String(await master.command('CLIENT', 'LIST'))));
    await master.kill();
    expect(await error).to.include({ mayHaveRun: true });
  });
});
