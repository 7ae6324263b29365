import { fireEvent } from '@testing-library/preact';
import { expect } from 'chai';
import { failure } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

const NIGHT = { from: '22:30', to: '07:00' };
const tz = Intl.DateTimeFormat().resolvedOptions().timeZone;

describe('quiet hours in the settings', () => {
  it('are set with days and with what rings all the same', async () => {
    const { press, type, calls, screen } = await stage({}, '/#settings');
    await screen.findByText('Off');
    await press('Set quiet hours');
    type('From', '23:15');
    await press('Sat');
    await press('Urgent', 'radio');
    await press('ops');
    type('And alerts with these keys', 'door, smoke');
    await press('Save');
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sun'];
    const rings = { priority: 5, groups: ['ops'], keys: ['door', 'smoke'] };
    await waitFor(() =>
      expect(calls('changeQuiet')).to.deep.equal([
        ['home', { quiet: { from: '23:15', to: '07:00', tz, days, let: rings } }],
      ]),
    );
    await screen.findByText('11:15 PM to 7:00 AM');
    await press('Change');
    expect(screen.getByLabelText('And alerts with these keys')).to.have.property('value', 'door, smoke');
  });

  it('are changed and turned off', async () => {
    const { press, calls, screen } = await stage({ silence: { quiet: NIGHT } }, '/#settings');
    await screen.findByText('10:30 PM to 7:00 AM');
    await press('Turn off');
    await screen.findByText('Off');
    expect(calls('changeQuiet')).to.deep.equal([['home', { quiet: false }]]);
  });

  it('are those of the relay unless the device has its own', async () => {
    const { press, calls, screen } = await stage({ silence: { quiet: false, quietPreset: NIGHT } }, '/#settings');
    await screen.findByText('Off');
    await press('Use those of the relay');
    await screen.findByText('Set by the relay');
    expect(calls('changeQuiet')).to.deep.equal([['home', { quiet: null }]]);
  });

  it('say until when they are', async () => {
    const { screen } = await stage({ silence: { quiet: NIGHT, quietUntil: Date.now() + 60_000 } }, '/#settings');
    await screen.findByText(/^Quiet until /);
  });

  it('must end at another time than they begin', async () => {
    const { press, type, screen } = await stage({}, '/#settings');
    await press('Set quiet hours');
    type('To', '22:30');
    await screen.findByText('The two times must differ.');
    expect(screen.getByRole('button', { name: 'Save' }).hasAttribute('disabled')).to.equal(true);
  });

  it('say why the relay refuses them', async () => {
    const failing = { changeQuiet: failure('error.forbidden', { text: 'no' }) };
    const { press, screen } = await stage({ failing }, '/#settings');
    await press('Set quiet hours');
    await press('Save');
    await screen.findByText('The relay refused this: no');
  });

  it('list what is muted, and end it', async () => {
    const silence = { mutes: [{ sender: 'ci' }, { key: 'disk', until: Date.now() + 3_600_000 }] };
    const { press, calls, screen } = await stage({ silence }, '/#settings');
    await screen.findByText('Sender ci');
    await press('Unmute Alert disk');
    await waitFor(() => expect(screen.queryByText('Alert disk')).to.equal(null));
    expect(calls('changeQuiet')).to.deep.equal([['home', { unmute: { key: 'disk' } }]]);
  });
});

describe('the menu of a message', () => {
  it('mutes its sender for an hour, its group or its key, and takes that back', async () => {
    const on = await stage();
    await on.screen.findByText('Today');
    const more = on.window.document.querySelector('.list-row:nth-child(4) .row-menu');
    if (more === null) throw new Error('no menu');
    fireEvent.click(more);
    await on.press('Mute…');
    await on.screen.findByRole('radio', { name: /Sender/ });
    const before = Date.now();
    await on.press('Mute');
    await waitFor(() => expect(on.calls('changeQuiet')).to.have.length(1));
    const [[account, { mute }]] = on.calls('changeQuiet') as [[string, { mute: { sender: string; until: number } }]];
    expect([account, mute.sender]).to.deep.equal(['home', 'nas-01']);
    expect(mute.until - before).to.be.within(3_599_000, 3_660_000);
    await on.press('Undo');
    await waitFor(() => expect(on.calls('changeQuiet')[1]).to.deep.equal(['home', { unmute: { sender: 'nas-01' } }]));
  });
});
