import { expect } from 'chai';
import { told } from './helpers.ts';
import { ALERTMANAGER } from './payloads.ts';

const [FIRST, SECOND] = ALERTMANAGER.alerts;

describe('alertmanager', () => {
  it('has a paragraph for each alert, those that fire first', () => {
    const alerts = [{ ...FIRST, status: 'resolved' }, SECOND];
    const { title, body, priority } = told({ ...ALERTMANAGER, alerts, truncatedAlerts: 3 });
    expect([title, priority]).to.deep.equal(['DiskFull (1)', 4]);
    expect(body).to.equal(
      [
        '**Disk of pi is 85 % full**\n`instance=pi:9100` `severity=warning`',
        '**Disk of nas is 95 % full** – resolved\nsda1 has 3 GB left\n`instance=nas:9100` `severity=critical`',
        'and 3 more',
      ].join('\n\n'),
    );
  });

  it('shows ten alerts, and says how many more there are', () => {
    const { body } = told({ ...ALERTMANAGER, alerts: Array(25).fill(SECOND) });
    expect(body.match(/instance=pi/g)).to.have.length(10);
    expect(body.endsWith('and 15 more')).to.equal(true);
  });

  it('names an alert without a summary by its instance, and escapes texts', () => {
    const annotations = {
      description: '*a* `b` [c] C:\\x\\* <b>',
      runbook_url: 'https://r.example/',
      dashboard: 'https://d.example/',
    };
    const { title, body, actions } = told({ ...ALERTMANAGER, alerts: [{ ...FIRST, annotations }] });
    expect(title).to.equal('DiskFull on nas:9100');
    expect(body.split('\n')[0]).to.equal('\\*a\\* \\`b\\` \\[c\\] C:\\x\\\\\\* \\<b>');
    expect(actions.map(({ label }) => label)).to.deep.equal(['Runbook', 'Dashboard']);
  });
});
