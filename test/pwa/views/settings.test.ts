import { expect } from 'chai';
import { nextMorning } from '../../../pwa/src/views/settings/notifications.tsx';
import { failure } from './fake-model.ts';
import { stage, waitFor } from './stage.ts';

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

  it('removes another device after a question', async () => {
    const { press, calls, screen } = await stage({}, '/#settings');
    await press('Remove ipad?');
    await screen.findByText(/Messages that wait for it \(3\) are dropped/);
    expect(calls('removeDevice')).to.deep.equal([]);
    await press('Remove');
    await waitFor(() => expect(calls('removeDevice')).to.deep.equal([['home', 'ipad']]));
    await waitFor(() => expect(screen.queryByText('ipad')).to.equal(null));
  });

  it('cannot remove the device it is', async () => {
    const { screen } = await stage({}, '/#settings');
    await screen.findByRole('button', { name: 'Remove ipad?' });
    expect(screen.queryByRole('button', { name: 'Remove pixel?' })).to.equal(null);
  });

  it('tells why devices cannot be listed, and tries again', async () => {
    const { screen, press, calls } = await stage({ failing: { devices: failure('error.no_network') } }, '/#settings');
    await screen.findByText('This device has no network.');
    await press('Try again');
    await waitFor(() => expect(calls('devices')).to.have.length(2));
  });

  it('mutes for an hour and ends it', async () => {
    const { press, model, screen } = await stage({}, '/#settings');
    const before = Date.now();
    await press('For an hour');
    await screen.findByText(/^Muted until/);
    expect(model.settings.value.mutedUntil).to.be.within(before + 3_600_000, Date.now() + 3_600_000);
    await press('Unmute');
    await screen.findByText('Messages still arrive, in silence.');
  });

  it('shows a picture and a link for another device, for ten minutes', async () => {
    const { press, screen } = await stage({}, '/#settings');
    await press('Pair another device');
    await screen.findByRole('img', { name: 'QR code of the pairing link' });
    await screen.findByText('https://push.example.org/#pair=k7q2mf9x3b5c');
    expect(screen.getByRole('timer').textContent).to.match(/^Good for (10:00|9:\d\d), once$/);
  });

  it('speaks another language as soon as it is chosen', async () => {
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

  it('signs out after a question', async () => {
    const { press, calls, screen } = await stage({}, '/#settings');
    await press('Sign out');
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).to.include('pixel is forgotten at push.example.org');
    const [, yes] = screen.getAllByRole('button', { name: 'Sign out' });
    yes?.click();
    await waitFor(() => expect(calls('signOut')).to.deep.equal([['home']]));
    await screen.findByText('Welcome to Herald');
  });
});

describe('nextMorning', () => {
  it('is the next eight o’clock, today or tomorrow', () => {
    const at = (day: number, hour: number) => new Date(2026, 4, day, hour).getTime();
    expect(nextMorning(at(3, 2))).to.equal(at(3, 8));
    expect(nextMorning(at(3, 8))).to.equal(at(4, 8));
    expect(nextMorning(at(3, 23))).to.equal(at(4, 8));
  });
});
