import { expect } from 'chai';
import { configSchema } from '../../server/config/schema.ts';
import { gusherRelay, push, register } from '../dialects/gusher/relay.ts';
import { member, relay1_13, relay2016 } from '../dialects/gusher-cluster/relay.ts';
import { startHook } from '../dialects/hook.ts';
import { configured, pusherWorld, serverOf, wire } from '../dialects/pusher/helpers.ts';
import { eventually } from '../support/eventually.ts';
import { leave } from '../support/leave.ts';
import { type World, type WorldOptions, world } from '../world.ts';

const apps = [configured()];

/** The lines of a scrape of the port that a relay has for it. */
async function scrape(relay: World): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${relay.relay.ports.metrics}/metrics`);
  expect(answer.status).to.equal(200);
  return (await answer.text()).split('\n');
}

/** A relay that is measured. */
const measured = ({ config }: WorldOptions = { config: { apps } }) =>
  world({ config: { ...config, metrics: { enabled: true, port: 0 } } });

describe('GET /metrics', () => {
  it('is not there by default', async () => {
    const relay = await pusherWorld();
    expect((await relay.request('/metrics')).text).not.to.contain('herald_');
  });

  it('needs a port of its own, or a token', () => {
    expect(() => configSchema.parse({ metrics: { enabled: true } })).to.throw(/a separate port, or a token/);
  });

  it('needs its token on the port of everything else', async () => {
    const relay = await pusherWorld({}, { config: { apps, metrics: { enabled: true, token: 'scraper' } } });
    for (const authorization of ['', 'Bearer', 'Bearer wrong', 'Bearer test-token']) {
      expect((await relay.fetch('/metrics', { headers: { authorization } })).status, authorization).to.equal(401);
    }
    const answer = await relay.fetch('/metrics', { headers: { authorization: 'Bearer scraper' } });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    expect(answer.text).to.contain('herald_sockets 0');
  });

  it('has a port to itself where the config gives one, and asks for the token there as well', async () => {
    const relay = await world({ config: { metrics: { enabled: true, port: 0, token: 'scraper' } } });
    const url = (path: string) => `http://127.0.0.1:${relay.relay.ports.metrics}${path}`;
    expect((await fetch(url('/metrics'))).status).to.equal(401);
    const answer = await fetch(url('/metrics'), { headers: { authorization: 'Bearer scraper' } });
    expect(await answer.text()).to.contain('herald_sockets 0');
    expect((await fetch(url('/v1/devices'))).status).to.equal(404);
    const elsewhere = await relay.fetch('/metrics', { headers: { authorization: 'Bearer scraper' } });
    expect(elsewhere.text).not.to.contain('herald_');
  });

  it('slows down whoever guesses its token, on either port, and never who has it', async () => {
    const guessing = { http: { maxAuthFailures: 2 }, metrics: { enabled: true, port: 0, token: 'scraper' } };
    const relay = await world({ config: guessing });
    const show = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`http://127.0.0.1:${relay.relay.ports.metrics}/metrics`, { headers })).status;
    };
    const statuses = [await show('a'), await show('a'), await show('b'), await show('c'), await show('scraper')];
    expect(statuses).to.deep.equal([401, 401, 401, 429, 200]);
  });

  it('shows every series of a relay at rest', async () => {
    const lines = await scrape(await measured());
    for (const line of [
      'herald_sockets 0',
      'herald_queued 0',
      'herald_messages_in_total 0',
      'herald_app_connections{app="1"} 0',
      'herald_app_channels{app="relay"} 0',
      'herald_events_in_total{app="1"} 0',
      'herald_events_out_total{app="relay"} 0',
      'herald_delivery_attempts_total{transport="webhook",outcome="confirmed"} 0',
      'herald_delivery_attempts_total{transport="websocket",outcome="offline"} 0',
      'herald_delivery_retries_total{transport="hook"} 0',
      'herald_deliveries_total{status="ok",transport="websocket"} 0',
      'herald_deliveries_total{status="failed",transport="none"} 0',
      'herald_deliveries_total{status="webpush-ok",transport="webpush"} 0',
      'herald_callers_total{principal="key"} 0',
      'herald_key_sends_total{result="limited"} 0',
    ]) {
      expect(lines).to.include(line);
    }
    expect(lines.join('\n')).to.match(/^nodejs_eventloop_lag_seconds \d/m);
  });

  it('counts an event as often as it leaves, past the socket that is left out', async () => {
    const relay = await measured();
    const [one, two] = [await wire(relay), await wire(relay)];
    for (const each of [one, two]) await each.join('private-a');
    await serverOf(relay).trigger(['private-a', 'b'], 'e', 'x');
    await serverOf(relay).trigger('private-a', 'e', 'x', { socket_id: one.id });
    await serverOf(relay).trigger('private-a', 'e', 'x', { socket_id: '1.1' });
    const lines = await scrape(relay);
    expect(lines).to.include('herald_app_connections{app="1"} 2');
    expect(lines).to.include('herald_app_channels{app="1"} 1');
    expect(lines).to.include('herald_events_in_total{app="1"} 3');
    expect(lines).to.include('herald_events_out_total{app="1"} 5');
    expect(lines).to.include('herald_sockets 2');
  });

  it('counts callers by their kind, and what keys send by its result, however many there are', async () => {
    const relay = await measured();
    const made = await relay.request('/v1/keys', { method: 'POST', body: '{"name":"nas","device":"phone"}' });
    const phone = await relay.device('phone');
    const send = (path: string, authorization: string) =>
      relay.fetch(`${path}?text=x&wait=0`, { headers: { authorization } });
    for (const path of ['/phone.send', '/phone.send', '/other.send']) await send(path, made.json.key);
    await send('/phone.send', phone.auth);
    for (const wrong of ['wrong', `${phone.auth}x`, 'AAAAAAAAAAAAAAA']) await send('/phone.send', wrong);
    await relay.fetch('/phone.send?text=x');
    const counts = (await scrape(relay)).filter((line) => /^herald_(?:callers|key_sends)_total/.test(line));
    expect(counts).to.deep.equal([
      'herald_callers_total{principal="owner"} 2',
      'herald_callers_total{principal="key"} 3',
      'herald_callers_total{principal="device"} 1',
      'herald_callers_total{principal="stranger"} 1',
      'herald_callers_total{principal="refused"} 3',
      'herald_key_sends_total{result="sent"} 2',
      'herald_key_sends_total{result="refused"} 1',
      'herald_key_sends_total{result="limited"} 0',
    ]);
  });

  it('counts the sockets of gusher', async () => {
    const relay = await measured(gusherRelay());
    await register(relay, 'shop');
    const [one] = await Promise.all([relay.socket('/ws/shop/a'), relay.socket('/ws/shop/b')]);
    await push(relay, 'shop', 'x');
    const lines = await scrape(relay);
    expect(lines).to.include('herald_app_connections{app="gusher:shop"} 2');
    expect(lines).to.include('herald_events_out_total{app="gusher:shop"} 2');
    one.ws.close();
    // The relay sees that in its own time.
    await eventually('one socket is left', async () =>
      (await scrape(relay)).includes('herald_app_connections{app="gusher:shop"} 1'),
    );
  });

  it('counts the sockets of gusher.cluster, of apps in the config and of those that a login names', async () => {
    const hook = await startHook((_body, response) => response.end('{"user_id":"u","channels":["c"]}'));
    const first = await measured(relay2016({ shop: hook.url, idle: hook.url }));
    await first.socket('/ws/shop?auth=x');
    const lines = await scrape(first);
    expect(lines).to.include('herald_app_connections{app="gusher-cluster:shop"} 1');
    expect(lines).to.include('herald_app_connections{app="gusher-cluster:idle"} 0');
    const later = await measured(relay1_13());
    const sockets = await Promise.all([member(later), member(later), member(later, { app: 'OTHER' })]);
    expect(await scrape(later)).to.include.members([
      'herald_app_connections{app="gusher-cluster:TEST"} 2',
      'herald_app_connections{app="gusher-cluster:OTHER"} 1',
      'herald_app_channels{app="gusher-cluster:OTHER"} 2',
    ]);
    for (const { ws } of sockets) ws.close();
    await eventually(
      'no socket of the app is left',
      async () => !(await scrape(later)).join('\n').includes('herald_app_connections{app="gusher-cluster:TEST"}'),
    );
  });

  it('starts no series for an app that a push names and no one is on', async () => {
    const relay = await measured(relay1_13());
    for (const app of ['TEST', 'nobody']) {
      const body = new URLSearchParams({ data: 'x' });
      await relay.fetch(`/api/push/${app}/AA/ev`, { method: 'POST', body });
    }
    expect((await scrape(relay)).join('\n')).not.to.contain('gusher-cluster:');
    await member(relay);
    await relay.fetch('/api/push/TEST/AA/ev', { method: 'POST', body: new URLSearchParams({ data: 'x' }) });
    expect(await scrape(relay)).to.include('herald_events_in_total{app="gusher-cluster:TEST"} 1');
  });

  it('forgets an app that was removed', async () => {
    const relay = await measured(gusherRelay());
    const make = () => relay.request('/v1/apps', { method: 'POST', body: '{"id":"shop"}' });
    await make();
    expect(await scrape(relay)).to.include('herald_events_in_total{app="shop"} 0');
    await relay.request('/v1/apps/shop', { method: 'DELETE' });
    expect((await scrape(relay)).join('\n')).not.to.contain('app="shop"');
  });

  it('counts deliveries by status and transport', async () => {
    const hook = await startHook((_body, response) => response.end('ok'));
    const clients = [{ name: 'office', url: hook.url }];
    const relay = await measured({ config: { webhook: { clients }, storage: { ttl: 60_000 } } });
    await relay.device('phone', { acknowledge: true });
    const away = await relay.device('away');
    const silent = await relay.device('silent');
    await leave(relay, 'away', away);
    for (const name of ['phone', 'office']) await relay.request(`/${name}.send?text=hi`);
    for (const name of ['away', 'silent', 'nobody']) await relay.request(`/${name}.send?text=hi&wait=0`);
    await silent.packet('MESSAGE');
    expect(await scrape(relay)).to.include.members([
      'herald_messages_in_total 4',
      'herald_queued 2',
      'herald_deliveries_total{status="wait",transport="websocket"} 2',
      'herald_deliveries_total{status="ok",transport="websocket"} 1',
      'herald_deliveries_total{status="ok",transport="webhook"} 1',
      'herald_delivery_attempts_total{transport="websocket",outcome="accepted"} 2',
      'herald_delivery_attempts_total{transport="webhook",outcome="confirmed"} 1',
    ]);
    // A socket that is cut by its silence would end as one that was away.
    for (let passed = 0; passed < 120_000; passed += 15_000) {
      await relay.clock.tick(15_000);
      await silent.settle();
    }
    const lines = await eventually('the failures are durable', () => scrape(relay), {
      until: (found) => found.includes('herald_queued 0'),
    });
    expect(lines).to.include('herald_deliveries_total{status="failed",transport="websocket"} 1');
    expect(lines).to.include('herald_deliveries_total{status="failed",transport="none"} 1');
  });

  it('counts retries, and no first attempts', async () => {
    const relay = await measured();
    const phone = await relay.device('phone');
    await relay.request('/phone.send?text=hi&wait=0');
    await phone.packet('MESSAGE');
    expect(await scrape(relay)).to.include('herald_delivery_retries_total{transport="websocket"} 0');
    await relay.clock.tick(3_000);
    await phone.packet('MESSAGE');
    await relay.clock.tick(3_000);
    await phone.packet('MESSAGE');
    const lines = await scrape(relay);
    expect(lines).to.include('herald_delivery_retries_total{transport="websocket"} 2');
    expect(lines).to.include('herald_delivery_attempts_total{transport="websocket",outcome="accepted"} 3');
  });
});
