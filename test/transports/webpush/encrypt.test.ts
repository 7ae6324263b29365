import { createECDH } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { encrypt } from '../../../server/transports/webpush/encrypt.ts';
import { MAX_PAYLOAD } from '../../../server/transports/webpush/payload.ts';

/** The cryptography of web-push, which it does not export whole: its salt and its key pair cannot be chosen. */
interface Ece {
  encrypt(plaintext: Buffer, params: object): Buffer;
  decrypt(body: Buffer, params: object): Buffer;
}

const fromWebPush = createRequire(createRequire(import.meta.url).resolve('web-push'));
const ece = fromWebPush('http_ece') as Ece;

const bytes = (text: string) => Buffer.from(text, 'base64url');

function pair(privateKey?: string) {
  const ecdh = createECDH('prime256v1');
  if (privateKey === undefined) ecdh.generateKeys();
  else ecdh.setPrivateKey(privateKey, 'base64url');
  return ecdh;
}

function browser() {
  const ecdh = pair();
  return { ecdh, keys: { p256dh: ecdh.getPublicKey(), auth: Buffer.alloc(16, 7) } };
}

describe('encrypt', () => {
  it('gives the bytes of the example in RFC 8291, appendix A', () => {
    const p256dh = bytes('BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4');
    const keys = { p256dh, auth: bytes('BTBZMqHH6r4Tts7J_aSIgg') };
    const fresh = { ecdh: pair('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'), salt: bytes('DGv6ra1nlYgDCS1FRnbzlw') };
    const body = encrypt(keys, Buffer.from('When I grow up, I want to be a watermelon'), fresh);
    expect(body.toString('base64url')).to.equal(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3j' +
        'l7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    );
  });

  for (const length of [0, 1, 512, MAX_PAYLOAD]) {
    it(`gives the bytes of web-push for ${length} bytes, with the same key pair and salt`, () => {
      const { keys } = browser();
      const fresh = { ecdh: pair(), salt: Buffer.alloc(16, 3) };
      const plaintext = Buffer.alloc(length, 'x');
      const { p256dh: dh, auth: authSecret } = keys;
      const params = { version: 'aes128gcm', dh, authSecret, privateKey: fresh.ecdh, salt: fresh.salt };
      expect(encrypt(keys, plaintext, fresh).equals(ece.encrypt(plaintext, params))).to.equal(true);
    });
  }

  it('can be read by the browser only, and uses a key pair and a salt of its own each time', () => {
    const { ecdh, keys } = browser();
    const plaintext = Buffer.from('{"cmd":"MESSAGE"}');
    const [one, other] = [encrypt(keys, plaintext), encrypt(keys, plaintext)];
    for (const body of [one, other]) {
      const params = { version: 'aes128gcm', privateKey: ecdh, authSecret: keys.auth };
      expect(ece.decrypt(body, params).toString()).to.equal(plaintext.toString());
      expect(() => ece.decrypt(body, { ...params, privateKey: pair() })).to.throw();
      expect(() => ece.decrypt(body, { ...params, authSecret: Buffer.alloc(16) })).to.throw();
    }
    expect(one.subarray(0, 16)).not.to.deep.equal(other.subarray(0, 16));
    expect(one.subarray(21, 86)).not.to.deep.equal(other.subarray(21, 86));
  });
});
