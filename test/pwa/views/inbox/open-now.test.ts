import { expect } from 'chai';
import { failure, sampleAlerts } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

const NOW = Date.now();

describe('the open alerts', () => {
  it('are above the list, with their place, time and count', async () => {
    const { screen } = await stage({ alerts: sampleAlerts(NOW) });
    const section = await screen.findByRole('region', { name: 'Open now' });
    expect(section.textContent).to.match(/Disk almost full on nas-01.*ops · started 2 hours ago · ×37/);
    expect(section.textContent).to.match(/does not answer.*×6 · flapping/);
    // An alert without a title has its key.
    expect(section.textContent).to.match(/beat:backup.*pixel · started yesterday/);
  });

  it('are three at first, and all when a person asks', async () => {
    const { screen, press } = await stage({ alerts: sampleAlerts(NOW) });
    await press('1 more');
    expect(screen.getAllByRole('button', { name: /^Close / })).to.have.length(4);
    await press('Show fewer');
    expect(screen.getAllByRole('button', { name: /^Close / })).to.have.length(3);
  });

  it('go when a person closes them', async () => {
    const { screen, press, calls } = await stage({ alerts: sampleAlerts(NOW).slice(0, 1) });
    await press('Close Disk almost full on nas-01');
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Open now' })).to.equal(null));
    expect(calls('closeAlert')).to.have.length(1);
  });

  it('stay, and say why, if the relay cannot close them', async () => {
    const { screen, press } = await stage({
      alerts: sampleAlerts(NOW).slice(0, 1),
      failing: { closeAlert: failure('error.unavailable') },
    });
    await press('Close Disk almost full on nas-01');
    await screen.findByText(/The relay is starting, stopping or busy/);
    await screen.findByRole('region', { name: 'Open now' });
  });

  it('are counted in place of the unread messages', async () => {
    const { screen, model } = await stage({ alerts: sampleAlerts(NOW) });
    await screen.findByText('4 open alerts');
    for (const alert of sampleAlerts(NOW)) await model.closeAlert(alert);
    await screen.findByText(/unread messages/);
  });
});
