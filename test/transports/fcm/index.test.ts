import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { type Logger, silentLogger } from '../../../server/base/logger.ts';
import { relayApp } from '../../../server/channel/relay-app.ts';
import type { Outcome } from '../../../server/delivery/ports.ts';
import { createOutbound } from '../../../server/outbound/outbound.ts';
import { fcmConfig } from '../../../server/transports/fcm/config.ts';
import { createFcm, fcm } from '../../../server/transports/fcm/index.ts';
import type { RunningTransport } from '../../../server/transports/transport.ts';
import { type Message, toWire, type WireMessage } from '../../../shared/message.ts';
import { certificate, startHttp2 } from '../../outbound/http2-target.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { type FakeClock, fakeClock } from '../../support/clock.ts';
import { fromWire } from '../../support/message.ts';
import { startProxy, startTarget } from '../webhook/servers.ts';
import { type FakeGoogle, fakeGoogle, fcmError } from './servers.ts';

const HOUR = 3_600_000;
let clock: FakeClock;
let google: FakeGoogle;
let warnings: string[];

beforeEach(async () => {
  clock = fakeClock();
  google = await fakeGoogle();
  warnings = [];
});

function start(config: object = {}): RunningTransport {
  const logger: Logger = { ...silentLogger, warn: (_facts, text) => warnings.push(text) };
  const transport = createFcm(
    fcmConfig.parse({ serviceAccount: google.keyFile, endpoint: google.url, ...config }),
    { clock, logger, pushGrace: 1500 },
    createOutbound({ clock, maxSockets: 64 }).client({ timeout: 20_000 }),
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
  address: unknown = { token: 'app:1' },
): Promise<Outcome> {
  return transport.deliver('phone', address, one, new AbortController().signal);
}

describe('deliver to FCM', () => {
  it('uses HTTP/2 where FCM offers it', async () => {
    const target = await startHttp2((stream) => stream.respond({ ':status': 200 }, { endStream: true }));
    const outbound = createOutbound({ clock, maxSockets: 64, ca: certificate.cert });
    const transport = fcm.create(fcmConfig.parse({ serviceAccount: google.keyFile, endpoint: target.url }), {
      clock,
      logger: silentLogger,
      vapid: { publicKey: '', privateKey: '' },
      pushGrace: 0,
      token: () => 'token',
      outbound,
      channels: { publish: () => {}, isOccupied: () => false, caughtUp: () => undefined },
      relayApp: relayApp('key', 'secret'),
    });
    onCleanup(() => transport.close());
    expect(await deliver(transport)).to.deep.equal({ kind: 'accepted' });
    expect(target.arrived.map(({ path }) => path)).to.deep.equal(['/v1/projects/my-project/messages:send']);
  });

  it('sends the message as strings, with a token that the account signed for', async () => {
    const one = message({ click: 'https://example.com' }, 'grüße 🎉');
    expect(await deliver(start(), one)).to.deep.equal({ kind: 'accepted' });
    const [arrived] = google.messages;
    expect(arrived?.path).to.equal('/v1/projects/my-project/messages:send');
    expect(arrived?.headers.authorization).to.equal('Bearer ya29.1');
    expect(arrived?.message).to.deep.equal({
      token: 'app:1',
      data: { cmd: 'MESSAGE', data: JSON.stringify(toWire(one)) },
      android: { priority: 'HIGH', ttl: '86400s' },
    });
    const [claims] = google.assertions;
    expect(claims).to.include({
      iss: 'relay@my-project.iam.gserviceaccount.example',
      aud: `${google.url}/token`,
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
    });
  });

  it('keeps its token, also for sends at once', async () => {
    const transport = start();
    await Promise.all([1, 2, 3, 4].map(() => deliver(transport)));
    await deliver(transport);
    expect(google.assertions).to.have.length(1);
    expect(google.messages).to.have.length(5);
  });

  it('renews its token before it ends', async () => {
    google.lifetime = 290;
    const transport = start();
    await deliver(transport);
    await deliver(transport);
    expect(google.messages.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer ya29.1',
      'Bearer ya29.2',
    ]);
  });

  it('renews a token that was refused, once, and sends again', async () => {
    const transport = start();
    await deliver(transport);
    google.revoke();
    expect(await deliver(transport)).to.deep.equal({ kind: 'accepted' });
    expect(google.assertions).to.have.length(2);
    google.answers.push({ status: 401 }, { status: 401 });
    expect(await deliver(transport)).to.include({ kind: 'retry' });
    expect(google.assertions).to.have.length(3);
    expect(google.messages).to.have.length(5);
  });

  it('asks for one token only, however many deliveries need it at once', async () => {
    const transport = start();
    const outcomes = await Promise.all([deliver(transport), deliver(transport), deliver(transport)]);
    expect(outcomes.map(({ kind }) => kind)).to.deep.equal(['accepted', 'accepted', 'accepted']);
    expect(google.assertions).to.have.length(1);
  });

  it('goes on with a token that still lives when no new one is given', async () => {
    google.lifetime = 290;
    const transport = start();
    await deliver(transport);
    google.tokenAnswers.push({ status: 503 });
    expect(await deliver(transport)).to.deep.equal({ kind: 'accepted' });
    expect(google.messages.at(-1)?.headers.authorization).to.equal('Bearer ya29.1');
    await clock.tick(290_000);
    google.tokenAnswers.push({ status: 503 });
    expect(await deliver(transport)).to.include({ kind: 'retry' });
  });

  it('takes an answer that does not say how long its token lives', async () => {
    google.tokenAnswers.push({ status: 200, body: { access_token: 'ya29.1', expires_in: 'soon' } });
    const transport = start();
    google.answers.push({ status: 200 }, { status: 200 });
    for (let n = 0; n < 2; n += 1) expect(await deliver(transport)).to.deep.equal({ kind: 'accepted' });
    expect(google.assertions).to.have.length(0);
  });

  it('takes priority and time to live from the message', async () => {
    const transport = start();
    for (const priority of [1, 'low', 3, 'default', 4, 'high', 'nonsense'])
      await deliver(transport, message({ priority }));
    expect(google.messages.map((one) => one.message.android.priority)).to.deep.equal([
      ...Array(4).fill('NORMAL'),
      ...Array(3).fill('HIGH'),
    ]);
    const old = message();
    await clock.tick(23 * HOUR);
    await deliver(transport, old);
    await clock.tick(2 * HOUR);
    await deliver(transport, old);
    expect(google.messages.slice(-2).map((one) => one.message.android.ttl)).to.deep.equal(['3600s', '0s']);
  });

  it('sends the head of a message that is too long', async () => {
    await deliver(start(), message({}, '世'.repeat(50_000)));
    const data = google.messages[0]?.message.data;
    const bytes = Object.entries(data ?? {})
      .flat()
      .reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(bytes).to.be.within(4090, 4096);
    expect(JSON.parse(data?.['data'] ?? '')).to.include({ truncated: true, target: 'phone' });
  });

  it('prefers the project of the config', async () => {
    await deliver(start({ projectId: 'a/b' }));
    expect(google.messages[0]?.path).to.equal('/v1/projects/a%2Fb/messages:send');
  });

  const answers: [what: string, status: number, body: unknown, outcome: Outcome['kind']][] = [
    ['UNREGISTERED', 404, fcmError('NOT_FOUND', 'UNREGISTERED'), 'gone'],
    ['UNREGISTERED with 400', 400, fcmError('INVALID_ARGUMENT', 'UNREGISTERED'), 'gone'],
    ['404', 404, 'nothing', 'gone'],
    ['a wrong token', 400, fcmError('INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'message.token'), 'gone'],
    [
      'a wrong token in words',
      400,
      {
        error: { status: 'INVALID_ARGUMENT', message: 'The registration token is not a valid FCM registration token' },
      },
      'gone',
    ],
    ['a wrong message', 400, fcmError('INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'message.data'), 'refused'],
    ['another 400', 400, fcmError('INVALID_ARGUMENT', 'INVALID_ARGUMENT'), 'refused'],
    ['a 400 that is no JSON', 400, '<html>', 'refused'],
    ['a 400 of another shape', 400, { error: { details: 'x', message: 7 } }, 'refused'],
    ['null', 400, 'null', 'refused'],
    ['another project', 403, fcmError('PERMISSION_DENIED', 'SENDER_ID_MISMATCH'), 'retry'],
    ['QUOTA_EXCEEDED', 429, fcmError('RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'), 'retry'],
    ['INTERNAL', 500, fcmError('INTERNAL', 'INTERNAL'), 'retry'],
    ['UNAVAILABLE', 503, fcmError('UNAVAILABLE', 'UNAVAILABLE'), 'retry'],
    ['a redirect', 302, '', 'retry'],
  ];
  for (const [what, status, body, kind] of answers) {
    it(`takes ${what} for ${kind}`, async () => {
      google.answers.push({ status, body });
      expect(await deliver(start())).to.include({ kind });
    });
  }

  it('rests as long as FCM asks, and a minute after a quota was used up', async () => {
    const transport = start();
    google.answers.push({ status: 503, headers: { 'retry-after': '30' } }, { status: 429 });
    expect(await deliver(transport)).to.include({ kind: 'retry', after: 30_000 });
    expect(await deliver(transport)).to.include({ kind: 'retry', after: 60_000 });
  });

  it('says once that FCM does not accept the relay, and again after it did', async () => {
    const transport = start();
    const refusal = { status: 403, body: fcmError('PERMISSION_DENIED') };
    google.answers.push(refusal, refusal);
    await deliver(transport);
    await deliver(transport);
    expect(warnings).to.have.length(1);
    await deliver(transport);
    google.answers.push(refusal);
    await deliver(transport);
    expect(warnings).to.have.length(2);
  });

  const noTokens: [what: string, answer: { status: number; body?: unknown }, reason: string][] = [
    ['refuses', { status: 400, body: { error: 'invalid_grant' } }, 'answered 400 Bad Request'],
    ['is down', { status: 503 }, 'answered 503 Service Unavailable'],
    ['gives none', { status: 200, body: {} }, 'no access token in the answer'],
    ['answers nonsense', { status: 200, body: '<html>' }, 'no access token in the answer'],
    ['answers null', { status: 200, body: 'null' }, 'no access token in the answer'],
  ];
  for (const [what, answer, reason] of noTokens) {
    it(`tries again later when the token endpoint ${what}`, async () => {
      google.tokenAnswers.push(answer);
      const transport = start();
      expect(await deliver(transport)).to.deep.equal({ kind: 'retry', reason: `no access token: ${reason}` });
      expect(warnings).to.have.length(1);
      expect(await deliver(transport)).to.deep.equal({ kind: 'accepted' });
    });
  }

  it('tries again when nobody answers', async () => {
    const transport = start();
    await deliver(transport);
    const silent = await startTarget(() => {});
    onCleanup(() => silent.close());
    const hung = deliver(start({ endpoint: silent.url }));
    await silent.next();
    await clock.tick(20_000);
    expect(await hung).to.deep.equal({ kind: 'retry', reason: 'no answer within 20000 ms' });
  });

  it('goes through the proxy of the config, for tokens too', async () => {
    const proxy = await startProxy();
    onCleanup(() => proxy.close());
    expect(await deliver(start({ proxy: proxy.url }))).to.deep.equal({ kind: 'accepted' });
    expect(proxy.arrived.map(({ url }) => url)).to.deep.equal([
      `${google.url}/token`,
      `${google.url}/v1/projects/my-project/messages:send`,
    ]);
  });

  it('refuses an address that is no token, without an attempt', async () => {
    for (const address of [{}, null, 'x', { token: '' }, { token: 'a b' }]) {
      expect(await deliver(start(), message(), address)).to.include({ kind: 'refused' });
    }
    expect(google.messages).to.deep.equal([]);
  });
});

describe('checkAddress', () => {
  it('takes a token and refuses what cannot be one', async () => {
    const { checkAddress } = start();
    await checkAddress?.({ token: 'cX9:APA91b-_x' });
    for (const token of ['', 'a b', 'a\nb', 'é', 'x'.repeat(5000), 7, null]) {
      expect(() => checkAddress?.({ token }), String(token)).to.throw(RelayError);
    }
  });
});
