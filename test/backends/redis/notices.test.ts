import { expect } from 'chai';
import { createNotices, NOTICE } from '../../../server/backends/redis/notices.ts';
import { createScript, partText } from '../../../server/backends/redis/scripts.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';
import { keys, openPeer } from './peers.ts';

const NOTIFY = createScript(
  'test',
  "-- @use notice\n-- @use notify\nnotify(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), { 'field' }, ARGV[4]) return 1",
  partText,
);

describe('notices', () => {
  async function open() {
    const connection = await connectTo((await startRedis()).url());
    const { logger, lines } = recordingLogger();
    const notices = createNotices(connection, keys, logger);
    let lost = 0;
    notices.onLost(() => {
      lost += 1;
    });
    await connection.send(['HSET', keys.noticeNumbers, 'me', '0']);
    const notify = (kind: number, body: string) =>
      connection.runScript(NOTIFY, [keys.noticeNumbers], [keys.notices(''), 'me', kind, body]);
    return { connection, notices, notify, lines, lost: () => lost };
  }

  it('come by their kind, in order, before the answer of the script that sent them', async () => {
    const { notices, notify, lost } = await open();
    const seen: string[] = [];
    notices.on(NOTICE.mail, (fields, body) => seen.push(`mail ${fields} ${body}`));
    notices.on(NOTICE.status, (_fields, body) => seen.push(`status ${body}`));
    await notices.listen('me');
    await notify(NOTICE.mail, 'a');
    expect(seen).to.deep.equal(['mail field a']);
    await notify(NOTICE.status, 'b');
    await notify(200, 'of a later version');
    await notify(NOTICE.mail, 'c');
    expect(seen).to.deep.equal(['mail field a', 'status b', 'mail field c']);
    expect(notices.counts).to.deep.equal({ received: 4, lost: 0 });
    expect(lost()).to.equal(0);
  });

  it('tell when one was lost, by the next one or by the number in Redis', async () => {
    const { connection, notices, notify, lost } = await open();
    await notices.listen('me');
    await notify(NOTICE.mail, 'a');
    await connection.send(['HINCRBY', keys.noticeNumbers, 'me', '2']);
    await notify(NOTICE.mail, 'b');
    expect([lost(), notices.counts.lost]).to.deep.equal([1, 2]);
    notices.check(4);
    expect(lost()).to.equal(1);
    notices.check(5);
    expect([lost(), notices.counts.lost]).to.deep.equal([2, 3]);
    // Redis lost its last changes.
    await connection.send(['HSET', keys.noticeNumbers, 'me', '1']);
    await notify(NOTICE.mail, 'c');
    expect(lost()).to.equal(3);
  });

  it('are not lost if others came right behind the number in Redis', async () => {
    const { connection, notices, notify, lost } = await open();
    await notices.listen('me');
    // Redis does not know the script yet.
    await notify(NOTICE.mail, 'first');
    const known = connection.send(['HGET', keys.noticeNumbers, 'me']).then((number) => notices.check(Number(number)));
    // All of this leaves in one write, and comes back in one.
    await Promise.all([notify(NOTICE.mail, 'a'), known, notify(NOTICE.mail, 'b'), notify(NOTICE.mail, 'c')]);
    expect(notices.counts).to.deep.equal({ received: 4, lost: 0 });
    expect(lost()).to.equal(0);
  });

  it('survive what is none, and a listener that throws', async () => {
    const { connection, notices, notify, lines } = await open();
    notices.on(NOTICE.mail, () => {
      throw new Error('broken');
    });
    await notices.listen('me');
    await connection.send(['PUBLISH', keys.notices('me'), 'hello']);
    await notify(NOTICE.mail, 'a');
    expect(lines.map(({ level }) => level)).to.deep.equal(['debug', 'error']);
  });

  it('are sent to nobody who is gone', async () => {
    const { connection } = await open();
    await connection.runScript(NOTIFY, [keys.noticeNumbers], [keys.notices(''), 'other', NOTICE.mail, 'a']);
    expect(await connection.send(['HEXISTS', keys.noticeNumbers, 'other'])).to.equal(0);
  });
});

describe('a lease', () => {
  it('is sure and ready once a beat came back with its echo', async () => {
    const { lease, notices } = await openPeer((await startRedis()).url(), 'one');
    expect([lease.isSure(), lease.isReady()]).to.deep.equal([true, true]);
    expect(notices.counts.lost).to.equal(0);
  });

  it('is not ready while no notice comes', async () => {
    const redis = await startRedis();
    const { lease, connection } = await openPeer(redis.url(), 'one');
    await connection.unsubscribe(keys.notices(lease.self));
    await lease.beat();
    expect([lease.isSure(), lease.isReady()]).to.deep.equal([true, false]);
  });
});
