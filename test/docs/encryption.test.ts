import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { importSecret, seal, unseal } from '../../shared/encrypted.ts';
import { describePage } from '../support/page.ts';

describePage('docs/encryption', {}, () => {
  it('tells enough to make a message with other means', async () => {
    const secret = randomBytes(32);
    const key = await importSecret(secret);
    const hmac = (by: Buffer, text: string) => createHmac('sha256', by).update(text).digest();
    const kid = hmac(secret, 'herald e2e key id').toString('base64url').slice(0, 11);
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', secret, iv);
    const plain = JSON.stringify({ text: 'a', desp: 'b', extra: { tags: ['c'] } });
    const ct = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    const encrypted = { alg: 'A256GCM', kid, iv: iv.toString('base64url'), ct: ct.toString('base64url') };
    const opened = await unseal([key], { text: 'Encrypted message', desp: '', extra: { encrypted } });
    expect(opened).to.deep.equal({ text: 'a', desp: 'b', extra: { tags: ['c'] } });
    const { extra } = await seal(key, { text: '', desp: '', extra: { key: 'disk' } });
    const hashed = hmac(hmac(secret, 'herald e2e alert keys'), 'disk').toString('base64url').slice(0, 22);
    expect(extra['key']).to.equal(hashed);
  });
});
