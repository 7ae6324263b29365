import { expect } from 'chai';
import { sharedWorld } from '../support/shared-world.ts';
import { TOKEN } from '../world.ts';

const HOUR = 3_600_000;

describe('heartbeats over HTTP', () => {
  const relay = sharedWorld();
  const ask = (method: string, path: string, body?: string, type = 'application/x-www-form-urlencoded', auth = TOKEN) =>
    relay().request(path, {
      method,
      headers: { authorization: auth, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    });
  const beats = async () => (await ask('GET', '/v1/beats')).json.beats;

  it('are made by the first call, missed, and closed by the next sign', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const { status, json } = await ask('GET', '/phone.beat?key=nightly&every=24h&grace=1h');
    expect(status).to.equal(200);
    expect(json.beat).to.include({ key: 'nightly', target: 'phone', state: 'up', every: 24 * HOUR, grace: HOUR });
    await relay().clock.tick(25 * HOUR + 1000);
    const missing = (await phone.packet('MESSAGE')).data.message;
    expect(missing.text).to.match(/^nightly: no sign since \d\d:\d\d \(25 h\)$/);
    expect(missing.extra).to.include({ key: 'beat:nightly', state: 'firing' });
    expect((await ask('HEAD', '/phone.beat?key=nightly')).status).to.equal(200);
    expect((await phone.packet('MESSAGE')).data.message.extra).to.include({ key: 'beat:nightly', state: 'ok' });
    expect((await ask('DELETE', `/v1/beats/${json.beat.id}`)).json).to.deep.equal({ removed: json.beat.id });
  });

  it('tell a failure with its output, from every form of a body', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    await ask('POST', '/phone.beat', 'key=job&every=1h&grace=5m&start=1');
    // As notify and the command line send them.
    await ask('POST', '/phone.beat', 'key=job&every=1h&grace=5m&exit=2&text=no%20space');
    const { message } = (await phone.packet('MESSAGE')).data;
    expect([message.text, message.desp]).to.deep.equal(['job: failed with exit code 2 after 0 s', 'no space']);
    await ask('POST', '/phone.beat?key=job&exit=3', 'a log', 'text/plain');
    expect((await phone.packet('MESSAGE')).data.message.desp).to.equal('a log');
    await ask('POST', '/phone.beat', JSON.stringify({ key: 'job', exit: 0 }), 'application/json');
    expect((await phone.packet('MESSAGE')).data.message.text).to.equal('job: ok again');
    const [{ runs }] = await beats();
    expect(runs.map(({ state }: { state: string }) => state)).to.deep.equal(['failed', 'failed', 'ok']);
  });

  it('honour an idempotency key in the header or as a parameter, and tell pages of each change', async () => {
    const page = await relay().socket();
    page.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'desk', events: true } });
    await page.packet('AUTH');
    const give = (query: string, headers: Readonly<Record<string, string>> = {}) =>
      relay().request(`/desk.beat?key=once&every=1h&grace=5m${query}`, { headers });
    const made = (await give('', { 'idempotency-key': 'a' })).json.beat;
    for (let repeat = 0; repeat < 3; repeat += 1) await give('', { 'idempotency-key': 'a' });
    await give('&idempotency=b');
    const { beat } = (await give('&idempotency=b')).json;
    expect(beat.runs).to.have.length(2);
    expect((await give('&exit=1&idempotency=b')).status).to.equal(409);
    expect((await give('', { 'idempotency-key': 'é' })).status).to.equal(400);
    for (const headers of [{ 'idempotency-key': 'c' }, { 'idempotency-key': 'c' }]) {
      expect((await fetch(relay().url(`/ping/${made.uuid}`), { headers })).status).to.equal(200);
    }
    const told = [];
    for (let count = 0; count < 3; count += 1) told.push((await page.packet('BEAT')).data);
    expect(told.map((event) => [event.id, event.target, event.beat.runs.length])).to.deep.equal(
      [1, 2, 3].map((runs) => [made.id, 'desk', runs]),
    );
    await ask('DELETE', `/v1/beats/${made.id}`);
    expect((await page.packet('BEAT')).data).to.deep.equal({ id: made.id, target: 'desk', beat: null });
  });

  it('take signs as Healthchecks does, without a token', async () => {
    const { uuid } = (await ask('GET', '/phone.beat?key=cron&cron=0+3+*+*+*&tz=UTC')).json.beat;
    const ping = (path: string, method = 'GET') => fetch(relay().url(`/ping/${uuid}${path}`), { method });
    for (const path of ['/start', '', '/fail', '/7', '/0']) {
      const answer = await ping(path);
      expect([answer.status, await answer.text()], path).to.deep.equal([200, 'OK']);
    }
    expect((await ping('', 'HEAD')).status).to.equal(200);
    expect((await ping('/no')).status).to.equal(400);
    const { runs } = (await beats()).find(({ key }: { key: string }) => key === 'cron');
    expect(runs.map(({ exit = 0 }: { exit?: number }) => exit)).to.deep.equal([0, 0, 1, 7, 0, 0]);
    const other = await fetch(relay().url('/ping/00000000-0000-4000-8000-000000000000'));
    expect(other.status).to.equal(404);
  });

  it('are changed, paused and removed', async () => {
    const { id } = (await ask('GET', '/phone.beat?key=x&every=1h')).json.beat;
    const patch = (body: unknown) => ask('PATCH', `/v1/beats/${id}`, JSON.stringify(body), 'application/json');
    expect((await patch({ every: '2h', grace: '10m' })).json.beat).to.include({ every: 2 * HOUR, grace: HOUR / 6 });
    expect((await patch({ color: 'red' })).status).to.equal(400);
    expect((await patch({})).status).to.equal(400);
    expect((await ask('POST', `/v1/beats/${id}/pause`)).json.beat.state).to.equal('paused');
    expect((await ask('DELETE', `/v1/beats/${id}`)).status).to.equal(200);
    expect((await ask('POST', `/v1/beats/${id}/pause`)).status).to.equal(404);
  });

  it('refuse lists and objects in place of a text', async () => {
    const before = (await beats()).length;
    for (const name of ['key', 'every', 'grace', 'cron', 'tz', 'exit', 'start', 'idempotency']) {
      for (const value of [{ toString: 1 }, {}, ['1h']]) {
        const body = JSON.stringify({ key: 'odd', every: '1h', [name]: value });
        const { status, text } = await ask('POST', '/phone.beat', body, 'application/json');
        expect([status, text.includes(`${name} must be a text or a number`)], body).to.deep.equal([400, true]);
      }
    }
    expect(await beats()).to.have.length(before);
  });

  it('refuse calls without a token, a key or times, other methods, and previews', async () => {
    expect((await ask('GET', '/phone.beat?key=y&every=1h', undefined, '', '')).status).to.equal(401);
    expect((await ask('GET', '/v1/beats', undefined, '', '')).status).to.equal(401);
    expect((await ask('HEAD', '/phone.beat')).status).to.equal(400);
    expect((await ask('GET', '/phone.beat?key=y')).status).to.equal(400);
    expect((await ask('HEAD', '/phone.beat?key=y&every=1h')).status).to.equal(404);
    expect((await ask('PUT', '/phone.beat?key=y&every=1h', 'x')).status).to.equal(405);
    expect((await ask('GET', '/phone.beat?key=y&every=1h&start=1&exit=0')).status).to.equal(400);
    const preview = await fetch(relay().url('/phone.beat?key=y&every=1h'), {
      headers: { authorization: TOKEN, 'user-agent': 'Slackbot 1.0' },
    });
    expect(preview.status).to.equal(403);
    expect((await beats()).map(({ key }: { key: string }) => key)).not.to.include('y');
  });
});
