import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import type { Logger } from '../../../server/base/logger.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { relayApp } from '../../../server/channel/relay-app.ts';
import type { Outcome } from '../../../server/delivery/ports.ts';
import type { Client } from '../../../server/outbound/client.ts';
import { createOutbound } from '../../../server/outbound/outbound.ts';
import type { RunningTransport } from '../../../server/transports/transport.ts';
import { webpushConfig } from '../../../server/transports/webpush/config.ts';
import { createWebpush, webpush } from '../../../server/transports/webpush/index.ts';
import { newVapidKey, vapidKeys } from '../../../server/transports/webpush/vapid.ts';
import { type Message, toWire, type WireMessage } from '../../../shared/message.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { type FakeClock, fakeClock } from '../../support/clock.ts';
import { fromWire } from '../../support/message.ts';
import type { PushService } from '../../support/push-service/index.ts';
import type { UaSubscription, VirtualUserAgent } from '../../support/push-service/virtual-ua.ts';
import { startProxy } from '../webhook/servers.ts';
import { browser, pushService, subscriptionKeys } from './fixtures.ts';

const HOUR = 3_600_000;
const vapid = vapidKeys(newVapidKey());

let clock: FakeClock;
let service: PushService;
let ua: VirtualUserAgent;
let subscription: UaSubscription;

beforeEach(async () => {
  clock = fakeClock();
  service = await pushService();
  ua = await browser(service);
  subscription = await ua.subscribe(vapid.publicKey);
});

function start(config: object = {}, logger: Logger = silentLogger): RunningTransport {
  const transport = createWebpush(
    webpushConfig.parse({ allowPrivateEndpoints: true, ...config }),
    { clock, logger, vapid, pushGrace: 1500 },
    createOutbound({ clock, maxSockets: 64, ca: service.caPem }).client({ timeout: 20_000, http2: true }),
  );
  onCleanup(() => transport.close());
  return transport;
}

function message(extra: Record<string, unknown> = {}, desp = ''): Message {
  const wire: WireMessage = {
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: '' },
    message: { text: 'hi', desp, extra },
    mid: String(clock.now()),
  };
  return fromWire(wire, { expiresAt: clock.now() + 24 * HOUR });
}

async function deliver(
  transport: RunningTransport,
  one = message(),
  address: unknown = subscription,
  signal = new AbortController().signal,
): Promise<Outcome> {
  return transport.deliver('phone', address, one, signal);
}

const lastRequest = () => service.find({ type: 'push.request' }).at(-1);

describe('deliver to a push service', () => {
  it('brings the packet, encrypted and signed, to the browser', async () => {
    const one = message({ click: 'https://example.com' }, '**grüße** 🎉');
    expect(await deliver(start(), one)).to.deep.equal({ kind: 'accepted' });
    const [push] = await ua.received(1);
    expect(JSON.parse(push?.data?.toString() ?? '')).to.deep.equal({ cmd: 'MESSAGE', data: toWire(one) });
    expect(lastRequest()).to.include({ status: 201, encoding: 'aes128gcm', ttl: '86400', urgency: 'high' });
    expect(lastRequest()?.claims).to.include({ aud: service.endpointOrigin, sub: 'mailto:herald@example.com' });
  });

  it('hands a message of any length over within the limit of push services', async () => {
    await deliver(start(), message({}, '世'.repeat(100_000)));
    const [push] = await ua.received(1);
    expect(lastRequest()?.bodyBytes).to.equal(4096);
    expect(JSON.parse(push?.data?.toString() ?? '').data.truncated).to.equal(true);
  });

  it('tells how long the message is of use: what is left of its time, and no more than the config says', async () => {
    const old = message();
    await clock.tick(23 * HOUR + 500);
    await deliver(start(), old);
    expect(lastRequest()?.ttl).to.equal('3600');
    await deliver(start({ ttl: 60_000 }));
    expect(lastRequest()?.ttl).to.equal('60');
    await clock.tick(2 * HOUR);
    await deliver(start(), old);
    expect(lastRequest()?.ttl).to.equal('0');
  });

  it('tells how urgent the message is', async () => {
    const transport = start({ urgency: 'low' });
    const seen: unknown[] = [];
    for (const priority of [1, '2', 3, 4, 5, 'low', 'default', 'high', undefined, 'nonsense']) {
      await deliver(transport, message({ priority }));
      seen.push(lastRequest()?.urgency);
    }
    const words = ['low', 'normal', 'high', 'low', 'low'];
    expect(seen).to.deep.equal(['very-low', 'low', 'normal', 'high', 'high', ...words]);
  });

  it('gives messages of one key one topic, so that the newest replaces those that wait', async () => {
    const transport = start();
    await ua.disconnect();
    await service.waitFor({ type: 'ua.disconnected' });
    for (const key of ['backup', 'backup', 'other']) await deliver(transport, message({ key }));
    expect(service.state().messages.map(({ state }) => state)).to.deep.equal(['replaced', 'queued', 'queued']);
    await ua.connect();
    expect(await ua.received(2)).to.have.length(2);
  });

  const answers: [status: number, outcome: Partial<Outcome>][] = [
    [200, { kind: 'accepted' }],
    [202, { kind: 'accepted' }],
    [301, { kind: 'retry', reason: 'answered 301 Moved Permanently' }],
    [400, { kind: 'refused', reason: 'answered 400 Bad Request' }],
    [401, { kind: 'retry', reason: 'answered 401 Unauthorized' }],
    [403, { kind: 'retry', reason: 'answered 403 Forbidden' }],
    [404, { kind: 'gone', reason: 'answered 404 Not Found' }],
    [408, { kind: 'retry', reason: 'answered 408 Request Timeout' }],
    [410, { kind: 'gone', reason: 'answered 410 Gone' }],
    [429, { kind: 'retry', reason: 'answered 429 Too Many Requests' }],
    [500, { kind: 'retry', reason: 'answered 500 Internal Server Error' }],
    [503, { kind: 'retry', reason: 'answered 503 Service Unavailable' }],
  ];
  for (const [status, outcome] of answers) {
    it(`takes ${status} for ${outcome.kind}`, async () => {
      service.fault({ status });
      expect(await deliver(start())).to.deep.equal(outcome);
    });
  }

  it('rests as long as a push service asks', async () => {
    service.fault({ status: 429, retryAfter: 7 });
    expect(await deliver(start())).to.include({ kind: 'retry', after: 7000 });
  });

  for (const status of [400, 405, 406, 413, 429, 500, 503]) {
    it(`tries again after the time that an answer of ${status} names`, async () => {
      const times = status === 413 ? 2 : 1;
      service.fault({ status, headers: { 'Retry-After': '120' }, times });
      expect(await deliver(start())).to.include({ kind: 'retry', after: 120_000 });
      const date = new Date(clock.now() + 90_000).toUTCString();
      service.fault({ status, headers: { 'Retry-After': date }, times });
      expect(await deliver(start()))
        .to.have.property('after')
        .that.is.within(89_000, 90_000);
    });
  }

  it('takes 406 without a time for a minute of rest, since Windows says it to whoever asks too often', async () => {
    service.fault({ status: 406, headers: { 'X-WNS-Status': 'appthrottled' } });
    const reason = 'answered 406 Not Acceptable';
    expect(await deliver(start())).to.deep.equal({ kind: 'retry', reason, after: 60_000 });
  });

  for (const status of [400, 405]) {
    it(`refuses the message after ${status} that names no time`, async () => {
      service.fault({ status });
      expect(await deliver(start())).to.include({ kind: 'refused' });
    });
  }

  it('signs a new token after a service refused one, and keeps one that is accepted', async () => {
    const tokens: (string | undefined)[] = [];
    const client: Client = {
      async send(request) {
        const { headers } = typeof request === 'function' ? request() : request;
        tokens.push(headers['authorization']);
        const status = tokens.length === 3 ? 403 : 201;
        return { status, words: '', after: undefined, body: Buffer.alloc(0), isWhole: true };
      },
      close() {},
    };
    const tools = { clock, logger: silentLogger, vapid, pushGrace: 1500 };
    const transport = createWebpush(webpushConfig.parse({ allowPrivateEndpoints: true }), tools, client);
    for (let push = 0; push < 5; push += 1) await deliver(transport);
    const [first, , , renewed] = tokens;
    expect(tokens).to.deep.equal([first, first, first, renewed, renewed]);
    expect(renewed).not.to.equal(first);
  });

  it('warns at the start of a subject that Apple refuses, by the key in the config', () => {
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_facts: object, text: string) => void warnings.push(text) };
    start({ subject: 'mailto:ops@example.com' }, logger);
    start({ subject: 'mailto:ops@localhost' }, logger);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/^webpush\.subject names no public domain/);
  });

  it('follows no redirect', async () => {
    const headers = { Location: `${service.endpointOrigin}/wpush/v2/elsewhere` };
    service.fault({ status: 307, headers });
    expect(await deliver(start())).to.include({ kind: 'retry' });
    expect(service.find({ type: 'push.request' })).to.have.length(1);
  });

  it('tries once more, shorter, when the payload is too large, and then refuses the message', async () => {
    const long = message({}, 'x'.repeat(9000));
    service.fault({ status: 413 });
    expect(await deliver(start(), long)).to.deep.equal({ kind: 'accepted' });
    expect(service.find({ type: 'push.request' }).map(({ bodyBytes }) => bodyBytes)).to.deep.equal([4096, 2151]);
    service.fault({ status: 413, times: 2 });
    expect(await deliver(start(), long)).to.deep.equal({ kind: 'refused', reason: 'answered 413 Payload Too Large' });
  });

  it('says once that a push does not get through, and again after one did', async () => {
    const warnings: object[] = [];
    const transport = start({}, { ...silentLogger, warn: (facts) => warnings.push(facts) });
    service.fault({ status: 403, body: 'wrong\nkey', times: 2 });
    for (let attempt = 0; attempt < 3; attempt += 1) await deliver(transport);
    expect(warnings).to.deep.equal([
      { device: 'phone', service: service.endpointOrigin, reason: 'answered 403 Forbidden', said: 'wrong key' },
    ]);
    service.fault({ status: 401 });
    await deliver(transport);
    expect(warnings).to.have.length(2);
  });

  it('says it again for another subscription of the same device', async () => {
    const warnings: object[] = [];
    const transport = start({}, { ...silentLogger, warn: (facts) => warnings.push(facts) });
    service.fault({ status: 403, times: 2 });
    await deliver(transport);
    await deliver(transport, message(), { ...subscription });
    expect(warnings).to.have.length(2);
  });

  it('tries again after a broken connection', async () => {
    service.fault({ action: 'reset' });
    expect(await deliver(start())).to.include({ kind: 'retry', reason: 'ECONNRESET' });
  });

  it('tries again when no answer comes in time', async () => {
    service.fault({ action: 'hang' });
    const outcome = deliver(start());
    await service.waitFor({ type: 'push.request' });
    await clock.tick(20_000);
    expect(await outcome).to.deep.equal({ kind: 'retry', reason: 'no answer within 20000 ms' });
  });

  it('ends with its signal, and with the transport', async () => {
    const transport = start();
    service.fault({ action: 'hang', times: 2 });
    const abort = new AbortController();
    const [first, second] = [deliver(transport, message(), subscription, abort.signal), deliver(transport)];
    await service.waitFor(() => service.find({ type: 'push.request' }).length === 2);
    abort.abort();
    expect(await first).to.deep.equal({ kind: 'retry', reason: 'aborted' });
    await transport.close();
    expect(await second).to.deep.equal({ kind: 'retry', reason: 'aborted' });
  });

  it('goes through the proxy of the config', async () => {
    const proxy = await startProxy();
    onCleanup(() => proxy.close());
    expect(await deliver(start({ proxy: proxy.url }))).to.deep.equal({ kind: 'accepted' });
    expect(proxy.arrived.map(({ method, url }) => `${method} ${url}`)).to.deep.equal([
      `CONNECT ${new URL(service.endpointOrigin).host}`,
    ]);
  });

  it('refuses an address that is no subscription, without an attempt', async () => {
    for (const address of [{}, null, 'x', { endpoint: 'http://x', keys: subscriptionKeys() }]) {
      expect(await deliver(start(), message(), address)).to.include({ kind: 'refused' });
    }
    expect(service.find({ type: 'push.request' })).to.deep.equal([]);
  });
});

describe('an endpoint that is not public', () => {
  const make = (config: object = {}): RunningTransport => {
    const transport = webpush.create(webpushConfig.parse(config), {
      clock,
      logger: silentLogger,
      vapid,
      pushGrace: 0,
      token: () => 'token',
      outbound: createOutbound({ clock, maxSockets: 64 }),
      channels: { publish: () => {}, isOccupied: () => false, caughtUp: () => undefined },
      relayApp: relayApp('key', 'secret'),
    });
    onCleanup(() => transport.close());
    return transport;
  };
  const named = () => {
    const { port } = new URL(service.endpointOrigin);
    return { ...subscription, endpoint: `https://localhost:${port}/wpush/v2/x` };
  };

  it('is not called by its address, and the subscription stays', async () => {
    expect(await deliver(make())).to.deep.equal({ kind: 'refused', reason: 'the endpoint is not public' });
  });

  it('is not called by a name that leads there', async () => {
    expect(await deliver(make(), message(), named())).to.deep.equal({ kind: 'retry', reason: 'address not public' });
    expect(service.find({ type: 'push.request' })).to.deep.equal([]);
  });

  it('is not called through a proxy either', async () => {
    const proxy = await startProxy();
    onCleanup(() => proxy.close());
    const answer = await deliver(make({ proxy: proxy.url }), message(), named());
    expect(answer).to.deep.equal({ kind: 'retry', reason: 'address not public' });
    expect(proxy.arrived).to.deep.equal([]);
  });
});

describe('checkAddress', () => {
  const keys = subscriptionKeys();
  const point = Buffer.from(keys.p256dh, 'base64url');
  const check = async (address: unknown, config: object = { allowPrivateEndpoints: false }): Promise<string> => {
    try {
      await start(config).checkAddress?.(address);
      return 'taken';
    } catch (error) {
      expect(error).to.be.instanceOf(RelayError);
      return (error as RelayError).message;
    }
  };
  const endpoint = 'https://push.invalid/x';

  const cases: [what: string, address: unknown, answer: RegExp][] = [
    ['a subscription', { endpoint, keys }, /^taken$/],
    [
      'keys in the other alphabet, padded',
      { endpoint, keys: { ...keys, p256dh: point.toString('base64') } },
      /^taken$/,
    ],
    ['a public address', { endpoint: 'https://1.1.1.1/x', keys }, /^taken$/],
    ['plain http', { endpoint: 'http://push.invalid/x', keys }, /^endpoint must be an https URL/],
    ['no URL', { endpoint: 'nonsense', keys }, /^endpoint must be an https URL/],
    ['a user in the URL', { endpoint: 'https://a:b@push.invalid/x', keys }, /^endpoint must be an https URL/],
    ['an endless URL', { endpoint: `${endpoint}/${'x'.repeat(3000)}`, keys }, /^endpoint must be at most 2048/],
    ['a file', { endpoint: 'file:///etc/passwd', keys }, /^endpoint must be an https URL/],
    ['loopback', { endpoint: 'https://127.0.0.1/x', keys }, /^endpoint must be on the public internet/],
    ['loopback as a number', { endpoint: 'https://2130706433/x', keys }, /^endpoint must be on the public internet/],
    ['loopback by name', { endpoint: 'https://localhost/x', keys }, /^endpoint must be on the public internet/],
    ['a private network', { endpoint: 'https://192.168.1.1/x', keys }, /^endpoint must be on the public internet/],
    ['cloud metadata', { endpoint: 'https://169.254.169.254/x', keys }, /^endpoint must be on the public internet/],
    ['IPv6 loopback', { endpoint: 'https://[::1]/x', keys }, /^endpoint must be on the public internet/],
    ['mapped IPv4', { endpoint: 'https://[::ffff:10.0.0.1]/x', keys }, /^endpoint must be on the public internet/],
    ['a short auth', { endpoint, keys: { ...keys, auth: 'AAAA' } }, /^keys\.auth must be 16 bytes/],
    [
      'an auth of other letters',
      { endpoint, keys: { ...keys, auth: '§'.repeat(22) } },
      /^keys\.auth must be base64url/,
    ],
    ['a point cut off', { endpoint, keys: { ...keys, p256dh: keys.p256dh.slice(0, -4) } }, /^keys\.p256dh must be 65/],
    [
      'a compressed point',
      {
        endpoint,
        keys: { ...keys, p256dh: Buffer.concat([Buffer.from([2]), point.subarray(1)]).toString('base64url') },
      },
      /^keys\.p256dh must be a point/,
    ],
    [
      'a point beside the curve',
      { endpoint, keys: { ...keys, p256dh: Buffer.alloc(65, 4).toString('base64url') } },
      /^keys\.p256dh must be a point/,
    ],
    ['a long key', { endpoint, keys: { ...keys, auth: 'A'.repeat(100_000) } }, /./],
    ['no keys', { endpoint }, /./],
    ['nothing', null, /./],
    ['a prototype', JSON.parse('{"__proto__":{"endpoint":"https://push.invalid","keys":{}}}'), /./],
  ];
  for (const [what, address, answer] of cases) {
    it(`answers ${what}`, async () => expect(await check(address)).to.match(answer));
  }

  it('takes a private endpoint where the config allows it', async () => {
    expect(await check({ endpoint: 'https://127.0.0.1/x', keys }, { allowPrivateEndpoints: true })).to.equal('taken');
  });
});
