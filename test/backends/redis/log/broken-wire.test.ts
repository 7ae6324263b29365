// The connection to Redis breaks at any command: what the log promised is there, what it refused is not, and nothing is twice.
import { expect } from 'chai';
import { RedisError } from '../../../../server/backends/redis/errors.ts';
import { createKeys, shardOf } from '../../../../server/backends/redis/keys.ts';
import { createRedisLog } from '../../../../server/backends/redis/log/message-log.ts';
import { createNotices } from '../../../../server/backends/redis/notices.ts';
import { scripts } from '../../../../server/backends/redis/scripts.ts';
import { systemClock } from '../../../../server/base/clock.ts';
import { silentLogger } from '../../../../server/base/logger.ts';
import type { Draft } from '../../../../server/delivery/message.ts';
import type { MessageLog } from '../../../../server/delivery/ports.ts';
import { SHARDS } from '../../../../server/nodes.ts';
import { readContent } from '../../../../shared/content.ts';
import { forSuite } from '../../../support/cleanup.ts';
import { eventually } from '../../../support/eventually.ts';
import { historyOf, WEEK } from '../../../support/message.ts';
import { connectTo } from '../../../support/redis/connect.ts';
import { startRedis } from '../../../support/redis/server.ts';
import { layWire, type Moment } from '../../../support/redis/wire.ts';

const ALL = Array.from({ length: SHARDS }, (_, shard) => shard);
const COMMANDS = 20;
/** More than fit into one step. */
const GROUP = ['phone', ...Array.from({ length: 1100 }, (_, n) => `device ${n}`)];
const LAST = 'device 1099';

const draft = (text: string): Draft => ({
  sendType: 'personal',
  target: 'phone',
  from: { method: 'http', name: '' },
  content: readContent({ text, desp: '', extra: {} }),
});

/** The log of a node that owns everything, without leases. */
async function openLog(url: string, prefix: string) {
  const connection = await connectTo(url);
  const keys = createKeys(prefix);
  await connection.send(['HSET', keys.shards, ...ALL.flatMap((shard) => [String(shard), 'test|1'])]);
  const node = { id: () => 'test', shards: () => ALL, claimOn: () => 'test|1' };
  const limits = { ttl: WEEK, historyTtl: 604_800_000, maxFeeds: 10, maxQueued: 100_000, maxKept: 0 };
  const alone = { clock: systemClock, hasOthers: () => false };
  const ports = { connection, keys, node, idOf: () => '', logger: silentLogger, ...limits, ...alone };
  return { connection, log: createRedisLog(ports, createNotices(connection, keys, silentLogger)).log };
}

/** What a call came to: it was done, nothing has changed, or nobody knows. */
type End<T> = { readonly done: T } | 'not done' | 'unknown';

async function endOf<T>(call: Promise<T>): Promise<End<T>> {
  try {
    return { done: await call };
  } catch (error) {
    expect(error).to.include({ code: 'unavailable' });
    return error instanceof RedisError && !error.mayHaveRun ? 'not done' : 'unknown';
  }
}

describe('the log on a connection that breaks', () => {
  const redis = forSuite(() => startRedis());

  async function breakAt(n: number, moment: Moment): Promise<void> {
    const prefix = `${moment}-${n}`;
    const wire = await layWire(redis().port);
    const { log: truth } = await openLog(redis().url(), prefix);
    const { connection, log } = await openLog(redis().url(wire.port), prefix);
    const accepted = new Map<string, End<string>>();
    const recorded: (() => Promise<void>)[] = [];

    async function accept(text: string, devices: readonly string[]): Promise<string | undefined> {
      const end = await endOf(
        log.accept(draft(text), devices, 0).then((answer) => {
          if (answer === 'stale') throw new Error('the registry has not changed');
          expect(answer.full).to.deep.equal([]);
          return answer.message.mid;
        }),
      );
      // It is sent once more on the next connection, and its ticket tells whether it was stored before.
      expect(end).not.to.equal('unknown');
      accepted.set(text, end);
      return typeof end === 'object' ? end.done : undefined;
    }

    /** Records a status, and keeps for later what must be found. */
    async function record(mid: string, device: string, change: keyof Pick<MessageLog, 'record' | 'revert'>) {
      const before = change === 'record' ? 'ready' : 'webpush-wait';
      const after = change === 'record' ? 'webpush-wait' : 'ready';
      const end = await endOf(log[change](mid, device, 'webpush-wait'));
      if (typeof end === 'object') expect(end.done).to.equal(true);
      const expected = typeof end === 'object' ? [after] : end === 'not done' ? [before] : [before, after];
      recorded.push(async () => {
        expect(expected).to.include((await truth.find(mid))?.statuses.get(device));
      });
    }

    async function markRead(mid: string) {
      const end = await endOf(log.markRead([mid]));
      recorded.push(async () => {
        const isRead = (await truth.areRead([mid])).has(mid);
        if (end !== 'unknown') expect(isRead).to.equal(end !== 'not done');
      });
    }

    let isBroken = false;
    void wire.cutAt(n, moment).then(() => {
      isBroken = true;
    });
    for (let round = 1; round <= COMMANDS / 4; round += 1) {
      const [mid] = await Promise.all([accept(`a${round}`, ['phone', 'tablet']), accept(`b${round}`, ['phone'])]);
      if (mid === undefined) continue;
      await Promise.all([record(mid, 'phone', 'record'), markRead(mid)]);
    }
    await accept('group', GROUP);
    // The rest of the commands, if some were left out.
    await eventually('it is broken', async () => {
      await endOf(Promise.resolve(log.lastMid()));
      return isBroken;
    });
    await eventually('the connection is back', () => connection.state === 'connected');
    const last = await accept('last', ['phone']);
    expect(last, 'it works again').to.be.a('string');
    await record(last ?? '', 'phone', 'record');

    const kept = await historyOf(truth, 'phone');
    const texts = kept.map(({ message }) => message.message.text);
    expect(new Set(texts).size, 'nothing is twice').to.equal(texts.length);
    for (const [text, end] of accepted) {
      const mid = kept.find(({ message }) => message.message.text === text)?.mid;
      if (end === 'not done') expect(mid, text).to.equal(undefined);
      else if (end !== 'unknown') expect(mid, text).to.equal(end.done);
    }
    if (typeof accepted.get('group') === 'object') expect(await historyOf(truth, LAST)).to.have.length(1);
    for (const check of recorded) await check();
  }

  for (const moment of ['before', 'unanswered'] as const) {
    it(`promises only what is there (${moment})`, async function () {
      this.timeout(120_000);
      await Promise.all(Array.from({ length: COMMANDS }, (_, n) => breakAt(n + 1, moment)));
    });
  }

  it('finds the ticket of a message on a node that has accepted none, behind many others', async () => {
    const wire = await layWire(redis().port);
    const { log: other } = await openLog(redis().url(), 'many');
    const { log } = await openLog(redis().url(wire.port), 'many');
    const entry = ['m', '{}', 'd', '[]', 'c', '1', 'x', '2', 't', 'other:1', 'f', '[]'];
    const fill = `for i = 1, 20001 do redis.call('XADD', KEYS[1], i .. '-0', ${entry.map((part) => `'${part}'`)}) end`;
    await redis().command('EVAL', fill, '1', createKeys('many').log);
    void wire.cutAt(1, 'unanswered');
    const answer = await log.accept(draft('once'), ['phone'], 0);
    const kept = await historyOf(other, 'phone');
    expect(kept.map(({ mid }) => mid)).to.deep.equal([typeof answer === 'string' ? '' : answer.message.mid]);
  });

  it('stores nothing for a first try that comes after the second', async () => {
    const wire = await layWire(redis().port);
    const { log } = await openLog(redis().url(wire.port), 'late');
    const { log: truth, connection } = await openLog(redis().url(), 'late');
    void wire.cutAt(1, 'before');
    const answer = await log.accept(draft('once'), ['phone'], 0);
    const keys = createKeys('late');
    const shard = shardOf('phone');
    const fixed = [keys.version, keys.mid, keys.log, keys.shards, keys.noticeNumbers, 'x', keys.lowestTicket('test')];
    const first = (ticket: string) =>
      connection.runScript(
        scripts.append,
        [...fixed, keys.shard(shard), keys.expiries(shard), keys.queue('phone'), keys.history('phone')],
        ['', '', '', WEEK, 10, ticket, '', keys.notices(''), '{"mid":"', '["phone"]', '', '', '', 1, shard, 'phone', 1],
      );
    expect(await first('test:1')).to.deep.equal(['stale']);
    const kept = await historyOf(truth, 'phone');
    expect(kept.map(({ mid }) => mid)).to.deep.equal([typeof answer === 'string' ? '' : answer.message.mid]);
    expect(await first('test:2')).to.have.length(2);
  });
});
