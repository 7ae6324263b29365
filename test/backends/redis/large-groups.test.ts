import { expect } from 'chai';
import { createKeys, shardOf } from '../../../server/backends/redis/keys.ts';
import { scripts } from '../../../server/backends/redis/scripts.ts';
import { draft, message } from '../../delivery/fixtures.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { open, own, shareRedis } from './harness.ts';

/** More than one script takes. */
const GROUP = Array.from({ length: 1500 }, (_, n) => `device ${n}`);
const LAST = GROUP.at(-1) ?? '';

describe('groups that need more than one script', () => {
  const makePlace = shareRedis();

  async function openLog(maxQueued?: number) {
    const place = await makePlace();
    const [url = '', prefix = ''] = place.split(' ');
    const backend = await open(place, maxQueued);
    onCleanup(() => backend.close());
    await own(backend);
    return { backend, connection: await connectTo(url), keys: createKeys(prefix) };
  }

  it('tell their later recipients that greater mids may have come before', async () => {
    const { backend } = await openLog();
    const told: [names: number, isLate: boolean | undefined][] = [];
    backend.mail.onMail((_message, names, isLate) => told.push([names.length, isLate]));
    await backend.log.accept(draft('all', 'group'), GROUP, backend.devices.version());
    await eventually('both are told', () => told.length === 2);
    expect(told).to.deep.equal([
      [1000, false],
      [500, true],
    ]);
  });

  it('put no message back that is settled, if a script runs once more', async () => {
    const { backend, connection, keys } = await openLog();
    const accepted = await backend.log.accept(draft('all', 'group'), GROUP, backend.devices.version());
    if (accepted === 'stale') throw new Error('it is stale');
    const { mid } = accepted.message;
    expect(await backend.log.record(mid, LAST, 'ok')).to.equal(true);
    const shard = shardOf(LAST);
    await connection.runScript(
      scripts.extend,
      [
        ...[keys.log, keys.shards, keys.noticeNumbers, keys.shard(shard), keys.expiries(shard)],
        ...[keys.queue(LAST), keys.history(LAST)],
      ],
      [mid, 10, keys.notices(''), 1, shard, LAST, 1],
    );
    expect((await backend.log.queued()).has(LAST)).to.equal(false);
  });

  it('reach the others if all recipients of the first script have full queues', async () => {
    const { backend } = await openLog(1);
    await backend.log.append(message(1), GROUP.slice(0, 1000));
    const accepted = await backend.log.accept(draft('all', 'group'), GROUP, backend.devices.version());
    expect(accepted).to.have.property('full').that.deep.equals(GROUP.slice(0, 1000));
    expect((await backend.log.queued()).size).to.equal(1500);
  });

  it('are deleted when they are old', async () => {
    const { backend } = await openLog();
    for (let mid = 1; mid <= 3; mid += 1) await backend.log.append(message(mid), GROUP);
    expect(await backend.log.expire(Number.MAX_SAFE_INTEGER)).to.equal(3);
    expect(await backend.log.queued()).to.deep.equal(new Map());
  });
});
