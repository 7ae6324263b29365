import { expect } from 'chai';
import type { AskedQuestion, InboxMessage } from '../../../../pwa/src/model/model.ts';
import { failure, sampleEmergencies, sampleQuestions } from '../fake-model.ts';
import { HOME, message } from '../samples.ts';
import { stage, waitFor } from '../stage.ts';

/** Read when it is needed: the questions of a long run would be over. */
const now = () => Date.now();
const HOUR = 3_600_000;

function sample(id: string, part: Partial<AskedQuestion> = {}): AskedQuestion {
  const found = [...sampleQuestions(now()), ...sampleEmergencies(now())].find((one) => one.id === id);
  if (found === undefined) throw new Error(`no sample ${id}`);
  return { ...found, ...part };
}

const asking = (question: AskedQuestion, part: Partial<InboxMessage> = {}) =>
  message({ time: now(), mid: '7', title: question.title, body: 'Body', ask: question, ...part });

const PLACE = `/#message=${HOME}/7`;
const section = { name: 'Waiting for an answer' };

describe('the open questions', () => {
  it('are above the list, with their options, their time and the default', async () => {
    const { screen } = await stage({ questions: sampleQuestions(now()) });
    const region = await screen.findByRole('region', section);
    expect(region.textContent).to.match(/Deploy 2.4 to production\?ci · 4:\d\d left · otherwise: noyesno/);
    expect(region.textContent).to.match(/kitchen · until .*PastaCurry with rice/);
    expect(region.textContent).to.match(/Code for the new lockpixel · 4:\d\d left/);
  });

  it('are answered by a button, and go', async () => {
    const { screen, press, calls } = await stage({ questions: [sample('deploy')] });
    await press('yes: Deploy 2.4 to production?');
    await waitFor(() => expect(screen.queryByRole('region', section)).to.equal(null));
    expect(calls('answer')).to.deep.equal([['deploy', 'yes']]);
    await screen.findByText(/^Answered: yes, by pixel, /);
  });

  it('are answered by a text', async () => {
    const { screen, press, type, calls } = await stage({ questions: [sample('code')] });
    await screen.findByRole('region', section);
    const button = screen.getByRole('button', { name: 'Answer' }) as HTMLButtonElement;
    type(/^Your answer: Code/, '   ');
    expect(button.disabled).to.equal(true);
    type(/^Your answer: Code/, ' 4711 ');
    await press('Answer');
    await waitFor(() => expect(calls('answer')).to.deep.equal([['code', '4711']]));
  });

  it('stay, with what was typed and the reason, if the relay cannot be reached', async () => {
    const { screen, press, type, window } = await stage({
      questions: [sample('code')],
      failing: { answer: failure('answer.not_sent') },
    });
    await screen.findByRole('region', section);
    type(/^Your answer: Code/, '4711');
    await press('Answer');
    expect((await screen.findByRole('alert')).textContent).to.match(/has not confirmed your answer/);
    expect(window.document.querySelector<HTMLInputElement>('.answer-text input')?.value).to.equal('4711');
  });

  it('say who was first when they go', async () => {
    const { screen, press, model } = await stage({
      questions: [sample('deploy')],
      failing: { answer: failure('answer.late', { by: 'laptop', answer: 'no' }) },
    });
    await screen.findByRole('region', section);
    const late = sample('deploy', { state: 'answered', answer: 'no', by: 'laptop' });
    const { answer } = model;
    Object.assign(model, {
      answer: (...given: Parameters<typeof answer>) => {
        model.setQuestions([late]);
        return answer(...given);
      },
    });
    await press('yes: Deploy 2.4 to production?');
    await screen.findByText('laptop was first and answered: no. Your answer does not count.');
  });

  it('are not shown when their time is over', async () => {
    const { screen } = await stage({ questions: [sample('deploy', { until: now() - 1 })] });
    await screen.findByRole('heading', { name: 'Inbox' });
    expect(screen.queryByRole('region', section)).to.equal(null);
  });
});

describe('the question of an open message', () => {
  const outcomes: [Partial<AskedQuestion>, RegExp][] = [
    [{ state: 'answered', answer: 'yes', by: 'pixel', at: now() }, /^Answered: yes, by pixel, \d/],
    [{ state: 'answered', answer: 'yes', by: 'pixel', at: now() - 50 * HOUR }, /^Answered: yes, by pixel, .*,/],
    [{ state: 'expired' }, /^Nobody answered in time\. The sender takes: no$/],
    [{ state: 'cancelled' }, /^Withdrawn by the sender$/],
  ];
  for (const [part, text] of outcomes) {
    it(`says how it ended: ${text}`, async () => {
      const question = sample('deploy', part);
      const { screen } = await stage({ questions: [question], messages: [asking(question)] }, PLACE);
      expect((await screen.findAllByText(text)).length).to.be.greaterThan(0);
      expect(screen.queryByRole('button', { name: /^yes/ })).to.equal(null);
    });
  }

  it('asks the relay what became of it when its time is over', async () => {
    const question = sample('deploy', { until: now() - 1 });
    const { calls } = await stage({ questions: [question], messages: [asking(question)] }, PLACE);
    await waitFor(() => expect(calls('lookUpQuestion')).to.deep.equal([['deploy']]));
  });

  it('gets the focus in its field only where a person comes to answer', async () => {
    const question = sample('code');
    for (const [path, isFocused] of [
      [PLACE, false],
      [PLACE.replace('message', 'answer'), true],
    ] as const) {
      const { screen, window } = await stage({ questions: [question], messages: [asking(question)] }, path);
      await screen.findByRole('region', { name: 'Question' });
      const { activeElement } = window.document;
      expect(activeElement?.closest('.message-question') !== null, path).to.equal(isFocused);
    }
  });
});

describe('an emergency', () => {
  it('is above every view, with its rounds and where it went', async () => {
    for (const path of ['/', '/#send', '/#settings']) {
      const { screen } = await stage({ questions: sampleEmergencies(now()) }, path);
      const region = await screen.findByRole('region', { name: 'Emergencies' });
      expect(region.textContent).to.match(/Water in the cellar.*sensor · rang 3 times/);
      expect(region.textContent).to.match(/rang 7 times · also sent to partner, oncall/);
      // It is none of the questions above the list.
      expect(screen.queryByRole('region', section)).to.equal(null);
    }
  });

  it('is acknowledged once, and says by whom', async () => {
    const question = sample('water');
    const { screen, press, calls } = await stage({ questions: [question], messages: [asking(question)] });
    await press('Acknowledge: Water in the cellar');
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Emergencies' })).to.equal(null));
    expect(calls('answer')).to.have.length(1);
    expect((await screen.findAllByText(/^Acknowledged by pixel, \d/)).length).to.be.greaterThan(1);
  });

  it('stays if the acknowledgement is not confirmed, and says so', async () => {
    const { screen, press } = await stage({
      questions: [sample('water')],
      failing: { answer: failure('answer.not_sent') },
    });
    await press('Acknowledge: Water in the cellar');
    await screen.findByText(/has not confirmed your answer/);
    await screen.findByRole('region', { name: 'Emergencies' });
  });
});
