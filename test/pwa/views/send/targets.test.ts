import { expect } from 'chai';
import { failure } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

describe('the recipients of the composer', () => {
  it('are the groups and devices that the relay knows, including this device', async () => {
    const { screen } = await stage({}, '/#send');
    await screen.findByRole('radio', { name: /family/ });
    const names = screen.getAllByRole('radio').map((one: HTMLElement) => one.closest('label')?.textContent);
    expect(names).to.include('pixel (this device)').and.include('thinkpad');
    expect(names.at(-1)).to.equal('Other…');
  });

  it('can be any typed name of a device or a group', async () => {
    const { press, type, calls } = await stage({}, '/#send');
    await press('Other…', 'radio');
    type('Name of the device or group', 'garden');
    await press('This is a group', 'checkbox');
    type('Message', 'Rain');
    await press('Send');
    await waitFor(() => expect(calls('send')[0]?.[0]).to.include({ target: 'garden', group: true }));
  });

  it('can be typed when the relay cannot be reached', async () => {
    const { screen, type, press, calls } = await stage(
      { failing: { devices: failure('error.timeout', { server: 'push.example.org' }) } },
      '/#send',
    );
    await screen.findByText('push.example.org did not answer in time. Try again in a moment.');
    type('Name of the device or group', 'phone');
    type('Message', 'Hi');
    await press('Send');
    await waitFor(() => expect(calls('send')[0]?.[0]).to.include({ target: 'phone', group: false }));
  });
});
