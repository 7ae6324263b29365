import { expect } from 'chai';
import { configSchema } from '../../server/config/schema.ts';
import { configured, pusherWorld, serverOf, wire } from '../dialects/pusher/hands.ts';

const apps = [configured()];

describe('GET /metrics', () => {
  it('is not there by default', async () => {
    const relay = await pusherWorld();
    expect((await relay.request('/metrics')).text).not.to.contain('herald_');
  });

  it('needs a port of its own, or a token', () => {
    expect(() => configSchema.parse({ metrics: { enabled: true } })).to.throw(/a port of its own/);
  });

  it('tells connections, channels, events, deliveries, attempts and the delay of the event loop', async () => {
    const relay = await pusherWorld({}, { config: { apps, metrics: { enabled: true, token: 'scraper' } } });
    const one = await wire(relay);
    await one.join('private-a');
    await serverOf(relay).trigger(['private-a', 'b'], 'e', 'x');
    await relay.device('phone', { acknowledge: true });
    await relay.request('/phone.send?text=hi');
    expect((await relay.fetch('/metrics')).status).to.equal(401);
    expect((await relay.request('/metrics')).status).to.equal(401);
    const { status, headers, text } = await relay.fetch('/metrics', { headers: { authorization: 'Bearer scraper' } });
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    const lines = [
      'herald_sockets 2',
      'herald_queued 0',
      'herald_app_connections{app="1"} 1',
      'herald_app_channels{app="1"} 1',
      'herald_app_channels{app="relay"} 1',
      'herald_events_in_total{app="1"} 1',
      'herald_events_out_total{app="1"} 1',
      'herald_deliveries_total{status="ok"} 1',
      'herald_delivery_attempts_total{transport="websocket",outcome="accepted"} 1',
    ];
    for (const line of lines) expect(text.split('\n')).to.include(line);
    expect(text).to.contain('nodejs_eventloop_lag_seconds');
  });

  it('has a port to itself where the config gives one', async () => {
    const relay = await pusherWorld({}, { config: { apps, metrics: { enabled: true, port: 0 } } });
    const { metrics } = relay.relay.ports;
    const answer = await fetch(`http://127.0.0.1:${metrics}/metrics`);
    expect(await answer.text()).to.contain('herald_sockets 0');
    expect((await fetch(`http://127.0.0.1:${metrics}/v1/devices`)).status).to.equal(404);
    expect((await relay.request('/metrics')).text).not.to.contain('herald_');
  });
});
