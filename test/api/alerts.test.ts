import { expect } from 'chai';
import type { AlertInfo } from '../../shared/api.ts';
import { TOKEN, type World, world } from '../world.ts';

const MINUTE = 60_000;

/** The alerts that a request lists. */
async function listed(relay: World, query = '', auth = TOKEN): Promise<AlertInfo[]> {
  const { status, json } = await relay.request(`/v1/alerts${query}`, { headers: { authorization: auth } });
  expect(status, query).to.equal(200);
  return json.alerts;
}

const keysOf = (alerts: readonly AlertInfo[]) => alerts.map(({ key }) => key);

describe('GET /v1/alerts', () => {
  it('lists open alerts with what is known of them, until they are resolved', async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    const began = relay.clock.now();
    await relay.request('/phone.send?text=Disk+full&key=disk&state=firing');
    await relay.clock.tick(MINUTE);
    await relay.request('/phone.send?text=Still+full&key=disk&priority=5');
    await relay.request('/phone.send?text=plain&key=note');
    const { messages } = (await relay.request('/v1/devices/phone/messages')).json;
    expect(messages.map(({ silent }: { silent?: true }) => silent)).to.deep.equal([undefined, undefined, undefined]);
    const [alert, ...others] = await listed(relay, '?open=1');
    expect(others).to.deep.equal([]);
    expect(alert).to.deep.include({
      sendType: 'personal',
      target: 'phone',
      key: 'disk',
      state: 'firing',
      since: began,
      count: 2,
      lastAt: began + MINUTE,
      title: 'Still full',
      flapping: false,
    });
    expect(keysOf(await listed(relay)).sort()).to.deep.equal(['disk', 'note']);
    await relay.clock.tick(MINUTE);
    const closed = await relay.request('/phone.send?key=disk&state=ok');
    expect(closed.json.data.status).to.deep.equal({ phone: 'ok' });
    expect(await listed(relay, '?open=1')).to.deep.equal([]);
    expect((await listed(relay)).find(({ key }) => key === 'disk')).to.include({
      state: 'ok',
      closedAt: began + 2 * MINUTE,
      since: began,
    });
  });

  it('keeps one alert for many repeats, and every message in the history', async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    const sends = Array.from({ length: 200 }, (_, n) => `/phone.send?wait=0&text=${n}&key=disk&state=firing`);
    for (let start = 0; start < sends.length; start += 50) {
      await Promise.all(sends.slice(start, start + 50).map((path) => relay.request(path)));
    }
    const alerts = await listed(relay);
    expect(alerts.map(({ count }) => count)).to.deep.equal([200]);
    const { json } = await relay.request('/v1/devices/phone/messages?limit=1000');
    expect(json.messages).to.have.length(200);
    expect(json.messages.filter(({ silent }: { silent?: true }) => silent !== true)).to.have.length(1);
  });

  it('shows a device only alerts that reach it', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { group: 'family' });
    await relay.device('laptop', { group: 'work' });
    for (const path of ['/phone.send', '/laptop.send', '/family.group', '/work.group']) {
      await relay.request(`${path}?wait=0&text=x&state=firing&key=${encodeURIComponent(path)}`);
    }
    expect(keysOf(await listed(relay, '?open=1', phone.auth)).sort()).to.deep.equal(['/family.group', '/phone.send']);
    expect(keysOf(await listed(relay, '?target=work'))).to.deep.equal(['/work.group']);
    expect((await relay.fetch('/v1/alerts')).status).to.equal(401);
  });

  it('refuses wrong parameters', async () => {
    const relay = await world();
    for (const query of ['?open=yes', '?limit=0', '?limit=x', '?limit=1001', '?limit=-1']) {
      expect((await relay.request(`/v1/alerts${query}`)).status, query).to.equal(400);
    }
  });
});

describe('DELETE /v1/messages', () => {
  const clear = (relay: World, query: string, auth = TOKEN) =>
    relay.request(`/v1/messages${query}`, { method: 'DELETE', headers: { authorization: auth } });

  it('marks the messages of a key as read, and tells the pages', async () => {
    const relay = await world();
    const page = await relay.socket();
    page.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'phone', group: 'family', events: true } });
    await page.packet('AUTH');
    const mids: string[] = [];
    for (const path of ['/phone.send?key=a', '/family.group?key=a', '/phone.send?key=b', '/phone.send?key=a']) {
      mids.push((await relay.request(`${path}&wait=0&text=x`)).json.data.mid);
    }
    const { status, json } = await clear(relay, '?target=phone&key=a');
    expect([status, json]).to.deep.equal([200, { mids: [mids[3], mids[0]] }]);
    expect((await page.packet('READ')).data.mids).to.have.members([mids[0], mids[3]]);
    expect((await page.packet('KEY')).data).to.deep.equal({
      event: 'clear',
      target: 'phone',
      key: 'a',
      mids: json.mids,
    });
    expect((await clear(relay, '?target=phone&key=none')).json).to.deep.equal({ mids: [] });
  });

  it('cancels with delete=1 what is scheduled under the key, and forgets the alert', async () => {
    const relay = await world();
    await relay.device('phone');
    await relay.request('/phone.send?wait=0&text=x&key=a&state=firing');
    await relay.request('/phone.send?text=x&key=a&in=1h&id=later');
    const { json } = await clear(relay, '?target=phone&key=a&delete=1');
    expect([json.mids.length, json.cancelled]).to.deep.equal([1, ['later']]);
    expect(await listed(relay)).to.deep.equal([]);
    expect((await relay.request('/v1/devices/phone/messages')).json.messages).to.deep.equal([]);
    expect((await relay.request(`/v1/messages/${json.mids[0]}`)).json.status).to.deep.equal({ phone: 'ok' });
  });

  it('refuses what is missing, wrong, or of others', async () => {
    const relay = await world();
    const phone = await relay.device('phone');
    for (const query of ['', '?target=phone', '?key=a', '?target=phone&key=', '?target=phone&key=a&delete=x']) {
      expect((await clear(relay, query)).status, query).to.equal(400);
    }
    expect((await clear(relay, `?target=phone&key=${'x'.repeat(257)}`)).status).to.equal(400);
    expect((await clear(relay, '?target=laptop&key=a', phone.auth)).status).to.equal(403);
    expect((await relay.fetch('/v1/messages?target=phone&key=a', { method: 'DELETE' })).status).to.equal(401);
  });
});

describe('POST /v1/alerts/:id/close', () => {
  it('closes an open alert once, and tells the pages of its recipients', async () => {
    const relay = await world();
    const page = await relay.socket();
    page.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'phone', events: true } });
    await page.packet('AUTH');
    await relay.request('/phone.send?wait=0&text=x&key=disk&state=firing');
    expect((await page.packet('KEY')).data).to.deep.include({ event: 'alert', target: 'phone', key: 'disk' });
    const [alert] = await listed(relay, '?open=1');
    const close = () => relay.request(`/v1/alerts/${alert?.id}/close`, { method: 'POST' });
    const { status, json } = await close();
    expect([status, json.closed.state]).to.deep.equal([200, 'ok']);
    expect((await page.packet('KEY')).data.alert).to.include({ state: 'ok' });
    const again = await close();
    expect([again.status, again.json.code]).to.deep.equal([409, 'conflict']);
  });

  it('knows no alert of others and none that never was', async () => {
    const relay = await world();
    const phone = await relay.device('phone');
    await relay.device('laptop');
    await relay.request('/laptop.send?wait=0&text=x&key=disk&state=firing');
    const [alert] = await listed(relay);
    const init = { method: 'POST', headers: { authorization: phone.auth } };
    expect((await relay.request(`/v1/alerts/${alert?.id}/close`, init)).status).to.equal(404);
    for (const id of ['x', '%00', '..', 'x'.repeat(2000)]) {
      const { status } = await relay.request(`/v1/alerts/${id}/close`, { method: 'POST' });
      expect([400, 404, 405], id.slice(0, 5)).to.include(status);
    }
  });
});
