import { expect } from 'chai';
import type { AskedQuestion, Model } from '../../../pwa/src/model/model.ts';
import { eventually } from '../../support/eventually.ts';
import { type World, world } from '../../world.ts';
import { openPage, pairPage, refusalOf, TestBrowser, type TestPage, when } from '../support/page.ts';

/** Asks as a script does that does not wait. @returns the id of the question */
async function ask(relay: World, query = 'text=Deploy%3F&options=yes,no', target = 'phone'): Promise<string> {
  const { status, json } = await relay.request(`/${target}.ask?${query}&wait=0`);
  expect(status).to.equal(202);
  return json.id;
}

function found(model: Model, id: string): AskedQuestion | undefined {
  return model.questions.value.find((question) => question.id === id);
}

async function known(page: TestPage, id: string): Promise<AskedQuestion> {
  await when(() => (found(page.model, id)?.mids.length ?? 0) > 0);
  const question = found(page.model, id);
  if (question === undefined) throw new Error('no question');
  return question;
}

const becomes = (page: TestPage, id: string, state: AskedQuestion['state']) =>
  when(() => found(page.model, id)?.state === state);

const answerAs = (relay: World, id: string, answer: string) =>
  relay.request(`/v1/answers/${id}`, {
    method: 'POST',
    body: JSON.stringify({ answer }),
    headers: { 'content-type': 'application/json' },
  });

describe('the questions of a page', () => {
  it('are answered here, and every tab and device learns it', async () => {
    const relay = await world();
    const browser = new TestBrowser();
    const phone = await openPage(relay, { browser });
    await pairPage(relay, phone, 'phone', ['ops']);
    const tab = await openPage(relay, { browser });
    const id = await ask(relay, 'text=Deploy%3F&options=yes,no&default=no', 'ops');
    const question = await known(phone, id);
    expect(question).to.deep.include({
      kind: 'choice',
      options: ['yes', 'no'],
      default: 'no',
      target: 'ops',
      title: 'Deploy?',
      state: 'open',
      forMe: true,
    });
    await known(tab, id);
    await phone.model.answer(question, 'yes');
    expect(found(phone.model, id)).to.deep.include({ state: 'answered', answer: 'yes', by: 'phone' });
    await becomes(tab, id, 'answered');
    expect((await relay.request(`/v1/answers/${id}`)).json).to.include({ answer: 'yes', by: 'phone' });
    await when(() => phone.model.messages.value[0]?.read === true);
  });

  it('are answered elsewhere: the page learns it at once, and takes the notification away', async () => {
    const relay = await world();
    const closed: unknown[] = [];
    const worker = {
      onUpdate() {},
      update() {},
      onOpen() {},
      notify() {},
      closeNotifications: (ids: readonly unknown[]) => closed.push(...ids),
    };
    const page = await openPage(relay, { parts: { worker } });
    await pairPage(relay, page, 'phone');
    const id = await ask(relay);
    const question = await known(page, id);
    await answerAs(relay, id, 'no');
    await becomes(page, id, 'answered');
    expect(found(page.model, id)).to.include({ answer: 'no', by: 'owner' });
    await eventually('the notification goes', () => closed.length > 0);
    expect(closed[0]).to.deep.equal([question.accountId, question.mids[0]]);
    expect(await refusalOf(page.model.answer(question, 'yes'))).to.equal('answer.late');
  });

  it('are asked of the service worker, so that a hidden page shows them', async () => {
    const relay = await world();
    const asked: unknown[] = [];
    const worker = {
      onUpdate() {},
      update() {},
      onOpen() {},
      notify: (...id: unknown[]) => asked.push(id),
      closeNotifications() {},
    };
    const page = await openPage(relay, { parts: { worker } });
    const { id: accountId } = await pairPage(relay, page, 'phone');
    await relay.request('/phone.send?text=plain&wait=0');
    const { mids } = await known(page, await ask(relay));
    await eventually('the worker is asked', () => asked.length > 0);
    expect(asked).to.deep.equal([[accountId, mids[0]]]);
  });

  it('tell what happened while the page was away', async () => {
    const relay = await world();
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    const [first, second] = [await ask(relay), await ask(relay, 'text=Restart%3F&reply=text')];
    await known(page, first);
    await known(page, second);
    page.setOnline(false);
    await answerAs(relay, first, 'yes');
    await relay.request(`/v1/answers/${second}`, { method: 'DELETE' });
    page.setOnline(true);
    page.back();
    await becomes(page, first, 'answered');
    await becomes(page, second, 'cancelled');
  });

  it('are not answered without a connection, and can be answered later', async () => {
    const relay = await world();
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    const id = await ask(relay, 'text=Code%3F&reply=text');
    const question = await known(page, id);
    page.setOnline(false);
    expect(await refusalOf(page.model.answer(question, '4711'))).to.equal('answer.not_sent');
    expect(found(page.model, id)?.state).to.equal('open');
    page.setOnline(true);
    await page.model.answer(question, '4711');
    // The same answer again is no other one.
    await page.model.answer(question, '4711');
    expect((await relay.request(`/v1/answers/${id}`)).json.answer).to.equal('4711');
  });

  it('are over when their time is', async () => {
    const relay = await world();
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    const id = await ask(relay, 'text=Deploy%3F&options=yes,no&ttl=60');
    const question = await known(page, id);
    await relay.clock.tick(61_000);
    await becomes(page, id, 'expired');
    expect(await refusalOf(page.model.answer(question, 'yes'))).to.equal('answer.over');
  });

  it('are known offline after the page comes back', async () => {
    const relay = await world();
    const browser = new TestBrowser();
    const page = await openPage(relay, { browser });
    await pairPage(relay, page, 'phone');
    const id = await ask(relay);
    await page.model.answer(await known(page, id), 'yes');
    page.close();
    const offline = { fetch: () => Promise.reject(new TypeError('no network')) };
    const again = await openPage(relay, { browser, parts: offline });
    await becomes(again, id, 'answered');
  });

  it('are forgotten with their account', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id: accountId } = await pairPage(relay, page, 'phone');
    await page.model.answer(await known(page, await ask(relay)), 'yes');
    await page.model.signOut(accountId);
    expect(page.model.questions.value).to.deep.equal([]);
  });
});

describe('a question that a page sends', () => {
  it('is followed until it is answered, by a device that does not receive it', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id: accountId } = await pairPage(relay, page, 'phone');
    await relay.device('tablet', { acknowledge: true });
    const sent = await page.model.send({
      accountId,
      target: 'tablet',
      group: false,
      title: 'Coming?',
      body: 'The train leaves at 8.',
      extra: { priority: 4 },
      ask: { kind: 'choice', options: ['yes', 'no'] },
    });
    expect([...sent.statuses.keys()]).to.deep.equal(['tablet']);
    const id = sent.question ?? '';
    await becomes(page, id, 'open');
    expect(found(page.model, id)?.forMe).to.equal(false);
    await answerAs(relay, id, 'no');
    await eventually('the page looks again', async () => {
      await page.clock.tick(2000);
      return found(page.model, id)?.state === 'answered';
    });
    const { messages } = (await relay.request('/v1/devices/tablet/messages')).json;
    expect(messages[0].message.extra).to.include({ priority: 4 });
  });

  it('can be withdrawn', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id: accountId } = await pairPage(relay, page, 'phone');
    await relay.device('tablet');
    const draft = { accountId, target: 'tablet', group: false, title: 'Coming?', body: '', extra: {} };
    const { question: id = '' } = await page.model.send({ ...draft, ask: { kind: 'text' } });
    await page.model.withdraw({ accountId, id });
    expect(found(page.model, id)?.state).to.equal('cancelled');
    expect((await relay.request(`/v1/answers/${id}`)).json.state).to.equal('cancelled');
  });

  it('may be an emergency, which rings until somebody acknowledges it', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id: accountId } = await pairPage(relay, page, 'phone', ['ops']);
    const draft = { accountId, target: 'ops', group: true, title: 'Fire', body: '' };
    const { question: id = '' } = await page.model.send({ ...draft, extra: { priority: 'emergency' } });
    const emergency = await known(page, id);
    expect(emergency).to.include({ kind: 'acknowledge', target: 'ops', state: 'open', round: 1 });
    await relay.clock.tick(60_000);
    await when(() => found(page.model, id)?.round === 2);
    await page.model.answer(emergency, 'acknowledged');
    expect(found(page.model, id)).to.include({ state: 'answered', by: 'phone', round: 2 });
    await relay.clock.tick(600_000);
    expect((await relay.request(`/v1/answers/${id}`)).json.round).to.equal(2);
  });
});
