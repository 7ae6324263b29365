import { expect } from 'chai';
import { told } from './helpers.ts';

const ALERT = {
  status: 'firing',
  labels: { alertname: 'DiskFull', severity: 'critical', api_token: 'hunter2' },
  annotations: { description: 'full' },
  values: { A: 95.2, B: 1 },
  panelURL: 'https://g.example/p',
  silenceURL: 'https://g.example/s',
  imageURL: 'https://g.example/i.png',
};
const GROUP = {
  receiver: 'x',
  status: 'firing',
  orgId: 1,
  groupKey: 'g',
  title: '[FIRING:1] DiskFull (nas critical)',
  message: '**Firing**\n\nValue: 95',
  externalURL: 'https://g.example/',
  alerts: [ALERT],
};

describe('grafana', () => {
  it('tells an alert with its values, its picture and its buttons', () => {
    const { title, body, priority, state, key, click, image, actions } = told(GROUP);
    expect([title, body, priority, state, key, click, image]).to.deep.equal([
      'DiskFull (nas critical)',
      'full\nA=95.2, B=1\n`api_token=…` `severity=critical`',
      ...[5, 'firing', 'ops/grafana/1/g', 'https://g.example/p', 'https://g.example/i.png'],
    ]);
    expect(actions).to.deep.equal([{ kind: 'open', label: 'Silence', url: 'https://g.example/s' }]);
    const over = {
      ...GROUP,
      status: 'resolved',
      title: '[RESOLVED] DiskFull',
      alerts: [{ ...ALERT, status: 'resolved' }],
    };
    expect(told(over)).to.deep.include({ title: 'Resolved: DiskFull', state: 'resolved', key });
  });

  it("keeps somebody's own message, and prefers the summary of one alert", () => {
    expect(told({ ...GROUP, message: 'Mine **own**' }).body).to.equal('Mine **own**');
    const alerts = [{ ...ALERT, annotations: { summary: 'Disk is full' } }];
    expect(told({ ...GROUP, alerts }).title).to.equal('Disk is full');
  });

  it('reads what Grafana sent before its version 9', () => {
    const old = { title: '[Alerting] Disk', ruleId: 7, ruleName: 'Disk', message: 'm', ruleUrl: 'https://g.example/r' };
    const evalMatches = [{ value: 95, metric: 'nas', tags: {} }];
    const rows = ['alerting', 'no_data', 'ok', 'pending'].map((state) => {
      const { title, body, priority, state: shown, key } = told({ ...old, evalMatches, state });
      return [title, body, priority, shown, key];
    });
    expect(rows).to.deep.equal([
      ['Disk', 'm\nnas = 95', 4, 'firing', 'ops/grafana/7'],
      ['Disk', 'm\nnas = 95', 4, 'firing', 'ops/grafana/7'],
      ['Resolved: Disk', 'm\nnas = 95', 3, 'resolved', 'ops/grafana/7'],
      ['Disk', 'm\nnas = 95', 2, undefined, 'ops/grafana/7'],
    ]);
  });
});
