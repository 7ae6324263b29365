import { expect } from 'chai';
import { newVapidKey, vapidKeys } from '../../../server/transports/webpush/vapid.ts';

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
