import { expect } from 'chai';
import type { Draft } from '../../server/delivery/message.ts';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import type { Sign } from '../../server/messages/beat-state.ts';
import { beatId, createBeats } from '../../server/messages/beats.ts';
import type { SendOptions } from '../../server/messages/options.ts';
import { createSchedule } from '../../server/messages/schedule.ts';
import type { BeatEvent } from '../../shared/api.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { memoryDocuments } from '../support/memory-documents.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse('2026-11-30T03:00:00Z');
const NAME = { sendType: 'personal', target: 'phone', key: 'backup' } as const;
const ID = beatId(NAME);

const end = (exit = 0, text = ''): Sign => ({ kind: 'end', exit, text });
const begin: Sign = { kind: 'start', exit: 0, text: '' };
const times =
  (given: Readonly<Record<string, string>> = {}) =>
  (name: string) =>
    given[name];

/** Heartbeats on a schedule that may restart. */
function setUp(maxJobs = 100) {
  const clock = fakeClock(START);
  const documents = memoryDocuments(clock.now);
  const sent: { draft: Draft; options: SendOptions | undefined }[] = [];
  const state = { fails: false };
  const events: BeatEvent[] = [];
  function boot() {
    const config = { grace: HOUR, maxJobs, maxJobsPerSender: 1000 };
    const schedule = createSchedule({
      documents,
      ownership: soleOwner,
      clock,
      logger: recordingLogger().logger,
      config,
    });
    const beats = createBeats({
      documents,
      schedule,
      async publishNow(draft, _wait, options) {
        if (state.fails) throw new Error('the disk is full');
        sent.push({ draft, options });
        return { mid: '1', statuses: new Map() };
      },
      clock,
      config,
      tell: (event) => void events.push(event),
    });
    schedule.start();
    onCleanup(() => schedule.close());
    return { schedule, beats };
  }
  const told = () => sent.splice(0).map(({ draft: { content } }) => `${content.state} ${content.title}`);
  const made = async (given: Readonly<Record<string, string>> = { every: '24h', grace: '1h', tz: '' }) => {
    const { beats, schedule } = boot();
    const { tz, ...rest } = given;
    await beats.sign(NAME, 'nas', end(), times(tz === '' ? rest : given));
    return { beats, schedule };
  };
  return { clock, sent, state, boot, told, made, events };
}

describe('createBeats', () => {
  it('counts a sign that is repeated with its idempotency key once, for a day', async () => {
    const { clock, told, made, events } = setUp();
    const { beats } = await made();
    const request = { sender: 'key/nas', key: 'run 7' };
    const give = (sign = end(2, 'no space'), keyed = request) => beats.sign(NAME, 'nas', sign, times(), keyed);
    const first = await give();
    events.length = 0;
    expect(await give()).to.deep.equal(first);
    expect([told(), events]).to.deep.equal([['firing backup: failed with exit code 2'], []]);
    expect(await rejection(give(end(0)))).to.include({
      code: 'conflict',
      message: 'this idempotency key was used for another sign',
    });
    expect((await give(end(2, 'no space'), { ...request, sender: 'key/other' })).runs).to.have.length(3);
    expect((await beats.ping(first.uuid, end(2, 'no space'), request))?.runs, 'by either way').to.have.length(3);
    await clock.tick(24 * HOUR);
    expect((await give()).runs).to.have.length(4);
  });

  it('tells of each change, and of the end', async () => {
    const { clock, made, events } = setUp();
    const { beats } = await made();
    await beats.sign(NAME, 'nas', end(1), undefined);
    await beats.change(ID, times({ grace: '2h' }));
    await clock.tick(30 * HOUR);
    await beats.pause(ID);
    await beats.remove(ID);
    const states = events.map(({ id, target, beat }) => [id, target, beat?.state ?? null]);
    expect(states).to.deep.equal(
      ['up', 'failed', 'failed', 'down', 'paused', null].map((state) => [ID, NAME.target, state]),
    );
  });

  it('says once a day that a sign is missing, and that the next one came', async () => {
    const { clock, told, made, sent } = setUp();
    const { beats } = await made({ cron: '0 3 * * *', tz: 'UTC', grace: '2h' });
    await clock.tick(26 * HOUR - 1000);
    expect((await beats.get(ID))?.state).to.equal('late');
    expect(told()).to.deep.equal([]);
    await clock.tick(2000);
    expect(sent[0]?.draft).to.deep.include({
      sendType: 'personal',
      target: 'phone',
      from: { method: 'http', name: 'nas' },
    });
    expect(sent[0]?.draft.content.key).to.equal('beat:backup');
    expect(told()).to.deep.equal(['firing backup: no sign since 03:00 (26 h)']);
    expect((await beats.get(ID))?.state).to.equal('down');
    await clock.tick(DAY);
    expect(sent[0]?.options?.ring).to.equal('always');
    expect(told()).to.deep.equal(['firing backup: no sign since 03:00 (2 d)']);
    await beats.sign(NAME, 'nas', end(), times());
    expect(told()).to.deep.equal(['ok backup: ok again']);
    const { state, runs } = (await beats.get(ID)) ?? {};
    expect([state, runs?.map((run) => run.state)]).to.deep.equal(['up', ['ok', 'missing', 'ok']]);
  });

  it('says nothing as long as signs come, and keeps the last 30 runs', async () => {
    const { clock, told, made } = setUp();
    const { beats } = await made();
    for (let day = 0; day < 40; day++) {
      await clock.tick(24.5 * HOUR);
      await beats.sign(NAME, 'nas', end(), times({ every: '24h', grace: '1h' }));
    }
    expect(told()).to.deep.equal([]);
    expect((await beats.get(ID))?.runs).to.have.length(30);
  });

  it('tells a failure at once, with the duration and the end of the output', async () => {
    const { clock, told, made, sent } = setUp();
    const { beats } = await made();
    await beats.sign(NAME, 'nas', begin, times());
    await clock.tick(12_000);
    await beats.sign(NAME, 'nas', end(3, `first\n${'line\n'.repeat(20)}`), times());
    expect(sent[0]?.draft.content).to.include({ body: 'line\n'.repeat(20).trimEnd(), format: 'plain' });
    expect(told()).to.deep.equal(['firing backup: failed with exit code 3 after 12 s']);
    expect((await beats.get(ID))?.runs.at(-1)).to.deep.include({ state: 'failed', exit: 3, duration: 12_000 });
    await beats.sign(NAME, 'nas', end(), times());
    expect(told()).to.deep.equal(['ok backup: ok again']);
  });

  it('counts no start as a sign, and no sign whose message could not be sent', async () => {
    const { clock, state, told, made } = setUp();
    const { beats } = await made();
    await clock.tick(20 * HOUR);
    await beats.sign(NAME, 'nas', begin, times());
    state.fails = true;
    expect(await rejection(beats.sign(NAME, 'nas', end(1), times()))).to.include({ message: 'the disk is full' });
    state.fails = false;
    expect((await beats.get(ID))?.runs).to.have.length(1);
    // The failed sign has put off the alarm once.
    await clock.tick(26 * HOUR);
    expect(told()).to.have.length(1);
  });

  it('waits for signs that are under way after the relay was away, then tells', async () => {
    const { clock, told, made, boot } = setUp();
    const { schedule } = await made();
    await schedule.close();
    await clock.tick(2 * DAY);
    boot();
    await clock.tick(HOUR - 1000);
    expect(told()).to.deep.equal([]);
    await clock.tick(2000);
    expect(told()).to.deep.equal(['firing backup: no sign since 03:00 (2 d)']);
  });

  it('is paused until the next sign, changed, and removed', async () => {
    const { clock, told, made } = setUp();
    const { beats } = await made();
    await clock.tick(26 * HOUR);
    told();
    expect((await beats.pause(ID))?.state).to.equal('paused');
    expect(told()).to.deep.equal(['ok backup: paused']);
    await clock.tick(5 * DAY);
    expect(told()).to.deep.equal([]);
    await beats.sign(NAME, 'nas', end(), times());
    expect(await beats.change(ID, times({ every: '10m' }))).to.include({
      every: 10 * MINUTE,
      grace: HOUR,
      state: 'up',
    });
    await clock.tick(HOUR + 11 * MINUTE);
    expect(told()).to.deep.equal(['firing backup: no sign since 05:00 (70 min)']);
    expect(await beats.remove(ID)).to.equal(true);
    expect(await beats.remove(ID)).to.equal(false);
    told();
    await clock.tick(2 * DAY);
    expect([told(), await beats.get(ID), await beats.pause(ID)]).to.deep.equal([[], undefined, undefined]);
  });

  it('takes signs by the uuid, and makes none by a sign that may not', async () => {
    const { beats } = await setUp().made();
    const { uuid = '' } = (await beats.get(ID)) ?? {};
    expect((await beats.ping(uuid, end()))?.runs).to.have.length(2);
    expect(await beats.ping('another', end())).to.equal(undefined);
    const other = { ...NAME, key: 'other' };
    expect(await rejection(beats.sign(other, '', end(), undefined))).to.include({ code: 'not_found' });
    expect((await beats.list({ limit: 10 })).beats.map(({ key }) => key)).to.deep.equal(['backup']);
  });

  it('refuses wrong times, and more than the bound', async () => {
    const { beats } = await setUp(1).made();
    const other = { ...NAME, key: 'other' };
    for (const given of [
      {},
      { every: 'often' },
      { every: '1s' },
      { every: '1h', cron: '0 3 * * *' },
      { every: '1h', tz: 'UTC' },
      { cron: '0 3 30 2 *' },
      { cron: '0 3 * * *', tz: 'Nowhere' },
      { every: '1h', grace: '900d' },
    ]) {
      const error = await rejection(beats.sign(other, '', end(), times(given)));
      expect(error, JSON.stringify(given)).to.include({ code: 'invalid' });
    }
    expect(await rejection(beats.sign(other, '', end(), times({ every: '1h' })))).to.include({ code: 'too_many' });
  });
});
