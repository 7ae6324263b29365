import { expect } from 'chai';
import { TOKEN, type World, world } from '../world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const change = (relay: World, method: string, path: string, body?: unknown, auth = TOKEN) =>
  relay.request(`/v1/scheduled${path}`, {
    method,
    headers: { authorization: auth, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const idsOf = async (relay: World, query = '', auth = TOKEN) =>
  (await change(relay, 'GET', query, undefined, auth)).json.scheduled.map(({ id }: { id: string }) => id);

describe('a send that is due later', () => {
  it('is answered with its id and its time, and sent when it is due', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { acknowledge: true });
    const { status, json } = await relay.request('/phone.send?text=later&in=30m&strict=1');
    expect(status).to.equal(200);
    expect(json).to.deep.equal({
      cmd: 'MESSAGE_REPLY',
      data: { id: json.data.id, scheduled: relay.clock.now() + HOUR / 2, status: {} },
    });
    expect(await idsOf(relay)).to.deep.equal([json.data.id]);
    await relay.clock.tick(HOUR / 2 + 1);
    const { data } = await phone.packet('MESSAGE');
    expect(data.message).to.deep.equal({ text: 'later', desp: '', extra: {} });
  });

  it('is sent to those who are in the group when it is due', async () => {
    const relay = await world();
    await relay.request('/family.group?text=later&in=30m');
    const phone = await relay.device('phone', { group: 'family' });
    await relay.clock.tick(HOUR / 2 + 1);
    expect((await phone.packet('MESSAGE')).data.target).to.equal('family');
  });

  it('survives a restart, and says if it is late', async () => {
    const relay = await world();
    await relay.device('phone');
    const { json } = await relay.request('/phone.send?text=later&in=30m');
    await relay.stop();
    await relay.clock.tick(3 * HOUR);
    await relay.start();
    const phone = await relay.device('phone');
    const { data } = await phone.packet('MESSAGE');
    expect(data.message.extra).to.deep.equal({ late: Math.floor(json.data.scheduled / 1000) });
  });

  it('may come over a socket, and as a packet', async () => {
    const relay = await world();
    const phone = await relay.device('phone');
    const data = { sendType: 'personal', target: 'phone', message: { text: 'x' }, in: '1h', id: 'tea' };
    phone.send({ cmd: 'MESSAGE', data });
    expect((await phone.packet('MESSAGE_REPLY')).data).to.include({ id: 'tea' });
    expect((await relay.post({ cmd: 'MESSAGE', data: { ...data, id: 'cake' } })).json.data).to.include({ id: 'cake' });
    expect((await idsOf(relay)).sort()).to.deep.equal(['cake', 'tea']);
  });

  const wrong = [
    'in=5',
    'in=0s',
    'in=400d',
    'at=kitchen',
    'at=2020-01-01',
    'at=1h&in=2h',
    'at=1h&at=2h',
    'cron=x',
    'cron=0+0+31+2+*',
    'cron=@daily&tz=Mars',
    'in=1h&id=a/b',
    'ring=loud',
    'ttl=-1',
    'ttl=never',
    `idempotency=${'x'.repeat(256)}`,
  ];
  it('refuses wrong options with a clear error, and sends nothing', async () => {
    const relay = await world();
    await relay.device('phone');
    for (const query of wrong) {
      const { status, json } = await relay.request(`/phone.send?text=x&wait=0&${query}`);
      expect([status, json.cmd], query).to.deep.equal([400, 'INFO']);
    }
    expect(await idsOf(relay)).to.deep.equal([]);
    expect((await relay.request('/v1/devices/phone/messages')).json.messages).to.deep.equal([]);
  });

  it("takes nothing for an option in another program's JSON", async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    const body = JSON.stringify({ summary: 'Disk full', at: 'kitchen', in: 5, ring: 'x', ttl: 'x', id: 1 });
    const { status, json } = await relay.request('/phone.send', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([status, json.data.phone]).to.deep.equal([200, 'ok']);
  });
});

describe('/v1/scheduled', () => {
  it('changes, skips, runs and cancels', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { acknowledge: true });
    await relay.request('/phone.send?text=stand+up&cron=0+9+*+*+*&tz=UTC&id=standup');
    const changed = await change(relay, 'PATCH', '/standup', { text: 'new', extra: { key: 'k' }, ring: 'never' });
    expect(changed.json.scheduled).to.deep.include({
      id: 'standup',
      cron: '0 9 * * *',
      tz: 'UTC',
      message: { text: 'new', desp: '', extra: { key: 'k' } },
      ring: 'never',
    });
    const skipped = await change(relay, 'POST', '/standup/skip');
    expect(skipped.json.scheduled.dueAt).to.equal(changed.json.scheduled.dueAt + 24 * HOUR);
    const ran = await change(relay, 'POST', '/standup/run');
    expect(ran.json.mid).to.match(/^\d+$/);
    expect((await phone.packet('MESSAGE')).data.message.text).to.equal('new');
    expect(await idsOf(relay)).to.deep.equal(['standup']);
    expect((await change(relay, 'DELETE', '/standup')).json).to.deep.equal({ cancelled: 'standup' });
    for (const [method, path] of [
      ['DELETE', ''],
      ['PATCH', ''],
      ['POST', '/skip'],
      ['POST', '/run'],
    ] as const) {
      expect((await change(relay, method, `/standup${path}`, {})).status, method + path).to.equal(404);
    }
  });

  it('refuses wrong changes', async () => {
    const relay = await world();
    await relay.request('/phone.send?text=x&in=1h&id=tea');
    const wrong: readonly object[] = [
      { text: 5 },
      { desp: null },
      { extra: [] },
      { at: 'x' },
      { in: '1h', at: '1h' },
      { tz: 'UTC' },
      { ring: 'x' },
      { ttl: 'x' },
      { target: 'laptop' },
      { __proto__x: 1 },
    ];
    for (const body of wrong) {
      expect((await change(relay, 'PATCH', '/tea', body)).status, JSON.stringify(body)).to.equal(400);
    }
    for (const query of ['?limit=0', '?limit=x']) expect((await change(relay, 'GET', query)).status).to.equal(400);
    expect((await relay.fetch('/v1/scheduled')).status).to.equal(401);
  });

  it('shows a device only what is for it', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { group: 'family' });
    for (const [path, id] of [
      ['phone.send', 'a'],
      ['laptop.send', 'b'],
      ['family.group', 'c'],
      ['work.group', 'd'],
    ]) {
      await relay.request(`/${path}?text=x&in=1h&id=${id}`);
    }
    expect((await idsOf(relay, '', phone.auth)).sort()).to.deep.equal(['a', 'c']);
    expect(await idsOf(relay, '?target=work')).to.deep.equal(['d']);
    expect((await change(relay, 'DELETE', '/b', undefined, phone.auth)).status).to.equal(404);
    expect((await change(relay, 'DELETE', '/a', undefined, phone.auth)).status).to.equal(200);
  });
});

describe('Idempotency-Key', () => {
  const send = (relay: World, text: string, key: string, query = '') =>
    relay.request(`/phone.send?text=${text}${query}`, { headers: { 'idempotency-key': key } });

  it('answers a repeat as the first request, and sends nothing', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { acknowledge: true });
    const first = await send(relay, 'x', 'k1');
    const second = await send(relay, 'x', 'k1');
    expect(second.text).to.equal(first.text);
    expect((await relay.request('/phone.send?text=x&idempotency=k1')).text).to.equal(first.text);
    await phone.settle();
    expect((await relay.request('/v1/devices/phone/messages')).json.messages).to.have.length(1);
  });

  it('refuses another content with 409', async () => {
    const relay = await world();
    await send(relay, 'x', 'k1');
    const other = await send(relay, 'y', 'k1');
    expect([other.status, other.headers.get('x-error-code')]).to.deep.equal([409, 'conflict']);
    expect((await send(relay, 'y', 'k2')).status).to.equal(200);
  });

  it('schedules once', async () => {
    const relay = await world();
    const first = await send(relay, 'x', 'k1', '&in=30m');
    await relay.clock.tick(MINUTE);
    expect((await send(relay, 'x', 'k1', '&in=30m')).text).to.equal(first.text);
    expect(await idsOf(relay)).to.have.length(1);
  });

  it('refuses a key that is no key', async () => {
    const relay = await world();
    expect((await send(relay, 'x', 'x'.repeat(256))).status).to.equal(400);
  });
});

describe('PATCH /v1/scheduled/:id', () => {
  it('refuses a text that leaves nothing to show, and changes nothing', async () => {
    const relay = await world();
    await relay.request('/phone.send?text=a&in=1h&id=one');
    await relay.request('/phone.send?text=a&desp=b&in=1h&id=two');
    for (const [id, body] of [
      ['one', { text: '' }],
      ['one', { text: ' \n', desp: ' ' }],
      ['two', { text: '', desp: '' }],
    ] as const) {
      const { status, json } = await change(relay, 'PATCH', `/${id}`, body);
      expect([status, json.error], JSON.stringify(body)).to.deep.equal([400, 'expected a text in text or desp']);
    }
    const { json } = await change(relay, 'GET', '');
    expect(json.scheduled.map(({ message }: { message: object }) => message)).to.deep.equal([
      { text: 'a', desp: '', extra: {} },
      { text: 'a', desp: 'b', extra: {} },
    ]);
    expect((await change(relay, 'PATCH', '/two', { text: '' })).json.scheduled.message.desp).to.equal('b');
  });
});

describe('schedule.maxJobsPerSender', () => {
  it('bounds what one key or device has waiting, and neither others nor the owner', async () => {
    const relay = await world({ config: { schedule: { maxJobsPerSender: 2 } } });
    const made = await relay.request('/v1/keys', { method: 'POST', body: '{"name":"nas","device":"phone"}' });
    const send = (token: string, query = '') =>
      relay.fetch(`/phone.send?text=x&in=1h&wait=0${query}`, { headers: { authorization: token } });
    for (let count = 0; count < 2; count += 1) expect((await send(made.json.key)).status).to.equal(200);
    const refused = await send(made.json.key);
    expect([refused.status, refused.json.data]).to.deep.equal([
      429,
      '2 of your messages are waiting (schedule.maxJobsPerSender); cancel some first',
    ]);
    const phone = await relay.device('phone');
    expect((await send(phone.auth)).status).to.equal(200);
    for (let count = 0; count < 3; count += 1) expect((await send(TOKEN)).status).to.equal(200);
    expect(await idsOf(relay, '?target=phone')).to.have.length(6);
  });
});
