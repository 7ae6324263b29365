import { expect } from 'chai';
import { createMetrics, type MetricSources } from '../../server/metrics/metrics.ts';

const NOTHING: MetricSources = {
  sockets: () => 0,
  apps: async () => [],
  queued: () => 0,
  nodes: () => 1,
  redis: undefined,
};

/** The relay's own lines, without comments. */
async function lines(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith('herald_'));
}

describe('createMetrics', () => {
  it('reads gauges at each scrape', async () => {
    let sockets = 1;
    const metrics = createMetrics({ ...NOTHING, sockets: () => sockets, queued: () => 7, nodes: () => 3 });
    expect(await lines(metrics)).to.include.members(['herald_sockets 1', 'herald_queued 7', 'herald_nodes 3']);
    sockets = 2;
    expect(await lines(metrics)).to.include('herald_sockets 2');
  });

  it('keeps no series of apps that are gone', async () => {
    let apps = [{ id: 'chat', connections: 1, channels: 2 }];
    const metrics = createMetrics({ ...NOTHING, apps: async () => apps });
    metrics.published('chat', 3);
    expect(await lines(metrics)).to.include.members([
      'herald_app_connections{app="chat"} 1',
      'herald_app_channels{app="chat"} 2',
      'herald_events_in_total{app="chat"} 3',
      'herald_events_out_total{app="chat"} 0',
    ]);
    apps = [];
    metrics.forget('chat');
    expect((await lines(metrics)).filter((line) => line.includes('chat'))).to.deep.equal([]);
  });

  it('begins the series of a transport with zeros, and counts by outcome and status', async () => {
    const metrics = createMetrics(NOTHING);
    metrics.knows({ name: 'webhook', statuses: { accepted: 'ok' } });
    expect(await lines(metrics)).to.include.members([
      'herald_delivery_attempts_total{transport="webhook",outcome="refused"} 0',
      'herald_delivery_retries_total{transport="webhook"} 0',
      'herald_deliveries_total{status="failed",transport="webhook"} 0',
    ]);
    metrics.attempted('webhook', 'refused');
    metrics.retried('webhook');
    metrics.reached('failed', 'webhook');
    metrics.reached('failed', undefined);
    expect(await lines(metrics)).to.include.members([
      'herald_delivery_attempts_total{transport="webhook",outcome="refused"} 1',
      'herald_delivery_retries_total{transport="webhook"} 1',
      'herald_deliveries_total{status="failed",transport="webhook"} 1',
      'herald_deliveries_total{status="failed",transport="none"} 1',
    ]);
  });

  it('escapes names of apps', async () => {
    const metrics = createMetrics(NOTHING);
    metrics.published('a"b\n', 1);
    expect(await lines(metrics)).to.include('herald_events_in_total{app="a\\"b\\n"} 1');
  });
});
