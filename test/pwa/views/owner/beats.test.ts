import { expect } from 'chai';
import { failure, sampleAlerts } from '../fake-model.ts';
import { stage, waitFor } from '../stage.ts';

const called = (calls: readonly (readonly unknown[])[], method: string) =>
  calls.filter(([name]) => name === method).map(([, ...values]) => values);

describe('the heartbeats', () => {
  it('show their states, times and last runs', async () => {
    const { screen } = await stage({}, '/#beats');
    const rowOf = (name: string) => screen.getByText(name, { selector: 'strong' }).closest('li')?.textContent;
    await screen.findByText('tape');
    expect(rowOf('backup')).to.contain('Down').and.contain('every 24 hr, up to 1 hr late');
    expect(rowOf('certificates')).to.contain('Up').and.contain('at 0 4 * * 1 (Europe/Berlin)');
    expect(rowOf('photos')).to.contain('Late').and.contain('running since 4 minutes ago');
    expect(rowOf('rsync to the other house')).to.contain('Failed');
    expect(rowOf('tape')).to.contain('Paused').and.contain('No run yet').and.contain('every 7 days');
    expect(screen.getByRole('img', { name: 'The last 30 runs: 28 ok, 1 failed, 1 missing' }).children).to.have.length(
      30,
    );
    expect(rowOf('backup')).to.match(/failed with exit code 2 · took 61 sec/);
  });

  it('speak the language of the page, also after a change', async () => {
    const { screen, model } = await stage({ settings: { language: 'zh' } }, '/#beats');
    await screen.findByRole('heading', { name: '心跳' });
    await screen.findByText('无信号');
    await model.setSettings({ language: 'en' });
    await screen.findByRole('heading', { name: 'Heartbeats' });
    await screen.findByText('Down');
  });

  it('say how to add one, for this device', async () => {
    const { screen } = await stage({ owner: { beats: [] } }, '/#beats');
    await screen.findByText('There is no heartbeat yet.');
    await screen.findByText(
      'curl -fsS -H "Authorization: Bearer $HERALD_TOKEN" "https://push.example.org/pixel.beat?key=backup&every=24h&grace=1h"',
    );
  });

  it('are paused, and removed after a confirmation', async () => {
    const { screen, press, calls } = await stage({}, '/#beats');
    await press('Pause photos');
    await screen.findByText('No alarm until the next sign.');
    await press('Remove photos');
    await press('Remove');
    await waitFor(() => expect(screen.queryByText('photos')).to.equal(null));
    expect([called(calls('owner'), 'pauseBeat'), called(calls('owner'), 'removeBeat')]).to.deep.equal([
      [['photos']],
      [['photos']],
    ]);
  });

  it('get other times, by an interval or by an expression', async () => {
    const { screen, press, type, calls } = await stage({}, '/#beats');
    await press('Change times: backup');
    expect(screen.getByLabelText('Interval')).to.have.property('value', '1d');
    type('Interval', ' 12h ');
    type('How late a sign may be', '30m');
    await press('Save');
    await press('Change times: backup');
    await press('At fixed times', 'radio');
    type('Times (minute, hour, day, month, weekday)', '0 5 * * *');
    type('Time zone', 'Europe/Berlin');
    await press('Save');
    await waitFor(() =>
      expect(called(calls('owner'), 'changeBeat')).to.deep.equal([
        ['backup', { every: '12h', grace: '30m' }],
        ['backup', { cron: '0 5 * * *', tz: 'Europe/Berlin', grace: '1h' }],
      ]),
    );
  });

  it('say what is wrong with the times', async () => {
    const refused = failure('error.invalid', { text: 'grace must be seconds' });
    const { screen, press } = await stage({ owner: { failing: { changeBeat: refused } } }, '/#beats');
    await press('Change times: backup');
    await press('Save');
    await screen.findByText('The relay did not accept this: grace must be seconds');
  });

  it('are read again when an alert changes', async () => {
    const { model, screen, calls } = await stage({ alerts: sampleAlerts(Date.now()) }, '/#beats');
    await screen.findByText('tape');
    const before = called(calls('owner'), 'beats').length;
    const [alert] = model.alerts.value;
    if (alert !== undefined) await model.closeAlert(alert);
    await waitFor(() => expect(called(calls('owner'), 'beats').length).to.be.above(before));
  });
});
