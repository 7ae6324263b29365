import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { ALERTMANAGER, KUMA } from '../../templates/payloads.ts';
import { TOKEN } from '../../world.ts';
import { makeKey, rawGet, stored } from '../key-senders.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

describe('hooks', () => {
  const relay = sharedWorld({ config: { http: { maxBody: 100_000 } } });
  let key = '';
  let signedKey = '';
  const SECRET = 'whispered';

  before(async () => {
    key = await makeKey(relay(), { name: 'ops', device: 'phone' });
    signedKey = await makeKey(relay(), { name: 'signed', device: 'tablet', secret: SECRET });
  });

  const post = (path: string, body: unknown, headers: Record<string, string> = JSON_TYPE, method = 'POST') =>
    relay().fetch(path, {
      method,
      headers,
      body: typeof body === 'string' || body instanceof FormData ? body : JSON.stringify(body),
    });
  const last = () => stored(relay(), 'phone');

  it('answers with the message, its recipients and the template, and the message is stored', async () => {
    const { status, json } = await post(`/hook/${key}`, ALERTMANAGER);
    expect([status, json]).to.deep.equal([200, { mid: json.mid, status: { phone: 'ready' }, as: 'alertmanager' }]);
    const { text, extra, from } = await last();
    expect([from, text, extra.priority, extra.state, extra.key, extra.source]).to.deep.equal([
      'ops',
      'DiskFull (2)',
      5,
      'firing',
      'ops/alertmanager/{}:{alertname="DiskFull"}',
      'alertmanager',
    ]);
    const { alerts } = (await relay().request('/v1/alerts')).json;
    expect(alerts.map((alert: { title: string }) => alert.title)).to.deep.equal(['DiskFull (2)']);
    await post(`/hook/${key}`, { ...ALERTMANAGER, status: 'resolved', alerts: [] });
    expect((await relay().request('/v1/alerts?open=1')).json.alerts).to.deep.equal([]);
  });

  it('takes the template of the path, of the query, of a member, and reads past names that it does not know', async () => {
    const body = { name: 'Backup', status: 'down' };
    const as = async (path: string, more: object = {}) => (await post(path, { ...body, ...more })).json.as;
    expect(await as(`/hook/${key}/healthchecks`)).to.equal('healthchecks');
    expect(await as(`/hook/${key}/healthchecks/?as=json`)).to.equal('healthchecks');
    expect(await as(`/hook/${key}?as=healthchecks`)).to.equal('healthchecks');
    expect(await as(`/hook/${key}?template=healthchecks`)).to.equal('healthchecks');
    expect(await as(`/hook/${key}/`, { as: 'healthchecks' })).to.equal('healthchecks');
    expect(await as(`/hook/${key}/helthchecks?as=x`, { as: 7 })).to.equal('json');
  });

  it('reads forms, multipart, queries and text', async () => {
    const kuma = JSON.stringify(KUMA);
    const parts = new FormData();
    parts.set('data', kuma);
    const { heartbeat, monitor, msg } = KUMA;
    const fields = new URLSearchParams({ heartbeat: JSON.stringify(heartbeat), monitor: JSON.stringify(monitor), msg });
    const answers = [
      await post(`/hook/${key}`, `payload=${encodeURIComponent(kuma)}`, FORM_TYPE),
      await post(`/hook/${key}`, parts, {}),
      await post(`/hook/${key}`, kuma, { 'content-type': 'text/plain' }, 'PUT'),
      await post(`/hook/${key}`, `\ufeff${kuma}`, FORM_TYPE),
      await relay().fetch(`/hook/${key}?${fields}`),
    ];
    expect(answers.map(({ status, json }) => [status, json.as])).to.deep.equal(answers.map(() => [200, 'uptime-kuma']));
    expect((await last()).text).to.equal('nas is down');
    await relay().fetch(`/hook/${key}?as=healthchecks&name=Backup&status=down&code=c1&tags=a+b`);
    expect((await last()).extra).to.deep.include({ tags: ['warning', 'a', 'b'], key: 'ops/healthchecks/c1' });
    await post(`/hook/${key}`, 'disk full', FORM_TYPE);
    expect(await last()).to.deep.include({ text: 'disk full', desp: '' });
  });

  it('names the files that came with it, and keeps none', async () => {
    const parts = new FormData();
    parts.set('title', 'Disk');
    parts.set('message', '91 % used');
    parts.set('file01', new Blob(['1234']), 'disk.png');
    await post(`/hook/${key}`, parts, {});
    expect(await last()).to.deep.include({ text: 'Disk', desp: '91 % used\n\n📎 disk.png, 4 bytes' });
    const attachments = [{ filename: 'disk.png', base64: 'MTIzNA==', mimetype: 'image/png' }, { filename: 'x' }, 7];
    await post(`/hook/${key}`, { title: 'Disk', message: '92 % used', attachments, type: 'info' });
    expect(await last()).to.deep.include({ text: 'Disk', desp: '92 % used\n\n📎 disk.png, 4 bytes' });
  });

  it('refuses no body', async () => {
    const bodies = ['', ' ', '[]', '7', 'null', '"x"', '{"a":', '{"title":"x"', '%%%=%%%', 'a=%C4%E3', '\u0000', '--x'];
    const types = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'a', ''];
    for (const type of types) {
      for (const body of bodies) {
        const { status, text } = await post(`/hook/${key}`, body, type === '' ? {} : { 'content-type': type });
        expect(status, `${type}: ${body}: ${text}`).to.equal(200);
      }
    }
    await post(`/hook/${key}`, '');
    expect((await last()).text).to.equal('ops');
    const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
    expect((await post(`/hook/${key}`, deep)).status).to.equal(200);
    expect((await post(`/hook/${key}`, Buffer.from([0xff, 0xfe, 0x41]).toString('latin1'))).status).to.equal(200);
  });

  it('refuses ten megabytes, wrong keys, other methods, and targets that are not there', async () => {
    const { json } = await post(`/hook/${key}`, 'x'.repeat(10_000_000));
    expect(json.code).to.equal('too_large');
    for (const path of ['/hook/A00000000000000', `/hook/${TOKEN}`, `/hook/A00000000000000/github`]) {
      const wrong = await post(path, {});
      expect([wrong.status, wrong.json.error]).to.deep.equal([401, 'unknown key']);
    }
    expect((await relay().fetch(`/hook/${key}`, { method: 'DELETE' })).status).to.equal(405);
    const nobody = await makeKey(relay(), { name: 'nobody', group: 'empty' });
    const missing = await post(`/hook/${nobody}`, { title: 'x' });
    expect([missing.status, missing.json.error]).to.deep.equal([404, 'no such device']);
  });

  it('sends by the name of a device with the token of the relay', async () => {
    const sends = [
      await post('/phone.hook', KUMA, { ...JSON_TYPE, authorization: TOKEN }),
      await post('/phone.hook/', KUMA, { ...JSON_TYPE, authorization: `Bearer ${TOKEN}` }),
      await post(`/phone.hook?token=${TOKEN}`, KUMA),
      await post('/phone.hook', KUMA, { authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}` }),
    ];
    expect(sends.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    expect((await last()).extra.key).to.equal('uptime-kuma/12');
    expect((await post('/phone.hook', KUMA)).status).to.equal(401);
    expect((await post('/phone.hook', KUMA, { authorization: 'Bearer wrong' })).json.error).to.equal('unknown key');
    const missing = await post('/nobody.hook', KUMA, { authorization: TOKEN });
    expect([missing.status, missing.json.error]).to.deep.equal([404, 'no such device']);
    const other = await post('/tablet.hook', KUMA, { authorization: `Bearer ${key}` });
    expect([other.status, other.json.code]).to.deep.equal([403, 'forbidden']);
  });

  it('answers the handshake of CloudEvents, and sends nothing for what no program asked', async () => {
    const { status, headers } = await relay().fetch(`/hook/${key}`, {
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': 'events.example' },
    });
    expect([status, headers.get('webhook-allowed-origin'), headers.get('webhook-allowed-rate')]).to.deep.equal([
      200,
      'events.example',
      '*',
    ]);
    const before = (await last()).mid;
    expect((await rawGet(relay(), `/hook/${key}?title=x`, { headers: { 'sec-purpose': 'prefetch' } })).status).to.equal(
      403,
    );
    const page = await rawGet(relay(), `/hook/${key}?title=x`, { headers: { accept: 'text/html' } });
    expect([page.status, page.text.includes('<form')]).to.deep.equal([200, true]);
    expect((await relay().fetch(`/hook/${key}?title=x`, { method: 'HEAD' })).status).to.equal(200);
    expect((await last()).mid).to.equal(before);
  });

  it('answers a repeat as the first time', async () => {
    const headers = { ...JSON_TYPE, 'idempotency-key': 'once' };
    const [first, second] = [await post(`/hook/${key}`, KUMA, headers), await post(`/hook/${key}`, KUMA, headers)];
    expect(second.json).to.deep.equal(first.json);
  });

  describe('a key with a secret', () => {
    const BODY = JSON.stringify({ title: 'signed' });
    const hex = (...parts: readonly string[]) => createHmac('sha256', SECRET).update(parts.join('')).digest('hex');
    const status = async (headers: Record<string, string>, body = BODY, type = JSON_TYPE) =>
      (await post(`/hook/${signedKey}`, body, { ...type, ...headers })).status;

    it('takes what every program signs', async () => {
      const now = String(Math.floor(relay().clock.now() / 1000));
      const proofs: Record<string, string>[] = [
        { 'x-hub-signature-256': `sha256=${hex(BODY)}` },
        { 'x-gitea-signature': hex(BODY) },
        { 'x-forgejo-signature': hex(BODY).toUpperCase() },
        { 'x-gogs-signature': hex(BODY) },
        { 'x-grafana-alerting-signature': hex(BODY) },
        { 'x-grafana-alerting-signature': hex(now, ':', BODY), 'x-grafana-alerting-timestamp': now },
        { 'sentry-hook-signature': hex(BODY) },
        { 'x-herald-signature': `sha256=${hex(BODY)}` },
        { 'x-gitlab-token': SECRET },
        { authorization: `Bearer ${SECRET}` },
        { authorization: `Basic ${Buffer.from(`x:${SECRET}`).toString('base64')}` },
      ];
      for (const proof of proofs) expect(await status(proof), JSON.stringify(proof)).to.equal(200);
      const form = `payload=${encodeURIComponent(BODY)}`;
      expect(await status({ 'x-gitea-signature': hex(BODY) }, form, FORM_TYPE)).to.equal(200);
      expect(await status({ 'x-hub-signature-256': `sha256=${hex(form)}` }, form, FORM_TYPE)).to.equal(200);
    });

    it('refuses what is not signed, signed wrongly, or too old, and sends nothing', async () => {
      const before = (await stored(relay(), 'tablet')).mid;
      const old = String(Math.floor(relay().clock.now() / 1000) - 301);
      const proofs: Record<string, string>[] = [
        {},
        { 'x-gitea-signature': '', 'x-hub-signature-256': 'sha256=' },
        { 'x-hub-signature-256': hex(BODY) },
        { 'x-hub-signature-256': `sha256=${hex(`${BODY} `)}`, 'x-gitlab-token': SECRET },
        { 'x-grafana-alerting-signature': hex(old, ':', BODY), 'x-grafana-alerting-timestamp': old },
        { 'x-grafana-alerting-signature': hex('x', ':', BODY), 'x-grafana-alerting-timestamp': 'x' },
        { 'x-gitlab-token': 'whisper' },
        { authorization: SECRET },
        { authorization: 'Basic !' },
        // Of another algorithm, or of another key.
        { 'x-hub-signature': `sha1=${createHmac('sha1', SECRET).update(BODY).digest('hex')}` },
        { 'x-hub-signature-256': `sha256=${createHmac('sha1', SECRET).update(BODY).digest('hex')}` },
        { 'x-hub-signature-256': `sha512=${createHmac('sha512', SECRET).update(BODY).digest('hex')}` },
        { 'x-hub-signature-256': `sha256=${createHmac('sha256', '').update(BODY).digest('hex')}` },
        { 'x-gitea-signature': createHmac('md5', SECRET).update(BODY).digest('hex') },
        { 'sentry-hook-signature': createHmac('sha256', SECRET).update(BODY).digest('base64') },
        { 'x-herald-signature': hex(BODY) },
      ];
      for (const proof of proofs) expect(await status(proof), JSON.stringify(proof)).to.equal(403);
      // What the address says is not signed.
      const signed = { 'x-hub-signature-256': `sha256=${hex('')}` };
      expect((await relay().fetch(`/hook/${signedKey}?title=x`, { headers: signed })).status).to.equal(403);
      const { json } = await post(`/hook/${signedKey}`, BODY);
      expect(json).to.deep.equal({ error: 'signature', code: 'forbidden' });
      expect((await stored(relay(), 'tablet')).mid).to.equal(before);
    });
  });
});
