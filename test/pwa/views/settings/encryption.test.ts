import { expect } from 'chai';
import { stage, waitFor } from '../stage.ts';

describe('the keys in the settings', () => {
  it('are made for recipients, and shown once', async () => {
    const { press, type, calls, screen } = await stage({}, '/#settings');
    await screen.findByRole('heading', { name: 'Encryption' });
    type('Devices and groups, with commas', 'phone, family');
    await press('Make a key');
    await waitFor(() => expect(calls('makeSecret')).to.deep.equal([[['phone', 'family']]]));
    await screen.findByText('zoo zoo');
    await screen.findByRole('img', { name: 'The key as a QR code' });
  });

  it('are taken in from another device', async () => {
    const { press, type, calls, screen } = await stage({}, '/#settings');
    await screen.findByRole('heading', { name: 'Encryption' });
    type('Key of another device: 24 words, text, or Bark passphrase', 'abc');
    await press('Add the key');
    await waitFor(() => expect(calls('takeSecret')).to.deep.equal([['abc', []]]));
  });
});
