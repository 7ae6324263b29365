import { expect } from 'chai';
import type { KeyUseInfo } from '../../../../shared/api.ts';
import { failure, sampleDevices } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

const DAY = 24 * 3_600_000;
const use = (part: Partial<KeyUseInfo>): KeyUseInfo => ({
  at: 1,
  address: '192.0.2.7',
  dialect: 'mpush',
  title: 'Backup done',
  ...part,
});
const RECOGNISED: Partial<KeyUseInfo> = {
  dialect: 'hooks',
  template: 'uptime-kuma',
  fields: { body: '3 sensors', priority: 4, tags: ['rotating_light'], state: 'firing', key: 'boiler/1' },
};
const called = (calls: readonly (readonly unknown[])[], method: string) =>
  calls.filter(([name]) => name === method).map(([, ...values]) => values);

describe('the senders', () => {
  it('show where they send, how they are used, and what holds them back', async () => {
    const { screen } = await stage({}, '/#senders');
    const nas = (await screen.findByText('nas')).closest('li')?.textContent;
    expect(nas)
      .to.contain('to pixel')
      .and.contain('2 hours ago through HTTP · 214 sent · 3 refused · 12 over its rate');
    expect(screen.getByText('GitHub Actions').closest('li')?.textContent).to.contain(
      'Last message: herald #4711 is live',
    );
    expect(screen.getByText('doorbell-of-the-house-of-my-parents-in-law').closest('li')?.textContent).to.match(
      /Off.*not used yet/,
    );
    expect(screen.getByText('trial').closest('li')?.textContent).to.contain('Expired');
    expect(screen.getByText('summer-house').closest('li')?.textContent).to.contain('ends ');
    const configured = screen.getByText('monitoring').closest('li');
    expect(configured?.textContent).to.contain('From the config');
    expect(configured?.querySelector('button')).to.equal(null);
  });

  it('are only for devices that manage the relay, which can begin here', async () => {
    const { screen, press, type, calls } = await stage({ owner: { manages: false } }, '/#senders');
    await screen.findByText('Only a device that manages the relay sees the senders.');
    expect(called(calls('owner'), 'senders')).to.deep.equal([]);
    type('Token of the relay, or a code', 'secret');
    await press('Manage this relay');
    await screen.findByText('nas');
  });

  it('get a key that is shown with the settings of a tool, until the dialog is closed', async () => {
    const { screen, press, type, calls, window } = await stage(
      { owner: { devices: sampleDevices(Date.now()), uses: [use({ ...RECOGNISED, result: 'sent' })] } },
      '/#senders',
    );
    await press('Connect a sender');
    type('Name', 'printer');
    await press('Group', 'radio');
    const suggestions = [...window.document.querySelectorAll('datalist option')].map((one) =>
      one.getAttribute('value'),
    );
    expect(suggestions).to.deep.equal(['family', 'ops']);
    type('Name of the device or group', 'ops');
    type('Most messages a minute', '30');
    type('May receive and read', 'ops, alerts-*');
    await press('Create');
    await screen.findByText('Ab3xT9qLmZ0pQ7s');
    expect(called(calls('owner'), 'createSender')).to.deep.equal([
      ['printer', { group: 'ops', receive: ['ops', 'alerts-*'], rate: { perMinute: 30, burst: 30 } }],
    ]);
    expect(screen.getByText(/^curl -H/).textContent).to.contain('/ops.group');
    const chooser = screen.getByLabelText('What sends?') as HTMLSelectElement;
    const { Event } = window as unknown as { Event: typeof globalThis.Event };
    chooser.value = 'kuma';
    chooser.dispatchEvent(new Event('change', { bubbles: true }));
    await screen.findByText(/\/hook\/Ab3xT9qLmZ0pQ7s$/);
    await screen.findByText('Recognised as Uptime Kuma: Backup done');
    const mapped = screen.getByText('Recognised as Uptime Kuma: Backup done').closest('div')?.textContent;
    expect(mapped).to.contain('3 sensors').and.contain('rotating_light').and.contain('firing').and.contain('boiler/1');
    await press('Send a test');
    expect(called(calls('owner'), 'testSender')).to.deep.equal([['printer', 'kuma', 'Ab3xT9qLmZ0pQ7s']]);
    expect(called(calls('owner'), 'followUses')).to.deep.equal([['printer', 0]]);
    await press('Done');
    await waitFor(() => expect(screen.queryByText('Ab3xT9qLmZ0pQ7s')).to.equal(null));
    await screen.findByText('printer');
  });

  it('say what the first request was refused for', async () => {
    for (const [result, text] of [
      ['refused', /may not send there: Backup done/],
      ['limited', /too many: Backup done/],
    ] as const) {
      const { screen, press } = await stage({ owner: { uses: [use({ result })] } }, '/#senders');
      await press('New key for nas');
      await press('New key');
      await screen.findByText(text);
    }
  });

  it('say why a test has failed, and what was ignored or not signed', async () => {
    const tested = { answers: [{ status: 403, body: '{"error":"signature"}' }] };
    const uses = [use({ result: 'refused', title: 'signature', dialect: 'hooks' })];
    const { screen, press } = await stage({ owner: { tested, uses } }, '/#senders');
    await press('New key for nas');
    await press('New key');
    await screen.findByText(/its signature was missing or wrong/);
    await press('Send a test');
    await screen.findByText('The relay answered 403: {"error":"signature"}');
    const ignored = [use({ result: 'ignored', title: 'workflow_run requested', dialect: 'hooks', template: 'github' })];
    const other = await stage({ owner: { uses: ignored } }, '/#senders');
    await other.press('New key for nas');
    await other.press('New key');
    await other.screen.findByText(/^Recognised as GitHub\. It says nothing/);
  });

  it('show what came last while the page is open, and its parts', async () => {
    const live = { ...use({ ...RECOGNISED, result: 'sent' }), at: Date.now() + 1000, name: 'nas' };
    const { screen } = await stage({ owner: { allUses: [live] } }, '/#senders');
    const shown = (await screen.findByText('Recognised as Uptime Kuma: Backup done')).closest('li');
    expect(shown?.textContent).to.contain('nas').and.contain('3 sensors');
  });

  it('keep the form open if the relay refuses', async () => {
    const refused = failure('error.invalid', { text: 'there is a key nas already' });
    const { screen, press, type } = await stage({ owner: { failing: { createSender: refused } } }, '/#senders');
    await press('Connect a sender');
    type('Name', 'nas');
    await press('Create');
    await screen.findByText('The relay did not accept this: there is a key nas already');
    expect(screen.getByDisplayValue('nas')).to.not.equal(null);
  });

  it('are changed, with null for what is taken away', async () => {
    const { screen, press, type, calls } = await stage({}, '/#senders');
    await press('Edit nas');
    expect(screen.getByLabelText('Name')).to.have.property('disabled', true);
    type('Most messages a minute', '');
    type('Tags of messages without any', 'disk，storage');
    await press('Save');
    await screen.findByText('Saved');
    expect(called(calls('owner'), 'changeSender')).to.deep.equal([['nas', { rate: null, tags: ['disk', 'storage'] }]]);
  });

  it('are turned off and on, and get another key that ends the old one later or at once', async () => {
    const { screen, press, calls } = await stage({}, '/#senders');
    await press('Turn off nas');
    await press('Turn on nas');
    expect(called(calls('owner'), 'changeSender')).to.deep.equal([
      ['nas', { enabled: false }],
      ['nas', { enabled: true }],
    ]);
    await press('New key for nas');
    await press('New key');
    await press('Done');
    await press('New key for nas');
    await press('End the old key at once', 'checkbox');
    await press('New key');
    await screen.findByText('Key of nas');
    expect(called(calls('owner'), 'rotateSender')).to.deep.equal([
      ['nas', 7 * DAY],
      ['nas', 0],
    ]);
  });

  it('are removed after a confirmation', async () => {
    const { screen, press, calls } = await stage({}, '/#senders');
    await press('Remove nas?');
    await screen.findByText(/Its key ends at once/);
    expect(called(calls('owner'), 'removeSender')).to.deep.equal([]);
    await press('Remove');
    await screen.findByText('nas is removed.');
    await waitFor(() => expect(screen.queryByText('nas')).to.equal(null));
  });

  it('stay in view when they cannot be read again', async () => {
    const failing: Partial<Record<'senders', Error>> = {};
    const { screen, press } = await stage({ owner: { failing } }, '/#senders');
    await screen.findByText('nas');
    failing.senders = failure('error.unavailable');
    await press('Turn off nas');
    await screen.findByText(/The relay is starting/);
    expect(screen.getByText('nas')).to.not.equal(null);
    delete failing.senders;
    await press('Try again');
    await screen.findByRole('button', { name: 'Turn on nas' });
    expect(screen.queryByText(/The relay is starting/)).to.equal(null);
  });

  it('say that they cannot be loaded, and try again', async () => {
    const { screen, press, calls } = await stage(
      { owner: { failing: { senders: failure('error.unavailable') } } },
      '/#senders',
    );
    await screen.findByText(/The relay is starting/);
    await press('Try again');
    await waitFor(() => expect(called(calls('owner'), 'senders')).to.have.length(2));
  });
});
