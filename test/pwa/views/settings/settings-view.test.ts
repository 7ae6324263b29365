import { expect } from 'chai';
import { nextMorning } from '../../../../pwa/src/views/mute.ts';
import { failure } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

describe('the settings', () => {
  it('says which part of the delivery failed, and what to do', async () => {
    const { press, screen } = await stage(
      {
        check: [
          { part: 'permission', state: 'ok' },
          { part: 'device', state: 'failed', why: { key: 'check.no_arrival', values: { seconds: 20 } } },
        ],
      },
      '/#settings',
    );
    await press('Check now');
    await screen.findByText(/nothing arrived within 20 seconds/);
    expect(screen.queryByText('Notifications reach this device.')).to.equal(null);
  });

  it('says so when all parts work', async () => {
    const { press, screen } = await stage({ check: [{ part: 'permission', state: 'ok' }] }, '/#settings');
    await press('Check now');
    await screen.findByText('Notifications reach this device.');
  });

  it('enables and disables notifications', async () => {
    const { press, calls } = await stage({ push: { kind: 'off' } }, '/#settings');
    await press('Enable notifications');
    await press('Disable');
    await waitFor(() => expect([calls('enablePush').length, calls('disablePush').length]).to.deep.equal([1, 1]));
  });

  it('removes another device after a confirmation', async () => {
    const { press, calls, screen } = await stage({}, '/#settings');
    await press('Remove ipad?');
    await screen.findByText('It loses access at once. The 3 messages that are waiting for it are deleted.');
    expect(screen.queryByRole('checkbox')).to.equal(null);
    expect(calls('removeDevice')).to.deep.equal([]);
    await press('Remove');
    await waitFor(() => expect(calls('removeDevice')).to.deep.equal([['home', 'ipad', false]]));
    await waitFor(() => expect(screen.queryByText('ipad')).to.equal(null));
  });

  it('offers to also remove the devices that it paired', async () => {
    const { press, calls, screen } = await stage({}, '/#settings');
    await press('Remove thinkpad?');
    await screen.findByText('It loses access at once.');
    await press('Also remove the devices that it paired: ipad', 'checkbox');
    await press('Remove');
    await waitFor(() => expect(calls('removeDevice')).to.deep.equal([['home', 'thinkpad', true]]));
  });

  it('says how a device is reached, and which device paired it', async () => {
    const { screen } = await stage({}, '/#settings');
    await screen.findByText('Reached through: open page or program, browser notifications');
    await screen.findByText('Paired by thinkpad');
    await screen.findByText('Reached through: webhook');
    expect(screen.getByText(/has received nothing yet/)).to.not.equal(null);
  });

  it('changes the name and the groups of this device', async () => {
    const { press, type, calls, screen } = await stage({}, '/#settings');
    await press('Change name and groups');
    await screen.findByText('Senders use it in the address: /pixel.send');
    const isDisabled = () => screen.getByRole('button', { name: 'Save' }).hasAttribute('disabled');
    expect(isDisabled()).to.equal(true);
    type('Name of this device', 'my phone');
    await screen.findByText(/senders must use \/my%20phone\.send/);
    await press('dev');
    await press('ops');
    await press('Save');
    await waitFor(() => expect(calls('changeDevice')).to.deep.equal([['home', 'my phone', ['family', 'dev']]]));
    await screen.findByText('Saved');
  });

  it('says why a change is refused, and keeps what was typed', async () => {
    const failing = { changeDevice: failure('error.forbidden', { text: 'the name ipad is taken' }) };
    const { press, type, screen } = await stage({ failing }, '/#settings');
    await press('Change name and groups');
    type('Name of this device', 'ipad');
    await press('Save');
    await screen.findByText('The relay refused this: the name ipad is taken');
    expect(screen.getByLabelText('Name of this device')).to.have.property('value', 'ipad');
  });

  it('shows versions and help', async () => {
    const { screen } = await stage({}, '/#settings');
    await screen.findByText('Page: version dev');
    await screen.findByText('Relay push.example.org: version 0.1.0');
    await screen.findByText('Why do I get no notifications?');
  });

  it('does not offer to remove this device', async () => {
    const { screen } = await stage({}, '/#settings');
    await screen.findByRole('button', { name: 'Remove ipad?' });
    expect(screen.queryByRole('button', { name: 'Remove pixel?' })).to.equal(null);
  });

  it('says why devices cannot be listed, and tries again', async () => {
    const { screen, press, calls } = await stage({ failing: { devices: failure('error.no_network') } }, '/#settings');
    await screen.findByText('This device has no network. Try again when the network is back.');
    await press('Try again');
    await waitFor(() => expect(calls('devices')).to.have.length(2));
  });

  it('mutes for an hour, and unmutes', async () => {
    const { press, model, screen } = await stage({}, '/#settings');
    const before = Date.now();
    await press('For an hour');
    await screen.findByText(/^Muted until/);
    expect(model.settings.value.mutedUntil).to.be.within(before + 3_600_000, Date.now() + 3_600_000);
    await press('Unmute');
    await screen.findByText('Only emergencies ring. Messages still arrive.');
  });

  it('shows a picture and a link for another device, for ten minutes', async () => {
    const { press, screen } = await stage({}, '/#settings');
    await press('Pair another device');
    await screen.findByRole('img', { name: 'QR code of the pairing link' });
    await screen.findByText('https://push.example.org/#pair=k7q2mf9x3b5c');
    expect(screen.getByRole('timer').textContent).to.match(/^Works once, for (10:00|9:\d\d)$/);
  });

  it('switches to another language at once', async () => {
    const { press, screen, window } = await stage({}, '/#settings');
    await press('中文', 'radio');
    await screen.findByRole('heading', { level: 1, name: '设置' });
    await waitFor(() => expect(window.document.documentElement.lang).to.match(/^zh/));
  });

  it('shows the chosen theme', async () => {
    const { press, window } = await stage({}, '/#settings');
    await press('Dark', 'radio');
    await waitFor(() => expect(window.document.documentElement.dataset['theme']).to.equal('dark'));
  });

  it('signs out after a confirmation', async () => {
    const { press, calls, screen } = await stage({}, '/#settings');
    await press('Sign out');
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).to.include('The relay at push.example.org forgets the device pixel');
    const [, yes] = screen.getAllByRole('button', { name: 'Sign out' });
    yes?.click();
    await waitFor(() => expect(calls('signOut')).to.deep.equal([['home']]));
    await screen.findByText('Welcome to Herald');
  });
});

describe('nextMorning', () => {
  it('returns the next 8:00, today or tomorrow', () => {
    const at = (day: number, hour: number) => new Date(2026, 4, day, hour).getTime();
    expect(nextMorning(at(3, 2))).to.equal(at(3, 8));
    expect(nextMorning(at(3, 8))).to.equal(at(4, 8));
    expect(nextMorning(at(3, 23))).to.equal(at(4, 8));
  });
});
