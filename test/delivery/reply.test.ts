import { expect } from 'chai';
import { createReplies, type PendingReply, type Statuses } from '../../server/delivery/reply.ts';
import type { Status } from '../../shared/status.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { idle } from './fixtures.ts';

/** A reply's statuses once they are told. */
function watch(reply: PendingReply, wait: number): { told?: [string, Status][] } {
  const seen: { told?: [string, Status][] } = {};
  void reply.within(wait).then((statuses: Statuses) => {
    seen.told = [...statuses];
  });
  return seen;
}

describe('createReplies', () => {
  let clock: FakeClock;
  let replies: ReturnType<typeof createReplies>;
  beforeEach(() => {
    clock = fakeClock();
    replies = createReplies(clock);
  });
  const ready = (...names: string[]) => names.map((name): [string, Status] => [name, 'ready']);

  it('tells everything at once when the last recipient is settled', async () => {
    const seen = watch(replies.waitFor('1', ready('a', 'b')), 5000);
    replies.update('1', 'b', 'wait');
    replies.update('1', 'b', 'ok');
    await idle();
    expect(seen.told).to.equal(undefined);
    replies.update('1', 'a', 'failed');
    await idle();
    expect(seen.told).to.deep.equal([
      ['a', 'failed'],
      ['b', 'ok'],
    ]);
  });

  it('tells what is known when the wait ends, and nothing that comes later', async () => {
    const seen = watch(replies.waitFor('1', ready('a', 'b')), 5000);
    replies.update('1', 'a', 'ok');
    replies.update('1', 'b', 'wait');
    await clock.tick(4999);
    expect(seen.told).to.equal(undefined);
    await clock.tick(1);
    replies.update('1', 'b', 'ok');
    await idle();
    expect(seen.told).to.deep.equal([
      ['a', 'ok'],
      ['b', 'wait'],
    ]);
  });

  it('counts the wait from the moment it is asked for, and misses nothing before', async () => {
    const reply = replies.waitFor('1', ready('a', 'b'));
    await clock.tick(60_000);
    replies.update('1', 'a', 'ok');
    const seen = watch(reply, 1000);
    await clock.tick(999);
    expect(seen.told).to.equal(undefined);
    await clock.tick(1);
    expect(seen.told).to.deep.equal([
      ['a', 'ok'],
      ['b', 'ready'],
    ]);
  });

  it('tells at once what is known with a wait of 0, without a clock', async () => {
    const reply = replies.waitFor('1', ready('a'));
    replies.update('1', 'a', 'wait');
    expect([...(await reply.within(0))]).to.deep.equal([['a', 'wait']]);
  });

  it('tells at once when nobody is open', async () => {
    expect((await replies.waitFor('1', []).within(5000)).size).to.equal(0);
    expect([...(await replies.waitFor('2', [['a', 'no']]).within(5000))]).to.deep.equal([['a', 'no']]);
    expect([...(await replies.waitFor('3', [['a', 'failed']]).within(5000))]).to.deep.equal([['a', 'failed']]);
  });

  it('never steps down, whatever comes late', async () => {
    const LATE: readonly (readonly [Status, Status, Status])[] = [
      ['ok', 'webpush-ok', 'ok'],
      ['ok', 'failed', 'ok'],
      ['webpush-ok-comfirm', 'wait', 'webpush-ok-comfirm'],
      ['webpush-ok', 'fcm-wait', 'webpush-ok'],
      ['webpush-ok', 'fcm-ok', 'webpush-ok'],
      ['webpush-wait', 'webpush-ok', 'webpush-ok'],
      ['failed', 'ok', 'ok'],
    ];
    for (const [first, later, known] of LATE) {
      const mid = `${first} ${later}`;
      const reply = replies.waitFor(mid, ready('a', 'b'));
      replies.update(mid, 'a', first);
      replies.update(mid, 'a', later);
      expect((await reply.within(0)).get('a'), mid).to.equal(known);
    }
  });

  it('takes back that a push is under way when the push service refused it for good', async () => {
    const seen = watch(replies.waitFor('1', ready('a', 'b', 'c')), 1000);
    for (const device of ['a', 'b', 'c']) replies.update('1', device, 'webpush-wait');
    replies.update('1', 'b', 'webpush-ok');
    for (const device of ['a', 'b']) replies.update('1', device, 'ready');
    await clock.tick(1000);
    expect(seen.told).to.deep.equal([
      ['a', 'ready'],
      ['b', 'webpush-ok'],
      ['c', 'webpush-wait'],
    ]);
  });

  it('keeps the order and the names as they are, such as __proto__ and numbers', async () => {
    const names = ['z', '__proto__', '123', 'constructor', '5', 'a'];
    const seen = watch(replies.waitFor('1', ready(...names)), 5000);
    for (const name of [...names].reverse()) replies.update('1', name, 'ok');
    await idle();
    expect(seen.told?.map(([name]) => name)).to.deep.equal(names);
  });

  it('ignores mids and devices that it does not know', async () => {
    const reply = replies.waitFor('1', ready('a'));
    replies.update('2', 'a', 'ok');
    replies.update('__proto__', 'a', 'ok');
    replies.update('1', 'b', 'ok');
    replies.update('1', '__proto__', 'ok');
    expect([...(await reply.within(0))]).to.deep.equal([['a', 'ready']]);
  });

  it('tells everyone who waits for a removed device that it failed', async () => {
    const alone = watch(replies.waitFor('1', ready('a')), 5000);
    const both = watch(replies.waitFor('2', ready('b', 'a')), 5000);
    const other = watch(replies.waitFor('3', ready('b')), 5000);
    replies.removed('a');
    await idle();
    expect(alone.told).to.deep.equal([['a', 'failed']]);
    expect([both.told, other.told]).to.deep.equal([undefined, undefined]);
    replies.update('2', 'b', 'ok');
    await idle();
    expect(both.told).to.deep.equal([
      ['b', 'ok'],
      ['a', 'failed'],
    ]);
  });

  it('answers everyone with what is known when it closes, also those who ask afterwards', async () => {
    const asked = watch(replies.waitFor('1', ready('a')), 5000);
    const asking = replies.waitFor('2', ready('b'));
    replies.close();
    await idle();
    expect(asked.told).to.deep.equal([['a', 'ready']]);
    expect([...(await asking.within(5000))]).to.deep.equal([['b', 'ready']]);
  });

  it('lets nobody wait once it is closed', async () => {
    replies.close();
    expect([...(await replies.waitFor('1', ready('a')).within(5000))]).to.deep.equal([['a', 'ready']]);
  });
});
