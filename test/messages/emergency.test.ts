import { expect } from 'chai';
import type { Boot } from '../../server/base/boot.ts';
import type { Draft } from '../../server/delivery/message.ts';
import type { LoggedMessage } from '../../server/delivery/ports.ts';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import { createAlerts } from '../../server/messages/alerts.ts';
import type { CallbackCall } from '../../server/messages/answer-state.ts';
import { createAnswers } from '../../server/messages/answers.ts';
import { createEmergencies } from '../../server/messages/emergency.ts';
import type { EmergencyOptions } from '../../server/messages/emergency-options.ts';
import { createPublishNow } from '../../server/messages/publish-now.ts';
import { createSchedule } from '../../server/messages/schedule.ts';
import { readContent } from '../../shared/content.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { memoryDocuments } from '../support/memory-documents.ts';
import { messagesFrom } from '../support/message.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-11-30T03:00:00Z');
const NAS = 'key/nas';
const PIXEL = { name: 'pixel', id: 'device/pixel' };
const USUAL: EmergencyOptions = { retry: MINUTE, expire: 10 * MINUTE, escalation: [], after: 3 };

function draft(extra: Record<string, unknown> = {}, more: Partial<Draft> = {}): Draft {
  return {
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: 'nas' },
    content: readContent({ text: 'Fire', desp: '', extra }),
    ...more,
  };
}

/** Emergencies on parts as in a relay, over a log in memory. A relay may die and start again. */
function setUp() {
  const clock = fakeClock(START);
  const documents = memoryDocuments(clock.now);
  const make = messagesFrom(clock);
  const log = new Map<string, LoggedMessage>();
  const sent: { minute: number; draft: Draft; mid: string }[] = [];
  const calls: CallbackCall[] = [];
  const { logger, lines } = recordingLogger();
  const state = { fails: false, dies: undefined as (() => Promise<void>) | undefined };
  const send = async (one: Draft, _wait: number, stored?: (mid: string) => void) => {
    if (state.fails) throw new Error('the disk is full');
    const known = log.get(one.number ?? '');
    const message = known?.message ?? make(one);
    if (known === undefined) {
      const entry = { message, statuses: new Map(), removed: new Set<string>() };
      log.set(message.mid, entry);
      if (one.number !== undefined) log.set(one.number, entry);
      sent.push({ minute: Math.round((clock.monotonic() - 5000) / 6000) / 10, draft: one, mid: message.mid });
    }
    await state.dies?.();
    stored?.(message.mid);
    return { mid: message.mid, statuses: new Map([[one.target, 'ready' as const]]) };
  };
  const bootOf: Boot = { id: 'boot', running: () => clock.monotonic() };

  function boot() {
    const alerts = createAlerts({
      documents,
      clock,
      config: { quietFor: 6 * HOUR, flapCount: 5, flapWindow: 10 * MINUTE },
      keptFor: 1e9,
      node: 'a',
      isAlive: async () => true,
    });
    const config = { grace: HOUR, maxJobs: 100, maxJobsPerSender: 100 };
    const schedule = createSchedule({ documents, ownership: soleOwner, clock, boot: bootOf, logger, config });
    const logPort = { stamp: async (one: Draft) => make(one), find: async (mid: string) => log.get(mid) };
    const answers = createAnswers({
      documents,
      schedule,
      log: logPort,
      messageIds: { midOf: () => undefined },
      clock,
      logger,
      config: { maxOpen: 100, maxOpenPerSender: 50 },
      keptFor: 30 * 24 * HOUR,
      secret: 'secret',
      tell: () => {},
      async call(one) {
        calls.push(one);
        return 'taken';
      },
    });
    const publishNow = createPublishNow({ send, alerts, tell: () => {}, clock, logger });
    const emergencies = createEmergencies({
      documents,
      schedule,
      answers,
      alerts,
      log: logPort,
      publishNow,
      tell: () => {},
      clock,
      logger,
    });
    alerts.onOk(emergencies.endKey);
    schedule.start();
    onCleanup(() => schedule.close());
    const begin = async (one = draft(), options: Partial<EmergencyOptions> = {}, sender = NAS) => {
      const { receipt = '' } = await emergencies.publish(one, 0, { emergency: { ...USUAL, ...options } }, sender);
      return receipt;
    };
    const stateOf = async (id: string) => (await answers.get(id))?.info.state;
    return { alerts, schedule, answers, publishNow, emergencies, begin, stateOf };
  }

  const rounds = () => sent.splice(0).map((one) => `${one.minute} ${one.draft.target} ${one.draft.content.ask?.round}`);
  return { clock, sent, calls, lines, state, boot, rounds };
}

describe('createEmergencies', () => {
  it('sends a message again until it expires, each time as another one that rings', async () => {
    const { clock, boot, sent, lines, rounds } = setUp();
    const { begin, answers, stateOf } = boot();
    const id = await begin(draft({}), { expire: 3 * MINUTE });
    expect(id).to.match(/^[A-Za-z0-9]{30}$/);
    await clock.tick(20 * MINUTE);
    for (const { draft: one, mid } of sent) {
      expect(one.content).to.include({ title: 'Fire', priority: 5, key: `receipt:${id}` });
      expect(one.content.ask).to.include({ id, kind: 'acknowledge', until: START + 3 * MINUTE });
      expect(one.content.extra['receipt']).to.equal(id);
      expect([one.silent, one.number === mid]).to.deep.equal([undefined, false]);
    }
    expect(new Set(sent.map(({ mid }) => mid)).size).to.equal(3);
    const mids = sent.map(({ mid }) => mid);
    expect(rounds()).to.deep.equal(['0 phone 1', '1 phone 2', '2 phone 3']);
    expect(await stateOf(id)).to.equal('expired');
    expect((await answers.get(id))?.info).to.deep.include({ mids, round: 3, from: 'nas', title: 'Fire' });
    expect(lines.filter(({ level }) => level === 'warn').map(({ text }) => text)).to.deep.equal([
      'nobody acknowledged an emergency',
    ]);
  });

  it('stops when a person acknowledges it', async () => {
    const { clock, boot, rounds } = setUp();
    const { begin, answers, emergencies } = boot();
    const id = await begin();
    await clock.tick(1.5 * MINUTE);
    expect((await answers.answer(id, undefined, PIXEL))?.outcome).to.equal('taken');
    await clock.tick(HOUR);
    expect(rounds()).to.deep.equal(['0 phone 1', '1 phone 2']);
    expect((await answers.get(id))?.info).to.include({ state: 'answered', by: 'pixel', at: START + 1.5 * MINUTE });
    expect(await emergencies.receipt(id, 'key/other')).to.equal(undefined);
    expect(await emergencies.cancel(id, 'key/other')).to.equal(false);
  });

  it('keeps a receipt for its sender, and tells the callback in the way of Pushover', async () => {
    const { clock, boot, calls } = setUp();
    const { begin, answers, emergencies } = boot();
    const callback = 'http://10.0.0.1/called';
    const id = await begin(draft(), { callback, user: 'u123' });
    await clock.tick(1.5 * MINUTE);
    expect(await emergencies.receipt(id, NAS)).to.deep.equal({
      acknowledgedAt: undefined,
      acknowledgedBy: undefined,
      user: 'u123',
      lastDeliveredAt: START + MINUTE,
      expiresAt: START + 10 * MINUTE,
      isExpired: false,
      calledBackAt: undefined,
    });
    await answers.answer(id, undefined, PIXEL);
    const at = clock.now();
    await clock.tick(1000);
    expect(await emergencies.receipt(id, NAS)).to.include({
      acknowledgedAt: at,
      acknowledgedBy: 'pixel',
      isExpired: false,
      calledBackAt: at,
    });
    const seconds = Math.floor(at / 1000);
    const form = `acknowledged=1&acknowledged_at=${seconds}&acknowledged_by=u123&acknowledged_by_device=pixel`;
    expect(calls).to.deep.equal([
      { url: callback, type: 'application/x-www-form-urlencoded', body: `receipt=${id}&${form}`, isTrusted: true },
    ]);
    // Nobody is called for what nobody has acknowledged.
    const other = await begin(draft(), { callback, user: 'u123' });
    expect(await emergencies.cancel(other, NAS)).to.equal(true);
    expect(await emergencies.cancel(other, NAS)).to.equal(true);
    await clock.tick(HOUR);
    expect(calls).to.have.length(1);
    expect(await emergencies.receipt(other, NAS)).to.include({ isExpired: true, calledBackAt: undefined });
  });

  it('stops when it is cancelled, by its receipt or by a tag of the same sender', async () => {
    const { clock, boot, rounds } = setUp();
    const { begin, answers, emergencies, stateOf } = boot();
    const [one, two, other] = [
      await begin(draft({ tags: 'disk,nas' })),
      await begin(draft({ tags: 'disk' })),
      await begin(draft({ tags: 'disk' }), {}, 'key/other'),
    ];
    await answers.cancel(one);
    expect(await emergencies.cancelTag(NAS, 'disk')).to.equal(1);
    expect(await emergencies.cancelTag(NAS, 'disk')).to.equal(0);
    expect([await stateOf(one), await stateOf(two), await stateOf(other)]).to.deep.equal([
      'cancelled',
      'cancelled',
      'open',
    ]);
    rounds();
    await clock.tick(1.5 * MINUTE);
    expect(rounds()).to.deep.equal(['1 phone 2']);
  });

  it('stops when its key is ok, also if nobody was told of it', async () => {
    const { clock, boot, rounds } = setUp();
    const { begin, alerts, emergencies, publishNow, stateOf } = boot();
    const first = await begin(draft({ key: 'disk', state: 'firing' }));
    await publishNow(draft({ key: 'disk', state: 'ok' }), 0);
    await eventually('the first is over', async () => (await stateOf(first)) === 'cancelled');
    const second = await begin(draft({ key: 'disk' }));
    const info = await alerts.find('personal', 'phone', 'disk');
    await alerts.close(info?.id ?? '');
    expect(await stateOf(second)).to.equal('cancelled');
    const third = await begin(draft({ key: 'disk' }));
    alerts.onOk(async () => {
      throw new Error('the node dies here');
    });
    rounds();
    await emergencies.endKey('personal', 'phone', 'other');
    await clock.tick(1.5 * MINUTE);
    expect(rounds()).to.deep.equal(['1 phone 2']);
    expect(await stateOf(third)).to.equal('open');
  });

  it('calls nobody for a message that says that all is well', async () => {
    const { clock, boot, rounds } = setUp();
    const { begin } = boot();
    expect(await begin(draft({ key: 'disk', state: 'resolved' }))).to.equal('');
    await clock.tick(HOUR);
    expect(rounds()).to.deep.equal(['0 phone undefined']);
  });

  it('replaces the open one of its key', async () => {
    const { clock, boot, rounds } = setUp();
    const { begin, stateOf } = boot();
    const first = await begin(draft({ key: 'disk' }));
    await clock.tick(1.5 * MINUTE);
    await begin(draft({ key: 'disk' }));
    expect(await stateOf(first)).to.equal('cancelled');
    await clock.tick(2 * MINUTE);
    expect(rounds()).to.deep.equal(['0 phone 1', '1 phone 2', '1.5 phone 1', '2.5 phone 2', '3.5 phone 3']);
  });

  it('goes to further targets after some rounds, and closes their alerts with its own', async () => {
    const { clock, boot, rounds } = setUp();
    const { begin, alerts, answers, publishNow } = boot();
    const escalation = [
      { sendType: 'personal', target: 'partner' },
      { sendType: 'group', target: 'ops' },
    ] as const;
    const id = await begin(draft({ key: 'disk', state: 'firing' }), { escalation, after: 1 });
    await clock.tick(2.5 * MINUTE);
    expect(rounds()).to.deep.equal(['0 phone 1', '1 phone 2', '1 partner 2', '2 phone 3', '2 partner 3', '2 ops 3']);
    const { escalated, mids } = (await answers.get(id))?.info ?? {};
    expect([escalated, mids?.length]).to.deep.equal([['partner', 'ops'], 6]);
    await publishNow(draft({ key: 'disk', state: 'ok' }), 0);
    await clock.tick(1000);
    const states = await Promise.all([alerts.find('personal', 'partner', 'disk'), alerts.find('group', 'ops', 'disk')]);
    expect(states.map((alert) => alert?.state)).to.deep.equal(['ok', 'ok']);
  });

  it('goes on after a restart, and makes up once for what was missed', async () => {
    const { clock, boot, rounds } = setUp();
    const { begin, schedule } = boot();
    await begin();
    await clock.tick(1.5 * MINUTE);
    await schedule.close();
    await clock.tick(4 * MINUTE);
    boot();
    await clock.tick(20 * MINUTE);
    expect(rounds()).to.deep.equal([
      '0 phone 1',
      '1 phone 2',
      '5.5 phone 3',
      '6.5 phone 4',
      '7.5 phone 5',
      '8.5 phone 6',
      '9.5 phone 7',
    ]);
  });

  it('sends nothing after a restart once its time is over', async () => {
    const { clock, boot, rounds } = setUp();
    const { begin, schedule } = boot();
    const id = await begin();
    await schedule.close();
    await clock.tick(HOUR);
    const { stateOf } = boot();
    await clock.tick(HOUR);
    expect([rounds(), await stateOf(id)]).to.deep.equal([['0 phone 1'], 'expired']);
  });

  it('sends each round once if the relay dies while it is sent', async () => {
    const { clock, boot, state, rounds } = setUp();
    const { begin, schedule } = boot();
    await begin();
    let deaths = 0;
    state.dies = async () => {
      deaths += 1;
      if (deaths > 3) return;
      throw new Error('the relay dies after the message is stored');
    };
    await clock.tick(2 * MINUTE);
    await schedule.close();
    boot();
    await clock.tick(2 * MINUTE);
    const sent = rounds().map((one) => one.split(' ').at(-1));
    expect([sent, new Set(sent).size]).to.deep.equal([['1', '2', '3', '4', '5'], 5]);
  });

  it('is repeated if the relay dies before the sender has its answer, and a request that is repeated makes no other one', async () => {
    const { clock, boot, state, rounds } = setUp();
    const { begin, schedule } = boot();
    const number = String(START + 1);
    let isFirst = true;
    state.dies = () => new Promise(isFirst ? () => {} : (resolve) => resolve());
    void begin(draft({}, { number }));
    await clock.tick(1000);
    await schedule.close();
    isFirst = false;
    state.dies = undefined;
    const { begin: again } = boot();
    await again(draft({}, { number }));
    await clock.tick(3 * MINUTE);
    expect(rounds()).to.deep.equal(['0 phone 1', '1 phone 2', '2 phone 3', '3 phone 4']);
  });

  it('is taken back if its first message cannot be sent', async () => {
    const { clock, boot, state, rounds } = setUp();
    const { begin, answers } = boot();
    state.fails = true;
    expect(await rejection(begin())).to.include({ message: 'the disk is full' });
    state.fails = false;
    await clock.tick(HOUR);
    expect(rounds()).to.deep.equal([]);
    expect((await answers.list(false, { limit: 10 })).questions).to.deep.equal([]);
  });

  it('begins when it is tried again after a failure, with the same number', async () => {
    const { clock, boot, state, rounds } = setUp();
    const { begin, stateOf } = boot();
    const one = () => begin(draft({}, { number: String(START + 1) }));
    state.fails = true;
    expect(await rejection(one())).to.include({ message: 'the disk is full' });
    state.fails = false;
    await clock.tick(2 * MINUTE);
    const id = await one();
    await clock.tick(1.5 * MINUTE);
    expect(rounds()).to.deep.equal(['2 phone 1', '3 phone 2']);
    expect(await stateOf(id)).to.equal('open');
  });

  it('is not begun again by a request that is repeated after its end', async () => {
    const { clock, boot, rounds } = setUp();
    const { begin, answers, stateOf } = boot();
    const one = () => begin(draft({}, { number: String(START + 1) }));
    const id = await one();
    await answers.answer(id, undefined, PIXEL);
    await clock.tick(1000);
    expect(await one()).to.equal(id);
    await clock.tick(HOUR);
    expect([rounds(), await stateOf(id)]).to.deep.equal([['0 phone 1'], 'answered']);
  });

  for (const [text, by] of [
    ['forward', 2 * HOUR],
    ['back', -2 * HOUR],
  ] as const) {
    it(`lasts as long as it should when the clock is set ${text}`, async () => {
      const { clock, boot, sent, rounds } = setUp();
      const { begin, answers, stateOf } = boot();
      const id = await begin(draft(), { expire: 4 * MINUTE });
      await clock.tick(0.5 * MINUTE);
      clock.step(by);
      await clock.tick(2 * MINUTE);
      expect(await stateOf(id)).to.equal('open');
      expect(sent.at(-1)?.draft.content.ask?.until).to.equal(START + by + 4 * MINUTE);
      await clock.tick(3 * MINUTE);
      expect(rounds()).to.deep.equal(['0 phone 1', '1 phone 2', '2 phone 3', '3 phone 4']);
      expect(await stateOf(id)).to.equal('expired');
      expect((await answers.answer(id, undefined, PIXEL))?.outcome).to.equal('over');
    });
  }
});
