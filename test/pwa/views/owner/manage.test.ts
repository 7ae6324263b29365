import { expect } from 'chai';
import { ACCOUNT, failure, sampleDevices } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

const NOW = Date.now();
const devices = sampleDevices(NOW).map((device) =>
  device.name === 'pixel' ? { ...device, manage: true as const } : device,
);
const ownerCalls = (calls: readonly (readonly unknown[])[], method: string) =>
  calls.filter(([name]) => name === method).map(([, ...values]) => values);

describe('managing the relay', () => {
  it('is reached from the settings, and asks for the token once', async () => {
    const { press, screen, type, calls, ui } = await stage({ owner: { manages: false } }, '/#settings');
    await press(/^Manage this relay/, 'link');
    expect(ui.route.value).to.deep.equal({ view: 'manage', code: '' });
    await screen.findByText(/prove once that you are the owner/);
    expect(screen.getByRole('button', { name: 'Manage this relay' })).to.have.property('disabled', true);
    type('Token of the relay, or a code', ' secret ');
    await press('Manage this relay');
    await screen.findByText(/^This device manages the relay\./);
    expect(ownerCalls(calls('owner'), 'manage')).to.deep.equal([['secret']]);
    expect(screen.queryByDisplayValue('secret')).to.equal(null);
  });

  it('takes over the code of a link', async () => {
    const { press, calls, screen } = await stage({ owner: { manages: false } }, '/#manage=K7Q2MF9X3B5C');
    await press('Manage this relay');
    await screen.findByText(/^This device manages the relay\./);
    expect(ownerCalls(calls('owner'), 'manage')).to.deep.equal([['K7Q2MF9X3B5C']]);
  });

  it('says why it was refused, and keeps what was typed', async () => {
    const refused = failure('error.forbidden', { text: 'this is neither' });
    const { press, type, screen } = await stage(
      { owner: { manages: false, failing: { manage: refused } } },
      '/#manage',
    );
    await screen.findByText(/prove once/);
    type('Token of the relay, or a code', 'wrong');
    await press('Manage this relay');
    await screen.findByText('The relay refused this: this is neither');
    expect(screen.getByDisplayValue('wrong')).to.not.equal(null);
  });

  it('lists the devices that manage, and ends one after a confirmation', async () => {
    const { press, calls, screen } = await stage({ owner: { devices } }, '/#manage');
    await screen.findByText('Devices that manage this relay');
    await press('End for pixel');
    expect(ownerCalls(calls('owner'), 'endManage')).to.deep.equal([]);
    await press('End');
    await waitFor(() => expect(ownerCalls(calls('owner'), 'endManage')).to.deep.equal([['pixel']]));
    await screen.findByText(/prove once that you are the owner/);
  });

  it('chooses between relays', async () => {
    const other = { id: 'work', server: 'https://relay.company.example', name: 'laptop', groups: [] };
    const { screen, window, calls } = await stage({ accounts: [ACCOUNT, other], owner: { devices } }, '/#manage');
    const chooser = (await screen.findByLabelText('Relay')) as HTMLSelectElement;
    await screen.findByText('Devices that manage this relay');
    const before = ownerCalls(calls('owner'), 'devices').length;
    chooser.value = 'work';
    chooser.dispatchEvent(new window.Event('change', { bubbles: true }));
    await waitFor(() => expect(ownerCalls(calls('owner'), 'devices').length).to.be.above(before));
    // The device `pixel` is another one there.
    await screen.findByText('pixel');
    expect(screen.queryByText('(this device)')).to.equal(null);
  });

  it('goes back to the settings', async () => {
    const { press, ui } = await stage({}, '/#manage');
    await press('Back to the settings');
    expect(ui.route.value).to.deep.equal({ view: 'settings' });
  });
});
