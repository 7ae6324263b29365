import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import { systemClock } from '../../server/base/clock.ts';
import { silentLogger } from '../../server/base/logger.ts';
import type { Question } from '../../server/messages/answer-state.ts';
import { createAnswers } from '../../server/messages/answers.ts';
import { createSchedule } from '../../server/messages/schedule.ts';
import type { AnswerInfo } from '../../shared/api.ts';
import { open, shareRedis } from '../backends/redis/harness.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { FIGURES, factsOf } from '../support/node-facts.ts';

describe('questions of several nodes', () => {
  const place = shareRedis();

  async function openNode(at: string, settled: AnswerInfo[]) {
    const backend: Backend = await open(at);
    onCleanup(() => backend.close());
    await backend.nodes.announce(factsOf(''), () => FIGURES);
    const { documents, ownership, log, messageIds } = backend;
    const config = { grace: 1000, maxJobs: 1000, maxJobsPerSender: 1000 };
    const shared = { documents, clock: systemClock, logger: silentLogger };
    const schedule = createSchedule({ ...shared, ownership, config });
    const answers = createAnswers({
      ...shared,
      schedule,
      log,
      messageIds,
      config: { maxOpen: 100, maxOpenPerSender: 100 },
      keptFor: 60_000,
      secret: 'secret',
      tell: () => undefined,
      call: async () => 'taken',
    });
    answers.onSettled(async (info) => void settled.push(info));
    schedule.start();
    onCleanup(() => schedule.close());
    return answers;
  }

  const question = (number: string, ms: number): Question => ({
    sendType: 'personal',
    target: 'phone',
    title: 'Deploy?',
    from: '',
    sender: 'owner/',
    kind: 'choice',
    options: ['yes', 'no'],
    until: Date.now() + ms,
    number,
  });

  it('are answered once, wherever they were asked, and everybody learns who was first', async () => {
    const at = await place();
    const settled: AnswerInfo[] = [];
    const one = await openNode(at, settled);
    const two = await openNode(at, settled);
    const { signal } = new AbortController();
    for (let number = 1; number <= 20; number += 1) {
      const { id } = await one.ask(question(String(number), 60_000));
      const waiting = Promise.all([one.wait(id, signal), two.wait(id, signal)]);
      const given = await Promise.all([
        one.answer(id, 'yes', { name: 'pixel', id: 'device/pixel' }),
        two.answer(id, 'no', { name: 'tablet', id: 'device/tablet' }),
      ]);
      expect(given.map((taken) => taken?.outcome).sort()).to.deep.equal(['late', 'taken']);
      const all = [...(await waiting), ...given.map((taken) => taken?.info)];
      expect(new Set(all.map((info) => `${info?.answer} by ${info?.by}`)).size).to.equal(1);
    }
    await eventually('each is settled', () => new Set(settled.map(({ id }) => id)).size === 20);
  });

  it('expire for all nodes', async () => {
    const at = await place();
    const settled: AnswerInfo[] = [];
    const one = await openNode(at, settled);
    const two = await openNode(at, settled);
    const { id } = await one.ask(question('1', 150));
    const { signal } = new AbortController();
    const states = (await Promise.all([one.wait(id, signal), two.wait(id, signal)])).map((info) => info?.state);
    expect(states).to.deep.equal(['expired', 'expired']);
  });
});
