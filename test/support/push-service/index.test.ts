import { execFile } from 'node:child_process';
import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import webPush from 'web-push';
import { tempDir } from '../temp-dir.ts';
import { trustingAgent } from './agents.ts';
import { type PushService, type PushServiceOptions, startPushService } from './index.ts';
import { bytes, fixed64, int, parse } from './protobuf.ts';
import { type UaSubscription, VirtualUserAgent } from './virtual-ua.ts';

const vapid = webPush.generateVAPIDKeys();
const other = webPush.generateVAPIDKeys();
const subject = 'mailto:ops@example.test';
const nowS = () => Math.floor(Date.now() / 1000);

let service: PushService;
let ua: VirtualUserAgent;
const closing: (() => Promise<unknown>)[] = [];

async function start(options?: PushServiceOptions): Promise<void> {
  service = await startPushService(options);
  ua = await new VirtualUserAgent(service.wsUrl).connect();
  closing.push(ua.disconnect.bind(ua), service.close);
}

beforeEach(() => start());
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The status that web-push got for a push. */
async function push(subscription: UaSubscription, text: string | null, options: webPush.RequestOptions = {}) {
  const all = { vapidDetails: { subject, ...vapid }, TTL: 60, agent: trustingAgent(service), ...options };
  try {
    return (await webPush.sendNotification(subscription, text, all)).statusCode;
  } catch (error) {
    if (error instanceof webPush.WebPushError) return error.statusCode;
    throw error;
  }
}

/** A VAPID Authorization header with the given claims and header. */
function authorization(
  claims: object,
  forged: { keys?: webPush.VapidKeys; alg?: string; signWith?: webPush.VapidKeys } = {},
): string {
  const { keys = vapid, alg = 'ES256', signWith = keys } = forged;
  const raw = Buffer.from(signWith.publicKey, 'base64url');
  const [x, y] = [raw.subarray(1, 33).toString('base64url'), raw.subarray(33).toString('base64url')];
  const key = createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: signWith.privateKey, x, y } });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const all = { aud: service.endpointOrigin, exp: nowS() + 3600, sub: subject, ...claims };
  const signed = `${part({ typ: 'JWT', alg })}.${part(all)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `vapid t=${signed}.${signature.toString('base64url')}, k=${keys.publicKey}`;
}

/** A hand-made request, over plain HTTP. */
function post({ endpoint }: UaSubscription, headers: Record<string, string>, body = '') {
  return fetch(endpoint.replace(service.endpointOrigin, service.plainOrigin), { method: 'POST', headers, body });
}

describe('startPushService', () => {
  for (const contentEncoding of ['aes128gcm', 'aesgcm'] as const) {
    it(`carries an ${contentEncoding} payload to the browser, which decrypts it`, async () => {
      const subscription = await ua.subscribe(vapid.publicKey);
      expect(await push(subscription, 'grüße 🎉', { contentEncoding })).to.equal(201);
      const [first] = await ua.received(1);
      expect(first?.data?.toString()).to.equal('grüße 🎉');
      const ack = await service.waitFor({ type: 'ua.ack', channelID: subscription.channelID });
      expect(ack.code).to.equal(100);
    });
  }

  it('reports what the browser could not decrypt', async () => {
    const subscription = await ua.subscribe(vapid.publicKey);
    const auth = Buffer.alloc(16).toString('base64url');
    await push({ ...subscription, keys: { ...subscription.keys, auth } }, 'x');
    expect((await service.waitFor({ type: 'ua.ack' })).code).to.equal(101);
  });

  it('takes 3,993 bytes of plaintext and refuses one more', async () => {
    const subscription = await ua.subscribe(vapid.publicKey);
    expect(await push(subscription, 'x'.repeat(3993))).to.equal(201);
    expect(await push(subscription, 'x'.repeat(3994))).to.equal(413);
  });

  it('keeps messages for an absent browser until their TTL is over, and replaces by topic', async () => {
    const subscription = await ua.subscribe(vapid.publicKey);
    await ua.disconnect();
    await service.waitFor({ type: 'ua.disconnected' });
    await push(subscription, 'one');
    await push(subscription, 'score 1', { topic: 'score' });
    await push(subscription, 'score 2', { topic: 'score' });
    await push(subscription, 'short', { TTL: 10 });
    await push(subscription, 'never', { TTL: 0 });
    service.advanceClock(11_000);
    await ua.connect();
    const pushes = await ua.received(2);
    expect(pushes.map(({ data }) => data?.toString())).to.deep.equal(['one', 'score 2']);
    const stateOf = (index: number) => service.state().messages[index]?.state;
    expect([stateOf(1), stateOf(3), stateOf(4)]).to.deep.equal(['replaced', 'expired', 'dropped']);
  });

  const vapidCases: [reason: string, status: number, make: () => string | undefined][] = [
    ['no_authorization', 401, () => undefined],
    ['unknown_scheme', 403, () => 'Basic Zm9v'],
    ['no_token', 403, () => `vapid k=${vapid.publicKey}`],
    ['no_key', 403, () => authorization({}).replace(/,.*/, '')],
    ['bad_key', 403, () => authorization({}).replace(/k=.*/, 'k=AAAA')],
    ['bad_token', 403, () => authorization({}).replace(/t=[^.]+/, 't=!!!')],
    ['bad_alg', 403, () => authorization({}, { alg: 'none' })],
    ['bad_signature', 403, () => authorization({}, { signWith: other })],
    ['bad_aud', 403, () => authorization({ aud: 'https://push.example' })],
    ['expired', 403, () => authorization({ exp: nowS() - 1 })],
    ['exp_too_far', 403, () => authorization({ exp: nowS() + 86_400 + 60 })],
    ['key_mismatch', 403, () => authorization({}, { keys: other })],
  ];
  for (const [reason, status, make] of vapidCases) {
    it(`answers ${status} for VAPID ${reason}`, async () => {
      const value = make();
      const shown: Record<string, string> = value === undefined ? {} : { Authorization: value };
      const response = await post(await ua.subscribe(vapid.publicKey), { TTL: '60', ...shown });
      expect(response.status).to.equal(status);
      expect(await response.json()).to.include({ reason });
    });
  }

  it('answers 400 for wrong headers', async () => {
    const subscription = await ua.subscribe(vapid.publicKey);
    const cases: [reason: string, headers: Record<string, string>, body?: string][] = [
      ['no_ttl', {}],
      ['bad_ttl', { TTL: '-1' }],
      ['bad_topic', { TTL: '1', Topic: 'not ok!' }],
      ['bad_urgency', { TTL: '1', Urgency: 'urgent' }],
      ['bad_encryption', { TTL: '1', 'Content-Encoding': 'aes128gcm' }, 'x'.repeat(200)],
    ];
    for (const [reason, headers, body] of cases) {
      const response = await post(subscription, { Authorization: authorization({}), ...headers }, body);
      expect([response.status, service.events.at(-1)?.reason]).to.deep.equal([400, reason]);
    }
  });

  it('answers 404 for unknown and 410 for given up subscriptions', async () => {
    const [first, second] = [await ua.subscribe(vapid.publicKey), await ua.subscribe(vapid.publicKey)];
    expect(await push({ ...first, endpoint: `${service.endpointOrigin}/wpush/v2/nothing` }, 'x')).to.equal(404);
    await ua.unsubscribe(first.channelID);
    expect(await push(first, 'x')).to.equal(410);
    service.expire(second, 404);
    expect(await push(second, 'x')).to.equal(404);
  });

  it('answers what it was told to, to the subscription it was told', async () => {
    const [one, two] = [await ua.subscribe(vapid.publicKey), await ua.subscribe(vapid.publicKey)];
    service.fault({ status: 503, endpoint: one.endpoint, times: 2 });
    expect(await push(two, 'x')).to.equal(201);
    expect(await push(one, 'x')).to.equal(503);
    expect(await push(one, 'x')).to.equal(503);
    expect(await push(one, 'x')).to.equal(201);
  });

  it('takes browsers offline and lets them back', async () => {
    const gone = once(ua, 'disconnected');
    service.disconnectAgents({ refuse: true });
    await gone;
    expect(await ua.connect().catch((error: Error) => error.message)).to.contain('503');
    service.acceptAgents();
    await ua.connect();
  });

  it('makes a certificate that Node accepts for its hosts', () => {
    const certificate = new X509Certificate(service.caPem);
    expect(certificate.verify(certificate.publicKey)).to.equal(true);
    expect(certificate.checkHost('jmt17.google.com')).to.equal('jmt17.google.com');
    expect(certificate.checkIP('127.0.0.1')).to.equal('127.0.0.1');
    expect(certificate.checkIP('::1')).to.equal('::1');
  });

  it('checks a Chromium in and registers it, and leads its endpoints here', async () => {
    const checkin = await fetch(`${service.plainOrigin}/gcm/checkin`, {
      method: 'POST',
      body: Uint8Array.from(int(1, 1)),
    });
    const device = parse(Buffer.from(await checkin.arrayBuffer())).get(7)?.[0];
    const form = {
      device: String(device),
      'X-subtype': 'wp:page#1',
      sender: vapid.publicKey,
      app: 'org.chromium.linux',
    };
    const register = await fetch(`${service.plainOrigin}/gcm/register3`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    const token = /^token=(.+)$/.exec(await register.text())?.[1];
    const endpoint = service.localEndpoint(`https://jmt17.google.com/fcm/send/${token}`);
    const { p256dh, auth } = (await ua.subscribe(vapid.publicKey)).keys;
    expect(await push({ channelID: '', endpoint, expirationTime: null, keys: { p256dh, auth } }, 'x')).to.equal(201);
    expect(service.state().messages.at(-1)?.uaid).to.equal(String(device));
  });
});

describe('appEnv', () => {
  it("leads another process from Chromium's endpoints to this service, with trust in it", async () => {
    const script = `
      const request = require('node:https').request('https://jmt17.google.com/fcm/send/x', { method: 'POST' });
      request.on('response', (response) => console.log(response.resume().statusCode)).end();`;
    const env = service.appEnv({ caFile: join(await tempDir(), 'ca.pem') });
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env });
    expect(stdout.trim()).to.equal('404');
    expect(service.events.at(-1)).to.include({ type: 'push.request', reason: 'unknown_subscription' });
  });
});

describe('parse', () => {
  it('reads the fields that were written', () => {
    const message = Buffer.concat([
      int(1, 300),
      fixed64(7, 2n ** 60n),
      bytes(9, 'id'),
      bytes(7, [bytes(1, 'k'), int(2, 0)]),
    ]);
    const fields = parse(message);
    expect(fields.get(1)).to.deep.equal([300n]);
    expect(fields.get(9)?.toString()).to.equal('id');
    expect(fields.get(7)).to.deep.equal([2n ** 60n, Buffer.concat([bytes(1, 'k'), int(2, 0)])]);
  });
});
