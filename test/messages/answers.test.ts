import { expect } from 'chai';
import type { RelayError } from '../../server/base/errors.ts';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import type { Question } from '../../server/messages/answer-state.ts';
import { createAnswers } from '../../server/messages/answers.ts';
import type { CallResult } from '../../server/messages/limit-calls.ts';
import { createSchedule } from '../../server/messages/schedule.ts';
import type { AnswerInfo } from '../../shared/api.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { memoryDocuments } from '../support/memory-documents.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

const START = Date.parse('2026-11-30T03:00:00Z');
const MINUTE = 60_000;
const PIXEL = { name: 'pixel', id: 'device/pixel' };
const TABLET = { name: 'tablet', id: 'device/tablet' };

/** Questions on a schedule that may restart. */
function setUp(bounds: { maxOpen?: number; maxOpenPerSender?: number } = {}) {
  const clock = fakeClock(START);
  const documents = memoryDocuments(clock.now);
  const settled: AnswerInfo[] = [];
  const told: string[] = [];
  const calls: string[] = [];
  const released: (() => void)[] = [];
  const state: { fails: boolean; call: CallResult; hangs: string } = { fails: false, call: 'taken', hangs: '-' };
  function boot(isStarted = true) {
    const { logger } = recordingLogger();
    const config = { grace: MINUTE, maxJobs: 1000, maxJobsPerSender: 1000 };
    const boot = { id: 'the boot of this test', running: clock.monotonic };
    const schedule = createSchedule({ documents, ownership: soleOwner, clock, boot, logger, config });
    const answers = createAnswers({
      documents,
      schedule,
      log: { find: async () => undefined },
      messageIds: { midOf: () => undefined },
      clock,
      logger,
      config: { maxOpen: 10, maxOpenPerSender: 5, ...bounds },
      keptFor: 600 * MINUTE,
      secret: 'secret',
      tell: ({ state, mids }) => void told.push(`${state} ${mids.length}`),
      async call({ url, body }) {
        calls.push(`${url} ${JSON.parse(body).state}`);
        if (url.includes(state.hangs)) await new Promise<void>((resolve) => released.push(resolve));
        return state.call;
      },
    });
    answers.onSettled(async (info) => {
      if (state.fails) throw new Error('nobody hears it');
      settled.push(info);
    });
    if (isStarted) schedule.start();
    onCleanup(() => {
      for (const release of released) release();
      return schedule.close();
    });
    return { answers, schedule };
  }
  return { clock, settled, told, calls, state, boot, documents };
}

function question(changes: Partial<Question> = {}): Question {
  return {
    sendType: 'personal',
    target: 'phone',
    title: 'Deploy?',
    from: 'ci',
    sender: 'key/ci',
    kind: 'choice',
    options: ['yes', 'no'],
    default: 'no',
    until: START + MINUTE,
    number: '1',
    ...changes,
  };
}

describe('createAnswers', () => {
  it('takes the first answer, and only that', async () => {
    const { boot, clock, settled } = setUp();
    const { answers } = boot();
    const { id } = await answers.ask(question());
    expect(id).to.match(/^[A-Za-z0-9]{30}$/);
    await answers.noteMid(id, '11');
    const taken = await answers.answer(id, ' YES', PIXEL);
    expect(taken).to.deep.include({ outcome: 'taken' });
    expect(taken?.info).to.deep.include({ state: 'answered', answer: 'yes', by: 'pixel', at: START, mids: ['11'] });
    expect((await answers.answer(id, 'yes', PIXEL))?.outcome).to.equal('taken');
    expect((await answers.answer(id, 'no', PIXEL))?.outcome).to.equal('late');
    expect(await answers.answer(id, 'yes', TABLET)).to.deep.equal({ outcome: 'late', info: taken?.info });
    expect((await answers.cancel(id))?.state).to.equal('answered');
    await clock.tick(0);
    expect(settled).to.deep.equal([taken?.info]);
    await clock.tick(2 * MINUTE);
    expect(settled).to.have.length(1);
    expect((await answers.list(true, { limit: 10 })).questions).to.deep.equal([]);
    expect((await answers.list(false, { limit: 10 })).questions).to.have.length(1);
  });

  it('is over when its time has passed, whatever somebody does to the clock', async () => {
    const { boot, clock, settled, told } = setUp();
    const { answers } = boot();
    const { id } = await answers.ask(question());
    await answers.noteMid(id, '11');
    clock.step(60 * MINUTE);
    await clock.tick(MINUTE - 1000);
    expect((await answers.get(id))?.info.state).to.equal('open');
    await clock.tick(1000);
    const late = await answers.answer(id, 'yes', PIXEL);
    expect(late).to.deep.include({ outcome: 'over' });
    expect(late?.info).to.include({ state: 'expired' });
    expect(settled.map(({ state }) => state)).to.deep.equal(['expired']);
    expect(told).to.deep.equal(['open 1', 'expired 1']);
  });

  it('outlives a restart, and expires after it', async () => {
    const { boot, clock, settled } = setUp();
    const before = boot();
    const { id } = await before.answers.ask(question());
    await before.schedule.close();
    const { answers } = boot();
    expect((await answers.ask(question({ until: START + 10 * MINUTE }))).until, 'the same number').to.equal(
      START + MINUTE,
    );
    const waiting = answers.wait(id, new AbortController().signal);
    await clock.tick(MINUTE);
    expect((await waiting)?.state).to.equal('expired');
    expect(settled.map(({ state }) => state)).to.deep.equal(['expired']);
  });

  it('does what follows from an answer again until that succeeds', async () => {
    const { boot, clock, settled, state } = setUp();
    const { answers } = boot();
    const { id } = await answers.ask(question());
    state.fails = true;
    await answers.answer(id, 'no', PIXEL);
    await clock.tick(1000);
    expect(settled).to.deep.equal([]);
    state.fails = false;
    await clock.tick(MINUTE);
    expect(settled.map(({ answer }) => answer)).to.deep.equal(['no']);
  });

  it('lets slow addresses of one sender hold up neither other senders nor the relay', async () => {
    const { boot, clock, state, calls } = setUp({ maxOpen: 200, maxOpenPerSender: 100 });
    const { answers } = boot();
    // Takes every request, and answers none.
    state.hangs = 'slow';
    for (let n = 0; n < 90; n += 1) {
      const callback = `https://slow.example/${n}`;
      const { id } = await answers.ask(question({ number: `${n}`, callback }));
      await answers.answer(id, 'yes', PIXEL);
    }
    await eventually('some are called', () => calls.length > 0);
    const other = { number: '900', sender: 'key/other', callback: 'https://quick.example/' };
    const { id } = await answers.ask(question(other));
    await answers.answer(id, 'yes', PIXEL);
    await eventually('another sender is served', () => calls.some((one) => one.startsWith('https://quick.example/')));
    await clock.tick(5 * MINUTE);
    expect(calls.filter((one) => one.startsWith('https://slow.example/'))).to.have.length(10);
    // No more of them, but the sender may still ask without an address.
    const more = { until: clock.now() + MINUTE, callback: 'https://slow.example/more' };
    for (let n = 100; n < 110; n += 1) {
      const made = await answers.ask(question({ ...more, number: `${n}` }));
      await answers.answer(made.id, 'yes', PIXEL);
    }
    const { code, message } = (await rejection(answers.ask(question({ ...more, number: '111' })))) as RelayError;
    expect([code, message.split(' (')[0]]).to.deep.equal(['too_many', '100 callbacks of yours were not taken yet']);
    await answers.ask(question({ number: '112', until: more.until }));
  });

  it('tells a callback, with growing rests, for a day', async () => {
    const { boot, clock, calls, state, settled } = setUp();
    const { answers } = boot();
    const { id } = await answers.ask(question({ callback: 'https://example.org/answer' }));
    state.call = { reason: 'answered 500', after: 60_000 };
    await answers.answer(id, 'no', PIXEL);
    await clock.tick(59_000);
    expect(calls).to.have.length(1);
    await clock.tick(2000);
    expect(calls).to.have.length(2);
    state.call = 'taken';
    await clock.tick(10 * MINUTE);
    expect(calls).to.deep.equal(Array(3).fill('https://example.org/answer answered'));
    expect(settled).to.have.length(1);
    expect((await answers.get(id))?.info.calledBackAt).to.be.a('number');

    state.call = { reason: 'answered 500' };
    await answers.ask(question({ number: '2', until: clock.now() + 1000, callback: 'https://example.org/2' }));
    await clock.tick(26 * 60 * MINUTE);
    const tries = calls.length;
    expect(calls.at(-1)).to.equal('https://example.org/2 expired');
    await clock.tick(60 * MINUTE);
    expect(calls).to.have.length(tries);
  });

  it('is withdrawn, and wakes whoever waits for it', async () => {
    const { boot, clock, settled } = setUp();
    const { answers } = boot();
    const { id } = await answers.ask(question({ kind: 'text', options: undefined }));
    const waiting = answers.wait(id, new AbortController().signal);
    const leaving = new AbortController();
    const left = answers.wait(id, leaving.signal);
    leaving.abort();
    expect(await left).to.equal(undefined);
    await answers.cancel(id);
    expect((await waiting)?.state).to.equal('cancelled');
    expect((await answers.answer(id, 'hello', PIXEL))?.outcome).to.equal('over');
    await clock.tick(0);
    expect(settled.map(({ state }) => state)).to.deep.equal(['cancelled']);
    expect(await answers.cancel('x'.repeat(30))).to.equal(undefined);
    expect(await answers.answer('x'.repeat(30), 'yes', PIXEL)).to.equal(undefined);
  });

  it('tells again of a message that was sent while somebody answered', async () => {
    const { boot, clock, settled } = setUp();
    const { answers } = boot();
    const { id } = await answers.ask(question({ kind: 'acknowledge', round: 1 }));
    await answers.noteMid(id, '11');
    await answers.answer(id, undefined, PIXEL);
    await clock.tick(0);
    const after = await answers.noteMid(id, '12', { round: 2, escalated: ['partner'] });
    expect(after).to.deep.include({ state: 'answered', answer: 'acknowledged', mids: ['11', '12'], round: 2 });
    expect(settled.map(({ mids }) => mids.length)).to.deep.equal([1, 2]);
    for (let mid = 20; mid < 60; mid += 1) await answers.noteMid(id, String(mid));
    expect((await answers.get(id))?.info.mids).to.have.length(20);
  });

  it('has a bound for all senders, and one for each', async () => {
    const { boot } = setUp({ maxOpen: 3, maxOpenPerSender: 2 });
    const { answers } = boot();
    const { id } = await answers.ask(question({ number: '1' }));
    await answers.ask(question({ number: '2' }));
    expect(await rejection(answers.ask(question({ number: '3' })))).to.include({ code: 'too_many' });
    await answers.ask(question({ number: '3', sender: 'owner/' }));
    const refused = await rejection(answers.ask(question({ number: '4', sender: 'device/phone' })));
    expect(refused.message).to.equal('3 questions wait for an answer (answers.maxOpen); withdraw some first');
    await answers.cancel(id);
    await answers.ask(question({ number: '4', sender: 'device/phone' }));
  });

  it('makes addresses that nobody else can make', async () => {
    const { boot } = setUp();
    const { answers } = boot();
    const { id } = await answers.ask(question());
    const token = answers.tokenOf(id);
    expect(answers.idOfToken(token)).to.equal(id);
    const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const wrong of ['', id, changed, `${token}A`, token.slice(1), `${'x'.repeat(30)}${token.slice(30)}`]) {
      expect(answers.idOfToken(wrong), wrong).to.equal(undefined);
    }
  });
});
