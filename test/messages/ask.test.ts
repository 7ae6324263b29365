import { expect } from 'chai';
import type { Draft } from '../../server/delivery/message.ts';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import { createAnswers } from '../../server/messages/answers.ts';
import { type AskSettings, createAsk } from '../../server/messages/ask.ts';
import { createIdempotency } from '../../server/messages/idempotency.ts';
import type { SendOptions } from '../../server/messages/options.ts';
import { createSchedule } from '../../server/messages/schedule.ts';
import { readContent } from '../../shared/content.ts';
import type { Message } from '../../shared/message.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { memoryDocuments } from '../support/memory-documents.ts';
import { messagesFrom } from '../support/message.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

const SETTINGS: AskSettings = { kind: 'choice', options: ['yes', 'no'], openFor: 60_000 };

/** What asks, on a log in memory that stores each number once. */
function setUp() {
  const clock = fakeClock(Date.parse('2026-11-30T12:00:00Z'));
  const documents = memoryDocuments(clock.now);
  const make = messagesFrom(clock);
  const stored: { message: Message; options: SendOptions | undefined }[] = [];
  const state: { fails: 'before' | 'after' | undefined } = { fails: undefined };
  const { logger } = recordingLogger();
  const find = async (mid: string) => {
    const found = stored.find(({ message }) => message.mid === mid || message.number === mid);
    return found && { message: found.message, statuses: new Map(), removed: new Set<string>() };
  };
  const config = { grace: 1000, maxJobs: 100, maxJobsPerSender: 1000 };
  const schedule = createSchedule({ documents, ownership: soleOwner, clock, logger, config });
  onCleanup(() => schedule.close());
  const answers = createAnswers({
    ...{ documents, schedule, clock, logger, log: { find }, messageIds: { midOf: () => undefined } },
    config: { maxOpen: 10, maxOpenPerSender: 10 },
    keptFor: 60_000,
    secret: 'secret',
    tell: () => undefined,
    call: async () => 'taken',
  });
  const log = { stamp: async (one: Draft) => make(one), find };
  const ask = createAsk({
    answers,
    async publishNow(draft, _wait, options) {
      if (state.fails === 'before') throw new Error('a crash');
      const known = draft.number === undefined ? undefined : await find(draft.number);
      const message = known?.message ?? make(draft);
      if (known === undefined) stored.push({ message, options });
      if (state.fails === 'after') throw new Error('a crash');
      return { mid: message.mid, statuses: new Map() };
    },
    idempotency: createIdempotency({ documents, log, clock }),
    log,
    clock,
    logger,
  });
  return { ask, answers, stored, state };
}

function draft(extra: Record<string, unknown> = {}): Draft {
  const content = readContent({ text: 'Deploy?', desp: '', extra });
  return { sendType: 'personal', target: 'phone', from: { method: 'http', name: 'ci' }, content };
}

const BASE = 'https://example.org/herald';

describe('createAsk', () => {
  it('withdraws a question whose message cannot be sent, unless the request may come again', async () => {
    const { ask, answers, state } = setUp();
    const openOnes = async () => (await answers.list(true, { limit: 10 })).questions.length;
    state.fails = 'before';
    // More than a sender may have open.
    for (let count = 0; count < 12; count += 1) {
      const failed = await rejection(ask(draft(), SETTINGS, {}, BASE, 'key/ci'));
      expect((failed as Error).message).to.equal('a crash');
    }
    expect(await openOnes()).to.equal(0);
    await rejection(ask(draft(), SETTINGS, { idempotency: 'a' }, BASE, 'key/ci'));
    expect(await openOnes()).to.equal(1);
    state.fails = undefined;
    expect((await ask(draft(), SETTINGS, { idempotency: 'a' }, BASE, 'key/ci')).state).to.equal('open');
  });

  it('sends a message that carries the question and where it is answered', async () => {
    const { ask, answers, stored } = setUp();
    const info = await ask(
      draft({ key: 'deploy', order: 7 }),
      SETTINGS,
      { ring: 'always', quiet: 'break' },
      BASE,
      'key/ci',
    );
    const [sent] = stored;
    expect(sent?.message.content.ask).to.deep.equal({
      ...{ id: info.id, kind: 'choice', options: ['yes', 'no'], until: info.createdAt + 60_000 },
    });
    expect(sent?.message.content.answerUrl).to.equal(`${BASE}/a/${answers.tokenOf(info.id)}`);
    expect(sent?.message.content.extra).to.deep.equal({ order: 7 });
    expect(sent?.options).to.deep.equal({ ring: 'always', quiet: 'break', ttl: 60_000 });
    expect(info).to.deep.include({ title: 'Deploy?', key: 'deploy', from: 'ci', mids: [sent?.message.mid] });
    expect((await answers.get(sent?.message.mid ?? ''))?.info.id).to.equal(info.id);
  });

  it('asks once for an idempotency key, wherever the first try ended', async () => {
    for (const fails of ['before', 'after', undefined] as const) {
      const { ask, answers, stored, state } = setUp();
      const again = () => ask(draft(), SETTINGS, { idempotency: 'deploy 7' }, BASE, 'key/ci');
      state.fails = fails;
      await again().catch(() => undefined);
      state.fails = undefined;
      const info = await again();
      expect(await again()).to.deep.equal(info);
      expect(stored, String(fails)).to.have.length(1);
      expect((await answers.list(false, { limit: 10 })).questions).to.have.length(1);
      expect(info.mids).to.deep.equal([stored[0]?.message.mid]);
      const other = { ...SETTINGS, options: ['now', 'later'] };
      const refused = await rejection(ask(draft(), other, { idempotency: 'deploy 7' }, BASE, 'key/ci'));
      expect(refused).to.include({ code: 'conflict' });
    }
  });
});
