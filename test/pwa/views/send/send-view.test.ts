import { fireEvent } from '@testing-library/preact';
import { expect } from 'chai';
import { en } from '../../../../pwa/src/locales/en.ts';
import { createTranslator } from '../../../../pwa/src/locales/translator.ts';
import { NO_QUESTION, questionOf } from '../../../../pwa/src/views/send/question-field.tsx';
import { draftOf } from '../../../../pwa/src/views/send/send-view.tsx';
import { isAccepted, summarize, whyNotAccepted } from '../../../../pwa/src/views/send/sent-summary.ts';
import { sampleQuestions, sampleSent } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

describe('the composer', () => {
  it('sends to a group that the relay knows, with priority and tags', async () => {
    const { press, type, calls, screen } = await stage({}, '/#send');
    await press(/family/, 'radio');
    type('Title', 'Dinner');
    type('Message', 'It is ready');
    type('Tags', 'pizza, now');
    await press('Send');
    await waitFor(() => expect(calls('send')).to.have.length(1));
    expect(calls('send')[0]?.[0]).to.deep.equal({
      accountId: 'home',
      target: 'family',
      group: true,
      title: 'Dinner',
      body: 'It is ready',
      extra: { tags: ['pizza', 'now'] },
    });
    await screen.findByText('Waiting for the device');
  });

  it('does not send without a recipient or a text', async () => {
    const { press, type, screen } = await stage({}, '/#send');
    const isDisabled = () => screen.getByRole('button', { name: 'Send' }).hasAttribute('disabled');
    await screen.findByRole('radio', { name: /thinkpad/ });
    expect(isDisabled()).to.equal(true);
    await press(/thinkpad/, 'radio');
    expect(isDisabled()).to.equal(true);
    type('Message', 'x');
    await waitFor(() => expect(isDisabled()).to.equal(false));
  });

  it('shows the status of the message in a toast, and clears the form', async () => {
    const { press, type, screen, model, window } = await stage({}, '/#send');
    await press(/thinkpad/, 'radio');
    type('Message', 'Hello');
    await press('Send');
    const stack = () => window.document.querySelector('.toast-stack')?.textContent;
    await waitFor(() => expect(stack()).to.equal('thinkpad: Waiting for the device'));
    expect(screen.getByLabelText('Message', { selector: 'textarea' })).to.have.property('value', '');
    const [sent] = model.sent.value;
    if (sent === undefined) throw new Error('nothing was sent');
    model.setSent([{ ...sent, statuses: new Map([['thinkpad', 'ok']]) }]);
    await waitFor(() => expect(stack()).to.equal('thinkpad: Received'));
    await press('Close');
    await waitFor(() => expect(stack()).to.equal(''));
  });

  for (const [target, statuses, text] of [
    ['nosuch', [['nosuch', 'no']], /No device is called nosuch/],
    ['thinkpad', [['thinkpad', 'failed']], /was not delivered to thinkpad/],
  ] as const) {
    it(`keeps the text when ${target} does not take it`, async () => {
      const { press, type, screen, model } = await stage({}, '/#send');
      model.answerSend(new Map(statuses));
      await press('Other…', 'radio');
      type('Name of the device or group', target);
      type('Message', 'Do not lose me');
      await press('Send');
      await screen.findByText(text);
      expect(screen.getByLabelText('Message', { selector: 'textarea' })).to.have.property('value', 'Do not lose me');
    });
  }

  it('takes what another app shared, and removes it from the address', async () => {
    const { screen, window } = await stage({}, '/?title=Page&text=Look&url=https%3A%2F%2Fexample.org%2F');
    expect((await screen.findByLabelText('Message', { selector: 'textarea' })) as HTMLTextAreaElement).to.have.property(
      'value',
      'Look\n\nhttps://example.org/',
    );
    expect(screen.getByLabelText('Title')).to.have.property('value', 'Page');
    expect(window.location.href).to.equal('https://push.example.org/#send');
  });

  it('shows the status of each recipient in plain words', async () => {
    const { screen, model } = await stage({}, '/#send');
    const [first] = sampleSent(Date.now());
    if (first === undefined) throw new Error('no sample');
    await screen.findByRole('heading', { level: 1, name: 'Send' });
    model.setSent([{ ...first, statuses: new Map([['ipad', 'wait']]) }]);
    await screen.findByText('Waiting for the device');
    model.setSent([{ ...first, statuses: new Map([['ipad', 'webpush-ok-comfirm']]) }]);
    await screen.findByText('Shown on the device');
  });
});

describe('summarize', () => {
  const t = createTranslator('en', en).t;
  const sent = (statuses: readonly (readonly [string, string])[], group = true) => ({
    ...{ accountId: 'home', mid: '1', target: 'family', title: 'x', time: 1, group },
    statuses: new Map(statuses),
  });

  it('counts the recipients of each status', () => {
    const statuses = [
      ['a', 'ok'],
      ['b', 'wait'],
      ['c', 'ok'],
      ['d', 'later-word'],
    ] as const;
    expect(summarize(t, sent(statuses))).to.equal('family: Received 2, Waiting for the device 1, later-word 1');
  });

  it('accepts a message if one recipient gets it', () => {
    expect(
      isAccepted(
        sent([
          ['a', 'failed'],
          ['b', 'ready'],
        ]),
      ),
    ).to.equal(true);
    expect(isAccepted(sent([['a', 'no']]))).to.equal(false);
    expect(isAccepted(sent([]))).to.equal(false);
  });

  it('says why no one gets it', () => {
    expect(whyNotAccepted(t, sent([]))).to.match(/^No device is in the group family/);
  });
});

describe('draftOf', () => {
  const written = { title: '', body: '', priority: 3, tags: '', question: NO_QUESTION };
  const target = { name: ' phone ', group: false };

  it('makes the first line the title when there is none', () => {
    expect(draftOf({ ...written, body: 'One\ntwo\nthree' }, target, 'home')).to.include({
      title: 'One',
      body: 'two\nthree',
      target: 'phone',
    });
  });

  it('sends no extra that the person did not choose', () => {
    expect(draftOf({ ...written, title: 'x', tags: ' , ,' }, target, 'home').extra).to.deep.equal({});
    expect(draftOf({ ...written, title: 'x', priority: 5, tags: 'a，b' }, target, 'home').extra).to.deep.equal({
      priority: 5,
      tags: ['a', 'b'],
    });
  });
});

describe('a file in the composer', () => {
  it('is uploaded when the message is sent, and gives it its name', async () => {
    const { press, calls, window, screen } = await stage({}, '/#send');
    await press(/thinkpad/, 'radio');
    const data = { types: ['Files'], files: [new window.File(['hello'], 'log.txt', { type: 'text/plain' })] };
    const drop = Object.assign(new window.Event('drop', { bubbles: true, cancelable: true }), { dataTransfer: data });
    window.document.querySelector('form')?.dispatchEvent(drop);
    expect(drop.defaultPrevented).to.equal(true);
    await screen.findByText('log.txt');
    await press('Send');
    await waitFor(() => expect(calls('send')).to.have.length(1));
    const [draft] = calls('send')[0] ?? [];
    expect(draft).to.deep.include({ title: 'log.txt', body: '' });
    expect(draft).to.have.nested.property('extra.attachment.name', 'log.txt');
    await screen.findByRole('button', { name: 'Attach a file' });
  });

  it('can be removed again', async () => {
    const { press, screen, window } = await stage({}, '/#send');
    const data = { types: ['Files'], files: [new window.File(['hello'], 'log.txt')] };
    const form = await screen.findByRole('button', { name: 'Attach a file' });
    const paste = Object.assign(new window.Event('paste', { bubbles: true, cancelable: true }), {
      clipboardData: data,
    });
    form.dispatchEvent(paste);
    await press('Remove log.txt');
    await screen.findByRole('button', { name: 'Attach a file' });
  });

  it('is not taken from a paste that has text too', async () => {
    const { screen, window } = await stage({}, '/#send');
    const button = await screen.findByRole('button', { name: 'Attach a file' });
    const data = { types: ['text/plain', 'Files'], files: [new window.File(['x'], 'picture.png')] };
    const paste = Object.assign(new window.Event('paste', { bubbles: true, cancelable: true }), {
      clipboardData: data,
    });
    button.dispatchEvent(paste);
    expect(paste.defaultPrevented).to.equal(false);
    expect(screen.queryByText('picture.png')).to.equal(null);
  });
});

describe('a question in the composer', () => {
  const choose = async (screen: Awaited<ReturnType<typeof stage>>['screen'], label: string, value: string) =>
    fireEvent.change(await screen.findByLabelText(label), { target: { value } });

  it('is sent with its options', async () => {
    const { press, type, calls, screen } = await stage({}, '/#send');
    await press(/thinkpad/, 'radio');
    type('Title', 'Deploy?');
    await choose(screen, 'Ask for an answer', 'choice');
    type('Options, separated by commas', 'yes， no,later,');
    await press('Send');
    await waitFor(() => expect(calls('send')).to.have.length(1));
    expect(calls('send')[0]?.[0]).to.deep.include({
      title: 'Deploy?',
      ask: { kind: 'choice', options: ['yes', 'no', 'later'] },
    });
  });

  it('is not sent with wrong options', async () => {
    const { press, type, calls, screen } = await stage({}, '/#send');
    await press(/thinkpad/, 'radio');
    type('Title', 'Deploy?');
    await choose(screen, 'Ask for an answer', 'choice');
    type('Options, separated by commas', 'yes');
    await press('Send');
    await screen.findByText(/^Write 2 to 5 different options/);
    expect(calls('send')).to.deep.equal([]);
    for (const options of ['', 'a', 'a,a', 'a,b,c,d,e,f', `a,${'b'.repeat(41)}`])
      expect(questionOf({ kind: 'choice', options }), options).to.equal('invalid');
    expect(questionOf({ kind: 'text', options: 'a' })).to.deep.equal({ kind: 'text' });
  });

  it('is none in an emergency, which is acknowledged', async () => {
    const { press, type, calls, screen } = await stage({}, '/#send');
    await press(/thinkpad/, 'radio');
    type('Title', 'Fire');
    await choose(screen, 'Priority', '6');
    await screen.findByText(/Rings every minute/);
    expect(screen.queryByLabelText('Ask for an answer')).to.equal(null);
    await press('Send');
    await waitFor(() => expect(calls('send')).to.have.length(1));
    const [draft] = calls('send')[0] ?? [];
    expect(draft).to.deep.include({ extra: { priority: 'emergency' } });
    expect(draft).to.not.have.property('ask');
  });

  it('is followed in the list of what was sent, and can be withdrawn', async () => {
    const [asked] = sampleQuestions(Date.now());
    const [first] = sampleSent(Date.now());
    if (asked === undefined || first === undefined) throw new Error('no sample');
    const sent = [{ ...first, question: asked.id }];
    const { screen, model, press, calls, window } = await stage(
      { sent, questions: [{ ...asked, forMe: false }] },
      '/#send',
    );
    await screen.findByText('Waiting for an answer');
    // It is not for this device to answer.
    expect(screen.queryByRole('region', { name: 'Waiting for an answer' })).to.equal(null);
    await press('Withdraw: Dinner is ready');
    await screen.findByText('Withdrawn by the sender');
    expect(calls('withdraw')).to.deep.equal([[asked.id]]);
    model.setQuestions([{ ...asked, state: 'answered', answer: 'yes', by: 'laptop', at: Date.now() }]);
    await screen.findByText(/^Answered: yes, by laptop/);
    expect(window.document.querySelector('.outcome button')).to.equal(null);
  });
});
