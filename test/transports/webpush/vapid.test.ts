import { expect } from 'chai';
import { createVapidHeaders, newVapidKey, vapidKeys } from '../../../server/transports/webpush/vapid.ts';
import { fakeClock } from '../../support/clock.ts';
import { checkVapid } from '../../support/push-service/vapid.ts';

const HOUR = 3_600_000;

describe('vapidKeys', () => {
  it('gives the public key of the private one', () => {
    const keys = vapidKeys(newVapidKey());
    expect(Buffer.from(keys.publicKey, 'base64url')).to.have.length(65);
    expect(vapidKeys(keys.privateKey)).to.deep.equal(keys);
  });
});

describe('newVapidKey', () => {
  it('makes another scalar of 32 bytes each time', () => {
    const [one, other] = [newVapidKey(), newVapidKey()];
    expect(Buffer.from(one, 'base64url')).to.have.length(32);
    expect(one).not.to.equal(other);
  });
});

describe('createVapidHeaders', () => {
  const origin = 'https://push.example';
  const keys = vapidKeys(newVapidKey());
  const setUp = () => {
    const clock = fakeClock();
    return { clock, headers: createVapidHeaders('mailto:ops@example.com', keys, clock) };
  };

  it('signs a token that a push service accepts for at least 11 hours', () => {
    const { headers } = setUp();
    const claims = checkVapid({
      headers: { authorization: headers.of(origin) },
      origins: [origin],
      subscriptionKey: Buffer.from(keys.publicKey, 'base64url'),
      nowMs: Date.now() + 11 * HOUR,
      requireSub: true,
    });
    expect(claims).to.include({ aud: origin, sub: 'mailto:ops@example.com' });
  });

  it('signs once per push service, and again after six hours', async () => {
    const { headers, clock } = setUp();
    const first = headers.of(origin);
    await clock.tick(6 * HOUR - 1);
    expect(headers.of(origin)).to.equal(first);
    expect(headers.of('https://other.example')).not.to.equal(first);
    await clock.tick(1);
    expect(headers.of(origin)).not.to.equal(first);
  });

  for (const [what, ms] of [
    ['back', -1],
    ['forward', 6 * HOUR],
  ] as const) {
    it(`signs again after the clock was set ${what}`, () => {
      const { headers, clock } = setUp();
      const first = headers.of(origin);
      clock.step(ms);
      expect(headers.of(origin)).not.to.equal(first);
    });
  }

  it('signs again after a service refused the header', () => {
    const { headers } = setUp();
    const first = headers.of(origin);
    headers.renew(origin);
    expect(headers.of(origin)).not.to.equal(first);
  });
});
