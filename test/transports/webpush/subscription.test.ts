import { expect } from 'chai';
import { readSubscription } from '../../../server/transports/webpush/subscription.ts';
import { subscriptionKeys } from './fixtures.ts';

const endpoint = 'https://push.example/x';

describe('readSubscription', () => {
  it('reads a subscription, its keys in either alphabet of base64', () => {
    const keys = subscriptionKeys();
    const [auth, p256dh] = [Buffer.from(keys.auth, 'base64url'), Buffer.from(keys.p256dh, 'base64url')];
    const expected = { url: new URL(endpoint), keys: { auth, p256dh } };
    expect(readSubscription({ endpoint, keys })).to.deep.equal({ subscription: expected });
    const padded = Object.fromEntries(
      Object.entries(keys).map(([name, text]) => [name, Buffer.from(text, 'base64url').toString('base64')]),
    );
    expect(readSubscription({ endpoint, keys: padded, expirationTime: null })).to.deep.equal({
      subscription: expected,
    });
  });

  for (const [what, address, problem] of [
    ['http', { endpoint: 'http://push.example/', keys: subscriptionKeys() }, /endpoint must be an https URL/],
    ['a user', { endpoint: 'https://me@push.example/', keys: subscriptionKeys() }, /without a user/],
    ['a short key', { endpoint, keys: { ...subscriptionKeys(), auth: 'AAAA' } }, /keys\.auth must be 16 bytes/],
    [
      'no point of the curve',
      { endpoint, keys: { ...subscriptionKeys(), p256dh: Buffer.alloc(65, 4).toString('base64url') } },
      /must be a point of P-256/,
    ],
    ['nothing', null, /./],
  ] as const) {
    it(`names the problem of ${what}`, () => {
      const { subscription, ...rest } = readSubscription(address) as { subscription?: unknown; problem?: string };
      expect(subscription).to.equal(undefined);
      expect(rest.problem).to.match(problem);
    });
  }
});
