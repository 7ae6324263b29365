import { signal } from '@preact/signals';
import { expect } from 'chai';
import type { AskedQuestion } from '../../../pwa/src/model/model.ts';
import { createSent, type SentPorts } from '../../../pwa/src/model/sent.ts';
import { fakeClock } from '../../support/clock.ts';
import { account } from '../support/store.ts';
import { sampleQuestions } from '../views/fake-model.ts';

const DRAFT = { accountId: 'a', target: 'phone', group: false, title: 'Hello', body: '', extra: {} };

function setUp() {
  const clock = fakeClock();
  const asked: string[] = [];
  const answers = new Map<string, Record<string, string>>();
  let next = 0;
  const api: SentPorts['api'] = {
    send: async () => {
      next += 1;
      return { mid: String(next), id: String(next), createdAt: 1, expiresAt: 2, status: { phone: 'wait' } };
    },
    message: async (_, mid) => {
      asked.push(mid);
      const status = answers.get(mid);
      if (status === undefined) throw new Error('no network');
      return { mid, id: mid, createdAt: 1, expiresAt: 2, status };
    },
  };
  const known = signal<readonly AskedQuestion[]>([]);
  const looked: string[] = [];
  const questions = { all: known, lookUp: async (_: string, id: string) => void looked.push(id) };
  return { clock, asked, answers, api, known, looked, sent: createSent({ api, questions, clock }) };
}

const statuses = ({ sent }: ReturnType<typeof createSent>, index = 0) =>
  Object.fromEntries(sent.value[index]?.statuses ?? []);

describe('createSent', () => {
  it('looks what became of a question until it is over', async () => {
    const { sent, clock, api, known, looked } = setUp();
    Object.assign(api, { send: async () => ({ mid: '1', status: {}, question: 'q' }) });
    const { question } = await sent.send(account(), DRAFT);
    expect(question).to.equal('q');
    for (let second = 0; second < 10; second += 1) await clock.tick(1000);
    expect(looked).to.deep.equal(['q', 'q', 'q', 'q', 'q', 'q']);
    const [over] = sampleQuestions(1);
    if (over === undefined) throw new Error('no sample');
    known.value = [{ ...over, accountId: account().id, id: 'q', state: 'answered' }];
    for (let second = 0; second < 60; second += 1) await clock.tick(1000);
    expect(looked.length).to.equal(7);
  });

  it('lists what was sent, newest first, with the first statuses', async () => {
    const { sent } = setUp();
    await sent.send(account(), DRAFT);
    await sent.send(account(), { ...DRAFT, title: 'Again' });
    expect(sent.sent.value.map(({ title }) => title)).to.deep.equal(['Again', 'Hello']);
    expect(statuses(sent)).to.deep.equal({ phone: 'wait' });
  });

  it('says whose notification waits for the end of quiet hours', async () => {
    const { sent, api } = setUp();
    Object.assign(api, { send: async () => ({ mid: '1', status: { phone: 'ready', tv: 'wait' }, held: ['phone'] }) });
    await sent.send(account(), DRAFT);
    sent.update(account().id, '1', 'phone', 'ready');
    expect(statuses(sent)).to.deep.equal({ phone: 'held', tv: 'wait' });
    sent.update(account().id, '1', 'phone', 'webpush-ok');
    expect(statuses(sent)).to.deep.equal({ phone: 'webpush-ok', tv: 'wait' });
  });

  it('follows the socket, and keeps a final status', async () => {
    const { sent } = setUp();
    const { mid } = await sent.send(account(), DRAFT);
    sent.update('a', mid, 'phone', 'webpush-ok');
    expect(statuses(sent)).to.deep.equal({ phone: 'webpush-ok' });
    sent.update('a', mid, 'phone', 'ok');
    sent.update('a', mid, 'phone', 'wait');
    expect(statuses(sent)).to.deep.equal({ phone: 'ok' });
    sent.update('a', mid, 'tablet', 'wait');
    expect(statuses(sent)).to.deep.equal({ phone: 'ok', tablet: 'wait' });
  });

  it('keeps a status that arrives before the answer to the send request', async () => {
    const { sent } = setUp();
    sent.update('a', '1', 'phone', 'ok');
    sent.update('b', '1', 'phone', 'failed');
    await sent.send(account(), DRAFT);
    expect(statuses(sent)).to.deep.equal({ phone: 'ok' });
  });

  it('bounds how many early statuses it keeps', async () => {
    const { sent } = setUp();
    for (let n = 1; n <= 300; n += 1) sent.update('a', String(n), 'phone', 'ok');
    await sent.send(account(), DRAFT);
    expect(statuses(sent)).to.deep.equal({ phone: 'wait' });
  });

  it('asks the relay more and more rarely until every recipient is done', async () => {
    const { sent, clock, asked, answers } = setUp();
    await sent.send(account(), DRAFT);
    await clock.tick(999);
    expect(asked).to.deep.equal([]);
    await clock.tick(1);
    expect(asked).to.deep.equal(['1']);
    await clock.tick(2000);
    expect(asked).to.have.length(2);
    answers.set('1', { phone: 'ok' });
    await clock.tick(4000);
    expect(statuses(sent)).to.deep.equal({ phone: 'ok' });
    await clock.tick(1_000_000);
    expect(asked).to.have.length(3);
    expect(clock.timers()).to.equal(0);
  });

  it('stops asking after a while', async () => {
    const { sent, clock, asked } = setUp();
    await sent.send(account(), DRAFT);
    await clock.tick(3_600_000);
    expect(asked).to.have.length(9);
    expect(clock.timers()).to.equal(0);
  });

  it('keeps the last fifty', async () => {
    const { sent } = setUp();
    for (let n = 0; n < 60; n += 1) await sent.send(account(), DRAFT);
    expect(sent.sent.value).to.have.length(50);
    expect(sent.sent.value[0]?.mid).to.equal('60');
  });
});
