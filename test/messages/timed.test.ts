import { expect } from 'chai';
import type { Draft } from '../../server/delivery/message.ts';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import type { SendOptions, Timing } from '../../server/messages/options.ts';
import { createSchedule } from '../../server/messages/schedule.ts';
import { createTimed } from '../../server/messages/timed.ts';
import { readContent, writeContent } from '../../shared/content.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { memoryDocuments } from '../support/memory-documents.ts';
import { messagesFrom } from '../support/message.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 9:00 in Berlin. */
const START = Date.parse('2026-11-30T08:00:00Z');

function draft(text = 'hello', extra: Record<string, unknown> = {}): Draft {
  return {
    sendType: 'group',
    target: 'team',
    from: { method: 'http', name: 'cron' },
    content: readContent({ text, desp: '', extra }),
  };
}

/** Scheduled messages on a schedule that may restart. */
function setUp() {
  const clock = fakeClock(START);
  const documents = memoryDocuments(clock.now);
  const make = messagesFrom(clock);
  const sent: { at: number; draft: Draft; options: SendOptions | undefined }[] = [];
  const state = { fails: false };
  function boot() {
    const schedule = createSchedule({
      documents,
      ownership: soleOwner,
      clock,
      logger: recordingLogger().logger,
      config: { grace: HOUR, maxJobs: 100, maxJobsPerSender: 1000 },
    });
    const timed = createTimed({
      schedule,
      log: { stamp: async (one) => make(one) },
      messageIds: { idOf: (mid) => `id${mid.slice(-6)}` },
      publishDue: async (one, _wait, options) => {
        if (state.fails) throw new Error('the disk is full');
        sent.push({ at: clock.now(), draft: one, options });
        return { mid: '1', statuses: new Map() };
      },
      clock,
    });
    schedule.start();
    onCleanup(() => schedule.close());
    return { schedule, timed };
  }
  const texts = () => sent.map(({ draft: { content } }) => content.title);
  return { clock, sent, state, boot, texts };
}

const at = (dueAt: number, more: Partial<Timing> = {}): Timing => ({ dueAt, given: '', ...more });
const daily = (name?: string): Timing =>
  at(START + HOUR, { cron: '0 10 * * *', tz: 'Europe/Berlin', ...(name === undefined ? {} : { name }) });

/** The sender, unless a test needs another. */
const NAS = 'key/nas';

describe('createTimed', () => {
  it('sends a message once when it is due, with its number, its options and nothing more', async () => {
    const { clock, sent, boot } = setUp();
    const { timed } = boot();
    const scheduled = await timed.schedule(
      draft('hello', { key: 'k' }),
      at(START + HOUR),
      { ring: 'never', ttl: 5 },
      NAS,
    );
    expect(scheduled).to.include({ target: 'team', from: 'cron', dueAt: START + HOUR });
    await clock.tick(HOUR - 1000);
    expect(sent).to.deep.equal([]);
    await clock.tick(2000);
    const [only] = sent;
    expect(sent).to.have.length(1);
    expect(only?.draft.number).to.match(/^\d+$/);
    expect(only && writeContent(only.draft.content)).to.deep.equal({ text: 'hello', desp: '', extra: { key: 'k' } });
    expect(only?.options).to.deep.include({ ring: 'never', ttl: 5 });
    expect(await timed.get(scheduled.id)).to.equal(undefined);
  });

  it('sends a recurring one each time, with another number each time', async () => {
    const { clock, sent, boot } = setUp();
    await boot().timed.schedule(draft(), daily('standup'), {}, NAS);
    await clock.tick(3 * DAY);
    expect(sent.map(({ at: time }) => new Date(time).toISOString())).to.deep.equal([
      '2026-11-30T09:00:00.000Z',
      '2026-12-01T09:00:00.000Z',
      '2026-12-02T09:00:00.000Z',
    ]);
    expect(new Set(sent.map(({ draft: { number } }) => number)).size).to.equal(3);
  });

  it('replaces the one with the same name', async () => {
    const { clock, texts, boot } = setUp();
    const { timed } = boot();
    await timed.schedule(draft('old'), daily('standup'), {}, NAS);
    await timed.schedule(draft('new'), daily('standup'), {}, NAS);
    await clock.tick(2 * HOUR);
    expect(texts()).to.deep.equal(['new']);
  });

  it('sends what was due while it was down, and says that it is late', async () => {
    const { clock, sent, boot } = setUp();
    const { schedule, timed } = boot();
    await timed.schedule(draft(), at(START + HOUR), {}, NAS);
    await schedule.close();
    await clock.tick(3 * DAY);
    boot();
    await clock.tick(0);
    expect(sent.map(({ draft: { content } }) => content.extra)).to.deep.equal([{ late: (START + HOUR) / 1000 }]);
  });

  it('makes up for a recurring one once, if it is not too late', async () => {
    const { clock, sent, boot } = setUp();
    const { schedule, timed } = boot();
    await timed.schedule(draft(), at(START + 60_000, { cron: '*/10 * * * *', tz: 'UTC' }), {}, NAS);
    await schedule.close();
    await clock.tick(HOUR / 2);
    const second = boot();
    await clock.tick(0);
    expect(sent).to.have.length(1);
    await second.schedule.close();
    await clock.tick(DAY);
    sent.length = 0;
    boot();
    await clock.tick(0);
    expect(sent).to.deep.equal([]);
    await clock.tick(10 * 60_000);
    expect(sent).to.have.length(1);
  });

  it('tries again with the same number if it could not be sent', async () => {
    const { clock, sent, state, boot } = setUp();
    const { timed } = boot();
    state.fails = true;
    await timed.schedule(draft(), at(START + 1000), {}, NAS);
    await clock.tick(10_000);
    state.fails = false;
    await clock.tick(40_000);
    expect(sent).to.have.length(1);
  });

  it('changes a message that waits', async () => {
    const { clock, texts, boot } = setUp();
    const { timed } = boot();
    const { id } = await timed.schedule(draft('old'), daily(), {}, NAS);
    const changed = await timed.change(id, { message: { text: 'new' }, timing: at(START + 2 * HOUR), ring: 'never' });
    expect(changed).to.deep.include({ id, dueAt: START + 2 * HOUR, ring: 'never' });
    expect(changed.cron).to.equal(undefined);
    expect(await timed.get(id)).to.deep.equal(changed);
    await clock.tick(3 * HOUR);
    expect(texts()).to.deep.equal(['new']);
    expect(await rejection(timed.change(id, {}))).to.include({ code: 'not_found' });
  });

  it('cancels by id, and by the key and the target', async () => {
    const { clock, texts, boot } = setUp();
    const { timed } = boot();
    const ids: string[] = [];
    for (const key of ['a', 'b', 'a']) {
      ids.push((await timed.schedule(draft(key, { key }), at(START + HOUR), {}, NAS)).id);
      await clock.tick(1);
    }
    expect(await timed.cancelKey('other', 'a')).to.deep.equal([]);
    expect((await timed.cancelKey('team', 'a')).sort()).to.deep.equal([ids[0], ids[2]].sort());
    expect([await timed.cancel(ids[1] ?? ''), await timed.cancel(ids[1] ?? '')]).to.deep.equal([true, false]);
    await clock.tick(2 * HOUR);
    expect(texts()).to.deep.equal([]);
  });

  it('skips the next time of a recurring one only', async () => {
    const { boot } = setUp();
    const { timed } = boot();
    await timed.schedule(draft(), daily('standup'), {}, NAS);
    expect((await timed.skip('standup')).dueAt).to.equal(START + HOUR + DAY);
    const { id } = await timed.schedule(draft(), at(START + HOUR), {}, NAS);
    expect(await rejection(timed.skip(id))).to.include({ code: 'invalid' });
    expect(await rejection(timed.skip('nothing'))).to.include({ code: 'not_found' });
  });

  it('runs one now: a recurring one stays, another one is gone', async () => {
    const { texts, boot } = setUp();
    const { timed } = boot();
    await timed.schedule(draft('again'), daily('standup'), {}, NAS);
    const { id } = await timed.schedule(draft('once'), at(START + HOUR), {}, NAS);
    await timed.run('standup');
    await timed.run(id);
    expect(texts()).to.deep.equal(['again', 'once']);
    expect((await timed.list({ limit: 10 })).scheduled.map((one) => one.id)).to.deep.equal(['standup']);
    expect((await timed.get('standup'))?.dueAt).to.equal(START + HOUR);
  });

  it('keeps a name for its sender: others but the owner are refused it', async () => {
    const { timed } = setUp().boot();
    await timed.schedule(draft('mine'), daily('standup'), {}, NAS);
    const { id } = await timed.schedule(draft('mine'), at(START + HOUR), {}, NAS);
    for (const name of ['standup', id]) {
      const error = await rejection(timed.schedule(draft('theirs'), daily(name), {}, 'key/camera'));
      expect(error).to.include({ code: 'conflict', message: `another sender has scheduled a message as ${name}` });
    }
    expect((await timed.get('standup'))?.message.text).to.equal('mine');
    await timed.schedule(draft('the owner'), daily('standup'), {}, 'owner/');
    expect((await timed.get('standup'))?.message.text).to.equal('the owner');
    expect(await rejection(timed.schedule(draft('mine'), daily('standup'), {}, NAS))).to.include({ code: 'conflict' });
  });

  it('gives a name to one of two senders that ask for it at once', async () => {
    const { timed } = setUp().boot();
    const asked = ['a', 'b'].map((who) => timed.schedule(draft(who), daily('standup'), {}, `key/${who}`));
    const results = await Promise.allSettled(asked);
    expect(results.filter(({ status }) => status === 'rejected')).to.have.length(1);
  });
});
