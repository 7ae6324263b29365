import { expect } from 'chai';
import { readPairing } from '../../../../pwa/src/views/pairing/pair-view.tsx';
import { failure } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

const ALONE = { accounts: [], push: { kind: 'askable' } } as const;

describe('pairing', () => {
  it('leads from the link to notifications in two taps', async () => {
    const { press, calls, screen, window } = await stage(ALONE, '/#pair=k7q2mf9x3b5c');
    await press('Pair this device');
    await waitFor(() => expect(calls('pair')[0]?.slice(1)).to.deep.equal(['pixel', []]));
    expect(calls('lookUpPairing')).to.deep.equal([['https://push.example.org', 'k7q2mf9x3b5c']]);
    await press('Enable notifications');
    await press('Open the inbox');
    await screen.findByRole('heading', { level: 1, name: 'Inbox' });
    expect(window.location.hash).to.equal('');
  });

  it('accepts known groups and new ones', async () => {
    const { press, type, calls, screen } = await stage(ALONE, '/#pair=k7q2mf9x3b5c');
    await press('ops');
    type('New group', 'garden');
    await press('Add group');
    await screen.findByRole('button', { name: 'garden', pressed: true });
    await press('Pair this device');
    await waitFor(() => expect(calls('pair')[0]?.[2]).to.deep.equal(['ops', 'garden']));
  });

  it('warns that another device has the name', async () => {
    const { type, screen } = await stage(ALONE, '/#pair=k7q2mf9x3b5c');
    await screen.findByLabelText('Name of this device');
    type('Name of this device', 'thinkpad');
    await screen.findByText(/If you pair, this device takes its place, and the other device loses access/);
  });

  it('refuses a name that the code may not take over', async () => {
    const { type, screen } = await stage({ ...ALONE, mayTakeOver: false }, '/#pair=k7q2mf9x3b5c');
    await screen.findByLabelText('Name of this device');
    type('Name of this device', 'thinkpad');
    await screen.findByText(/works only for new names/);
    const isDisabled = () => screen.getByRole('button', { name: 'Pair this device' }).hasAttribute('disabled');
    expect(isDisabled()).to.equal(true);
    type('Name of this device', 'Büro 2');
    await screen.findByText('Senders use it in the address: /B%C3%BCro%202.send');
    expect(isDisabled()).to.equal(false);
  });

  it('says what is wrong with a code', async () => {
    const { screen } = await stage(
      { ...ALONE, failing: { lookUpPairing: failure('pairing.code_over') } },
      '/#pair=gone',
    );
    const alert = await screen.findByRole('alert');
    await waitFor(() => expect(alert.textContent).to.match(/older than ten minutes/));
  });

  it('registers with the relay’s token', async () => {
    const { press, type, calls, screen } = await stage(ALONE);
    await press('Use the relay’s token instead');
    expect(screen.getByLabelText('Address of the relay')).to.have.property('value', 'https://push.example.org');
    type('Token', 'secret');
    type('Name of this device', 'tablet');
    await press('Pair this device');
    await waitFor(() =>
      expect(calls('register')).to.deep.equal([['https://push.example.org', 'secret', 'tablet', []]]),
    );
  });

  it('says why there are no notifications over plain http, with an example of a solution', async () => {
    const { press, screen } = await stage(
      { ...ALONE, push: { kind: 'impossible', why: { key: 'push.impossible.insecure' } } },
      '/#pair=k7q2mf9x3b5c',
    );
    await press('Pair this device');
    await screen.findByText(/Browsers allow notifications only over https/);
    expect(screen.getByText(/proxy_pass http:/)).to.not.equal(null);
    expect(screen.queryByRole('button', { name: 'Enable notifications' })).to.equal(null);
  });
});

describe('readPairing', () => {
  it('reads a code or a whole link', () => {
    const own = 'https://own.example';
    expect(readPairing(' k7q2 ', own)).to.deep.equal({ server: own, code: 'k7q2' });
    expect(readPairing('https://a.example/herald/#pair=k7q2', own)).to.deep.equal({
      server: 'https://a.example/herald',
      code: 'k7q2',
    });
    expect(readPairing('javascript:alert(1)#pair=x', own).server).to.equal(own);
  });
});
