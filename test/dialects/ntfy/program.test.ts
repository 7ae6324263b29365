import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { ALERTMANAGER } from '../../templates/payloads.ts';

describe('ntfy: the payload of a program that the sender names', () => {
  const relay = sharedWorld();

  const publish = (headers: Record<string, string>, body: unknown) =>
    relay().request('/ops', {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('is told as its webhook is', async () => {
    const { json } = await publish({ template: 'alertmanager', tags: 'home' }, ALERTMANAGER);
    expect(json).to.deep.include({
      title: 'DiskFull (2)',
      priority: 5,
      tags: ['rotating_light', 'home'],
      click: 'http://am.example:9093',
    });
    expect(json.message).to.contain('**Disk of nas is 95 % full**');
    const { alerts } = (await relay().request('/v1/alerts?open=1')).json;
    expect(alerts.map(({ key }: { key: string }) => key)).to.deep.equal(['alertmanager/{}:{alertname="DiskFull"}']);
  });

  it('goes out whatever it is, also what a webhook would ignore', async () => {
    const bodies = ['', 'x', '{', [], {}, { alerts: 7 }, 'x'.repeat(10_000), { action: 'requested', workflow_run: {} }];
    for (const template of ['Alertmanager', 'github', 'kuma', 'text']) {
      for (const body of bodies) {
        const { status, text } = await publish({ template, priority: '2' }, body);
        expect(status, `${template}: ${text}`).to.equal(200);
      }
    }
    const { json } = await publish({ template: 'github', priority: '2' }, { action: 'requested', workflow_run: {} });
    expect(json.priority).to.equal(2);
  });
});
