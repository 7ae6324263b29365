import { expect } from 'chai';
import { failure, sampleDevices } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

const called = (calls: readonly (readonly unknown[])[], method: string) =>
  calls.filter(([name]) => name === method).map(([, ...values]) => values);

describe('the overview', () => {
  it('counts what goes on, and leads there', async () => {
    const { screen, press, window } = await stage({ owner: { devices: sampleDevices(Date.now()) } }, '/#overview');
    await screen.findByText('devices online');
    const figures = [...window.document.querySelectorAll('.figure')].map((one) => one.textContent);
    expect(figures).to.deep.equal([
      '2/4devices online',
      '3deliveries waiting',
      '1messages failed today',
      '2routes failing',
      '0alerts open',
      '0questions open',
      '1errors today',
      '3nodes',
    ]);
    await press(/routes failing/, 'link');
    await waitFor(() => expect(window.location.hash).to.equal('#webhooks'));
  });

  it('says why it could not be loaded, and tries again', async () => {
    const { screen } = await stage(
      { owner: { failing: { routes: failure('error.unreachable', { server: 'x' }) } } },
      '/#overview',
    );
    await screen.findByRole('button', { name: 'Try again' });
  });
});

describe('the devices of the owner', () => {
  const owner = () => ({ devices: sampleDevices(Date.now()) });

  it('change their groups and names, with a word about what a new name means', async () => {
    const { screen, press, type, calls } = await stage({ owner: owner() }, '/#devices');
    await press('Edit thinkpad');
    type('Groups', 'ops, desk， home');
    await press('Save');
    await waitFor(() => expect(called(calls('owner'), 'changeDevice')).to.have.length(1));
    expect(called(calls('owner'), 'changeDevice')[0]).to.deep.equal(['thinkpad', { groups: ['ops', 'desk', 'home'] }]);
    await press('Edit thinkpad');
    type('Name', 'laptop');
    await screen.findByText(/With another name, the device loses its access/);
    await press('Save');
    await waitFor(() => expect(called(calls('owner'), 'changeDevice')).to.have.length(2));
    expect(called(calls('owner'), 'changeDevice')[1]?.[1]).to.deep.include({ name: 'laptop' });
    await screen.findByText(/Scan this/);
  });

  it('changes this device by its own token, and no webhook', async () => {
    const { screen, press, type, calls } = await stage({ owner: owner() }, '/#devices');
    await press('Edit pixel');
    type('Groups', 'family');
    await press('Save');
    await waitFor(() => expect(calls('changeDevice')).to.have.length(1));
    expect(called(calls('owner'), 'changeDevice')).to.deep.equal([]);
    expect(screen.queryByRole('button', { name: 'Edit deploy-hook' })).to.equal(null);
  });

  it('shows which route fails and why', async () => {
    const { screen } = await stage({ owner: owner() }, '/#devices');
    await screen.findByText('webpush fails: HTTP 410 Gone: unsubscribed');
  });
});

describe('the webhooks', () => {
  it('say how they answered, and send again what has failed', async () => {
    const { screen, press, calls } = await stage({}, '/#webhooks');
    const hook = (await screen.findByText('deploy-hook')).closest('li');
    expect(hook?.textContent).to.contain('Failing').and.contain('https://hooks.example.org · 2 waiting');
    expect(screen.getByText('archive').closest('li')?.textContent).to.contain('Not used yet');
    expect(screen.getByText('App 1234').closest('li')?.textContent).to.contain('Works');
    await press('Send again: herald #4711 is live to deploy-hook');
    await waitFor(() => expect(called(calls('owner'), 'sendAgain')).to.have.length(1));
  });
});

describe('the apps', () => {
  it('show channels by a prefix, and events while somebody watches', async () => {
    const { screen, press, type, calls } = await stage({}, '/#apps');
    await screen.findByText('41 connections · 230 channels');
    expect(screen.queryByRole('option', { name: 'relay' })).to.equal(null);
    expect(called(calls('owner'), 'followApp')).to.deep.equal([]);
    type('Only those that begin with', 'orders');
    await waitFor(() => expect(screen.queryByText('private-user-7')).to.equal(null));
    await press('Watch');
    await screen.findByText('{"id":4711,"total":"12.40"}');
    await press('Stop');
  });
});

describe('the log', () => {
  it('has the latest line first, with the name of its node where there are several', async () => {
    const { screen, press } = await stage({}, '/#log');
    const [first] = await screen.findAllByText('a message for an unknown name');
    expect(first?.closest('li')?.textContent).to.contain('rack-1');
    await press('Errors', 'radio');
    await waitFor(() => expect(screen.queryByText('wrong credentials')).to.equal(null));
    expect(screen.getByText('request fault').closest('li')?.textContent).to.contain('err=database or disk is full');
  });
});

describe('the backup', () => {
  it('asks for the token, says when it is another, and keeps nothing of it', async () => {
    const refused = { backup: failure('error.unauthorized') };
    const wrong = await stage({ owner: { failing: refused } }, '/#backup');
    await wrong.screen.findByText('Download');
    wrong.type('Token of the relay', 'nonsense');
    await wrong.press('Download');
    await wrong.screen.findByText('This is not the token of the relay.');
  });
});
