import { expect } from 'chai';
import { draftOf } from '../../../pwa/src/views/send/send-view.tsx';
import { sampleSent } from './fake-model.ts';
import { stage, waitFor } from './stage.ts';

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
    await screen.findByText('Waits for the device');
  });

  it('has nothing to send without a recipient or a word', async () => {
    const { press, type, screen } = await stage({}, '/#send');
    const isDisabled = () => screen.getByRole('button', { name: 'Send' }).hasAttribute('disabled');
    await screen.findByRole('radio', { name: /thinkpad/ });
    expect(isDisabled()).to.equal(true);
    await press(/thinkpad/, 'radio');
    expect(isDisabled()).to.equal(true);
    type('Message', 'x');
    await waitFor(() => expect(isDisabled()).to.equal(false));
  });

  it('is filled with what another app shared, which then leaves the address', async () => {
    const { screen, window } = await stage({}, '/?title=Page&text=Look&url=https%3A%2F%2Fexample.org%2F');
    expect((await screen.findByLabelText('Message', { selector: 'textarea' })) as HTMLTextAreaElement).to.have.property(
      'value',
      'Look\n\nhttps://example.org/',
    );
    expect(screen.getByLabelText('Title')).to.have.property('value', 'Page');
    expect(window.location.href).to.equal('https://push.example.org/#send');
  });

  it('follows the statuses of each recipient in plain words', async () => {
    const { screen, model } = await stage({}, '/#send');
    const [first] = sampleSent(Date.now());
    if (first === undefined) throw new Error('no sample');
    await screen.findByRole('heading', { level: 1, name: 'Send' });
    model.setSent([{ ...first, statuses: new Map([['ipad', 'wait']]) }]);
    await screen.findByText('Waits for the device');
    model.setSent([{ ...first, statuses: new Map([['ipad', 'webpush-ok-comfirm']]) }]);
    await screen.findByText('Shown on the device');
  });
});

describe('draftOf', () => {
  const written = { title: '', body: '', priority: 3, tags: '' };
  const target = { name: ' phone ', group: false };

  it('makes the first line the title when there is none', () => {
    expect(draftOf({ ...written, body: 'One\ntwo\nthree' }, target, 'home')).to.include({
      title: 'One',
      body: 'two\nthree',
      target: 'phone',
    });
  });

  it('sends no extra that nobody chose', () => {
    expect(draftOf({ ...written, title: 'x', tags: ' , ,' }, target, 'home').extra).to.deep.equal({});
    expect(draftOf({ ...written, title: 'x', priority: 5, tags: 'a，b' }, target, 'home').extra).to.deep.equal({
      priority: 5,
      tags: ['a', 'b'],
    });
  });
});
