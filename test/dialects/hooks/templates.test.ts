import { createHmac } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { twoWorlds } from '../../support/redis/worlds.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { openStream } from '../../support/stream-reader.ts';
import { ALERTMANAGER } from '../../templates/payloads.ts';
import { TOKEN, type World } from '../../world.ts';
import { makeKey, stored } from '../key-senders.ts';

const BOILER = {
  title: '{{.room}} has {{.temperature}} °C',
  message: '{{range .sensors}}{{.name}}: {{.value}}\n{{end}}',
  priority: '{{if gt .temperature 80.0}}5{{else}}2{{end}}',
  tags: 'fire,{{.room}}',
  click: '{{.url}}',
  key: '{{.room}}',
  state: '{{if gt .temperature 80.0}}firing{{else}}resolved{{end}}',
};
const PAYLOAD = {
  room: 'cellar',
  temperature: 95,
  sensors: [{ name: 'top', value: 95 }],
  url: 'https://boiler.example/',
  apiToken: 'hush',
};

const post = (relay: World, path: string, body: unknown, headers: Record<string, string> = {}) =>
  relay.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.isBuffer(body) ? new Uint8Array(body) : typeof body === 'string' ? body : JSON.stringify(body),
  });
const api = (relay: World, method: string, path: string, body?: unknown, token = TOKEN) =>
  relay.request(path, {
    method,
    headers: { authorization: token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

describe('templates of the owner', () => {
  const relay = sharedWorld({
    config: {
      http: { maxBody: 100_000 },
      templates: [{ name: 'van', title: 'Van: {{.what}}', priority: '{{.level}}' }],
    },
  });
  let key = '';

  before(async () => {
    key = await makeKey(relay(), { name: 'ops', device: 'phone' });
  });

  it('are used by the path, as=, a member, and by ntfy, as soon as they are stored', async () => {
    const made = await api(relay(), 'PUT', '/v1/templates/boiler', BOILER);
    expect([made.status, made.json.name]).to.deep.equal([201, 'boiler']);
    for (const path of [`/hook/${key}/boiler`, `/hook/${key}?as=Boiler`, `/hook/${key}/`]) {
      const { status, json } = await post(relay(), path, {
        ...PAYLOAD,
        ...(path.endsWith('/') ? { as: 'boiler' } : {}),
      });
      expect([status, json.as], path).to.deep.equal([200, 'boiler']);
      const { text, desp, extra } = await stored(relay(), 'phone');
      expect([text, desp]).to.deep.equal(['cellar has 95 °C', 'top: 95']);
      expect(extra).to.deep.include({
        priority: 5,
        tags: ['rotating_light', 'fire', 'cellar'],
        click: 'https://boiler.example/',
        key: 'ops/boiler/cellar',
        state: 'firing',
        source: 'boiler',
      });
    }
    await post(relay(), `/hook/${key}/boiler`, { ...PAYLOAD, temperature: 60 });
    expect((await stored(relay(), 'phone')).extra).to.deep.include({ state: 'resolved', priority: 3 });
    const ntfy = await post(relay(), '/phone?template=boiler', PAYLOAD, { authorization: `Bearer ${key}` });
    expect([ntfy.status, ntfy.json.title, ntfy.json.priority]).to.deep.equal([200, 'cellar has 95 °C', 5]);
    const van = await post(relay(), `/hook/${key}/van`, { what: 'door open', level: 'critical' });
    expect(van.json.as).to.equal('van');
    expect(await stored(relay(), 'phone')).to.deep.include({ text: 'Van: door open' });

    expect((await api(relay(), 'GET', '/v1/templates')).json.templates).to.deep.equal([
      { title: 'Van: {{.what}}', priority: '{{.level}}', name: 'van', configured: true },
      { ...BOILER, name: 'boiler', configured: false },
    ]);
    expect((await api(relay(), 'DELETE', '/v1/templates/boiler')).status).to.equal(200);
    expect((await post(relay(), `/hook/${key}/boiler`, PAYLOAD)).json.as).to.equal('json');
  });

  it('lose no alert: what they cannot fill is told as well as it can be, and the log shows nothing of it', async () => {
    const broken = { title: '{{.secret.word.more}}', message: 'x', priority: '{{fail .secret}}' };
    await api(relay(), 'PUT', '/v1/templates/broken', broken);
    for (const body of [{ secret: 'hunter2', message: 'the door' }, 'plain words', [], 7, { secret: null }]) {
      const { status, json } = await post(relay(), `/hook/${key}/broken`, body);
      expect([status, json.as], JSON.stringify(body)).to.deep.equal([200, 'broken']);
    }
    await post(relay(), `/hook/${key}/broken`, { secret: 'hunter2', message: 'the door' });
    expect(await stored(relay(), 'phone')).to.deep.include({ text: 'broken', desp: 'the door' });
    const slow = { title: `${'{{range $.l}}'.repeat(9)}{{.}}${'{{end}}'.repeat(9)}`, message: 'x' };
    await api(relay(), 'PUT', '/v1/templates/slow', slow);
    const { json } = await post(relay(), `/hook/${key}/slow`, { l: Array.from({ length: 900 }, () => 'ab') });
    expect(json.as).to.equal('slow');
  });

  it('are refused with every problem at once, and nothing is changed', async () => {
    const { status, json } = await api(relay(), 'PUT', '/v1/templates/bad', {
      title: '{{.a',
      message: '{{nothing .a}}',
      click: '{{template "x"}}',
      state: 7,
      more: 'x',
    });
    expect(status).to.equal(400);
    for (const part of ['title: ', 'message: function "nothing"', 'click: ', 'state: ', '"more"']) {
      expect(json.error).to.contain(part);
    }
    const wrong: readonly [name: string, body: unknown, status: number][] = [
      ['bad', {}, 400],
      ['bad', { title: '', message: ' ' }, 400],
      ['bad', { title: 'x'.repeat(8193) }, 400],
      ['bad', [], 400],
      ['alertmanager', { title: 'x' }, 400],
      ['Bad', { title: 'x' }, 400],
      [encodeURIComponent('../bad'), { title: 'x' }, 400],
      ['__proto__', { title: 'x' }, 400],
      ['van', { title: 'x' }, 403],
    ];
    for (const [name, body, expected] of wrong) {
      expect(
        (await api(relay(), 'PUT', `/v1/templates/${name}`, body)).status,
        `${name} ${JSON.stringify(body).slice(0, 60)}`,
      ).to.equal(expected);
    }
    expect((await api(relay(), 'DELETE', '/v1/templates/van')).status).to.equal(403);
    expect((await api(relay(), 'DELETE', '/v1/templates/absent')).status).to.equal(404);
    expect((await api(relay(), 'GET', '/v1/templates')).text).to.not.contain('"bad"');
  });

  it("show what they would make of a payload, and of the key's last one, to the owner only", async () => {
    await post(relay(), `/hook/${key}?note=x`, PAYLOAD, { 'x-gitlab-token': 'hush', 'user-agent': 'boiler/1' });
    const { payload } = (await api(relay(), 'GET', '/v1/keys/ops/payload')).json;
    expect(payload.as).to.equal('json');
    expect(payload.body).to.deep.equal({ ...PAYLOAD, apiToken: '…' });
    expect(payload.headers).to.deep.equal({ 'content-type': 'application/json', 'user-agent': 'boiler/1' });
    const preview = await api(relay(), 'POST', '/v1/templates/preview', {
      template: { ...BOILER, icon: '{{.url.more}}' },
      payload: payload.body,
      owner: 'ops',
    });
    expect(preview.json.fields).to.deep.include({
      title: 'cellar has 95 °C',
      body: 'top: 95',
      key: 'ops/preview/cellar',
      priority: 5,
    });
    expect(preview.json.problems.map(({ part }: { part: string }) => part)).to.deep.equal(['icon']);
    const nosy = await makeKey(relay(), { name: 'nosy', send: ['*'], receive: ['*'], manage: true });
    for (const [method, path] of [
      ['GET', '/v1/templates'],
      ['PUT', '/v1/templates/x'],
      ['DELETE', '/v1/templates/x'],
      ['POST', '/v1/templates/preview'],
      ['GET', '/v1/keys/ops/payload'],
      ['GET', '/v1/key-uses'],
    ] as const) {
      expect((await api(relay(), method, path, method === 'GET' ? undefined : {}, nosy)).status, path).to.equal(403);
    }
    // Secrets that other names do not tell.
    await post(relay(), `/hook/${key}`, {
      url: 'https://admin:hush@nas.example.com/x?room=cellar&access_token=hush#top',
      log: 'sent Authorization: Bearer hush-hush-hush, got 401',
      headers: [
        { name: 'Authorization', value: 'hush' },
        { name: 'Accept', value: 'text/plain' },
      ],
      ip: 'http://[::1]:8080/a:b@c?monkey',
    });
    expect((await api(relay(), 'GET', '/v1/keys/ops/payload')).json.payload.body).to.deep.equal({
      url: 'https://admin:…@nas.example.com/x?room=cellar&access_token=…#top',
      log: 'sent Authorization: Bearer …, got 401',
      headers: [
        { name: 'Authorization', value: '…' },
        { name: 'Accept', value: 'text/plain' },
      ],
      ip: 'http://[::1]:8080/a:b@c?monkey',
    });
    // What is too large is not kept, and texts are cut.
    await post(relay(), `/hook/${key}`, { rows: Array.from({ length: 45 }, () => 'x'.repeat(2000)) });
    expect((await api(relay(), 'GET', '/v1/keys/ops/payload')).json.payload.body).to.equal(undefined);
    await post(relay(), `/hook/${key}`, {
      text: 'y'.repeat(90_000),
      deep: JSON.parse('['.repeat(60) + ']'.repeat(60)),
    });
    expect((await api(relay(), 'GET', '/v1/keys/ops/payload')).text.length).to.be.below(6000);
    expect((await api(relay(), 'GET', '/v1/keys/absent/payload')).json).to.deep.equal({ payload: null });
  });

  it('tell what was recognised, as it comes, and keep it with the key', async () => {
    const stream = await openStream(relay().url('/v1/key-uses'), { authorization: TOKEN });
    await stream.next();
    await post(relay(), `/hook/${key}`, ALERTMANAGER);
    const { data } = await stream.use();
    expect(data).to.deep.include({
      name: 'ops',
      dialect: 'hooks',
      template: 'alertmanager',
      title: 'DiskFull (2)',
      result: 'sent',
    });
    expect(data.fields).to.deep.include({ priority: 5, state: 'firing', click: 'http://am.example:9093' });
    expect(data.fields.body).to.contain('Disk of nas');
    await post(
      relay(),
      `/hook/${key}`,
      { zen: 'x', action: 'requested', workflow_run: {} },
      { 'x-github-event': 'workflow_run' },
    );
    expect((await stream.use()).data).to.deep.include({ template: 'github', result: 'ignored' });
    await makeKey(relay(), { name: 'signed', device: 'tablet', secret: 'whispered' });
    stream.leave();
    const { lastUse, ignored } = (await api(relay(), 'GET', '/v1/keys/ops')).json;
    expect([lastUse.dialect, ignored]).to.deep.equal(['hooks', undefined]);
    expect(lastUse.fields?.body).to.equal(undefined);
  });

  it('takes compressed bodies, within the bound of what comes out', async () => {
    const json = JSON.stringify(ALERTMANAGER);
    for (const [encoding, body] of [
      ['gzip', gzipSync(json)],
      ['deflate', deflateSync(json)],
      ['br', brotliCompressSync(json)],
      ['identity', Buffer.from(json)],
    ] as const) {
      const { status, json: answer } = await post(relay(), `/hook/${key}`, body, { 'content-encoding': encoding });
      expect([status, answer.as], encoding).to.deep.equal([200, 'alertmanager']);
    }
    const bomb = await post(relay(), `/hook/${key}`, gzipSync(Buffer.alloc(20_000_000)), {
      'content-encoding': 'gzip',
    });
    expect(bomb.json.code).to.equal('too_large');
    for (const [encoding, body] of [
      ['gzip', json],
      ['zstd', json],
      ['constructor', json],
    ] as const) {
      const odd = await post(relay(), `/hook/${key}`, body, { 'content-encoding': encoding });
      expect(odd.status, encoding).to.equal(200);
      expect((await stored(relay(), 'phone')).desp).to.contain('cannot be read');
    }
    const signed = await makeKey(relay(), { name: 'packed', device: 'tablet', secret: 'whispered' });
    const hex = (bytes: Buffer) => `sha256=${createHmac('sha256', 'whispered').update(bytes).digest('hex')}`;
    for (const bytes of [gzipSync(json), Buffer.from(json)]) {
      const headers = { 'content-encoding': 'gzip', 'x-hub-signature-256': hex(bytes) };
      expect((await post(relay(), `/hook/${signed}`, gzipSync(json), headers)).status).to.equal(200);
    }
    const wrong = { 'content-encoding': 'gzip', 'x-hub-signature-256': hex(Buffer.from('x')) };
    expect((await post(relay(), `/hook/${signed}`, gzipSync(json), wrong)).status).to.equal(403);
  });
});

describe('templates on two nodes', () => {
  it('count on both at once, and a page at one node sees what comes to the other', async () => {
    const [a, b] = await twoWorlds();
    const key = await makeKey(a, { name: 'ops', device: 'phone' });
    await api(a, 'PUT', '/v1/templates/boiler', BOILER);
    const stream = await openStream(a.url('/v1/key-uses'), { authorization: TOKEN });
    const own = await openStream(a.url('/v1/keys/ops/uses'), { authorization: TOKEN });
    await Promise.all([stream.next(), own.next()]);
    const names: string[] = [];
    for (const room of ['one', 'two']) {
      expect((await post(b, `/hook/${key}/boiler`, { ...PAYLOAD, room })).json.as).to.equal('boiler');
      const [all, single] = [await stream.use(), await own.use()];
      expect(all.data).to.deep.include({ name: 'ops', template: 'boiler' });
      expect(single.data).to.deep.include({ template: 'boiler' });
      names.push(single.data.title);
    }
    expect(names).to.deep.equal(['one has 95 °C', 'two has 95 °C']);
    const { payload } = (await api(a, 'GET', '/v1/keys/ops/payload')).json;
    expect(payload.body.room).to.equal('two');
    expect((await api(b, 'GET', '/v1/templates')).json.templates).to.have.length(1);
  });
});
