import { createCipheriv, createDecipheriv } from 'node:crypto';
import { expect } from 'chai';
import {
  ENCRYPTED_TEXT,
  fromBase64,
  importBarkKey,
  importSecret,
  newSecret,
  seal,
  toBase64Url,
  unseal,
  unsealBark,
} from '../../shared/encrypted.ts';
import { isEncrypted, readEncrypted } from '../../shared/sealed.ts';

const SECRET = new Uint8Array(32).fill(7);
const BODY = { text: 'Häuser', desp: '*x*', extra: { priority: 5, key: 'disk', tags: ['a'] } };

describe('seal and unseal', () => {
  it('hides all but the priority and a hash of the key', async () => {
    const sealed = await seal(await importSecret(SECRET), BODY);
    expect(sealed).to.deep.include({ text: ENCRYPTED_TEXT, desp: '' });
    expect(Object.keys(sealed.extra)).to.have.members(['encrypted', 'priority', 'key']);
    expect(sealed.extra['priority']).to.equal(5);
    expect(sealed.extra['key']).to.match(/^[\w-]{22}$/);
    expect(JSON.stringify(sealed)).to.not.match(/disk|Häuser|tags/);
    expect(isEncrypted(sealed)).to.equal(true);
    expect(isEncrypted(BODY)).to.equal(false);
  });

  it('gives back the content, under the hash that the relay knows', async () => {
    const key = await importSecret(SECRET);
    const [one, other] = [await seal(key, BODY), await seal(key, BODY)];
    expect(one.extra['key'], 'the same alert').to.equal(other.extra['key']);
    expect(readEncrypted(one.extra)?.iv).to.not.equal(readEncrypted(other.extra)?.iv);
    const opened = await unseal([await importSecret(newSecret()), key], one);
    expect(opened).to.deep.equal({ ...BODY, extra: { ...BODY.extra, key: one.extra['key'] } });
  });

  it('is AES-256-GCM with the secret itself, as other programs have it', async () => {
    const { extra } = await seal(await importSecret(SECRET), BODY);
    const { iv = '', ct = '' } = readEncrypted(extra) ?? {};
    const bytes = Buffer.from(ct, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', SECRET, Buffer.from(iv, 'base64url'));
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    expect(JSON.parse(plain.toString())).to.deep.equal(BODY);
  });

  it('opens nothing without the key, or when anything was changed', async () => {
    const key = await importSecret(SECRET);
    const sealed = await seal(key, BODY);
    const encrypted = readEncrypted(sealed.extra);
    if (encrypted === undefined) throw new Error('it is not encrypted');
    expect(await unseal([await importSecret(newSecret())], sealed)).to.equal(undefined);
    const flip = (text: string) => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`);
    const { ct, iv } = encrypted;
    for (const change of [
      { ct: flip(ct) },
      { iv: flip(iv) },
      { ct: '' },
      { ct: '!' },
      { iv: 'AA' },
      { alg: 'none' },
      { kid: 1 },
    ]) {
      const changed = { ...sealed, extra: { ...sealed.extra, encrypted: { ...encrypted, ...change } } };
      expect(await unseal([key], changed), JSON.stringify(change)).to.equal(undefined);
    }
    for (const value of [null, 1, 'x', '{', [], {}]) {
      expect(await unseal([key], { ...sealed, extra: { encrypted: value } })).to.equal(undefined);
    }
  });

  it('reads it from JSON text too, as a form sends it', async () => {
    const key = await importSecret(SECRET);
    const sealed = await seal(key, BODY);
    const extra = { ...sealed.extra, encrypted: JSON.stringify(sealed.extra['encrypted']) };
    expect((await unseal([key], { ...sealed, extra }))?.text).to.equal('Häuser');
  });

  it('refuses secrets of another length', async () => {
    const error = await importSecret(new Uint8Array(16)).catch((reason) => reason);
    expect(error).to.be.instanceOf(TypeError);
  });
});

describe('base64', () => {
  it('is read back as it was written', () => {
    for (let length = 0; length < 5; length += 1) {
      const bytes = new Uint8Array(length).fill(251);
      expect(fromBase64(toBase64Url(bytes))).to.deep.equal(bytes);
    }
    expect(fromBase64('+/==')).to.deep.equal(fromBase64('-_'));
    expect(fromBase64('é')).to.equal(undefined);
  });
});

describe('unsealBark', () => {
  const bodyOf = (extra: Record<string, unknown>) => ({ text: 'k', desp: 'Encrypted message', extra });

  it('opens the example of Bark, AES-128-CBC', async () => {
    const key = await importBarkKey('1234567890123456');
    const ciphertext = 'd3QhjQjP5majvNt5CjsvFWwqqj2gKl96RFj5OO+u6ynTt7lkyigDYNA3abnnCLpr';
    const opened = await unsealBark(key === undefined ? [] : [key], bodyOf({ ciphertext, iv: '1111111111111111' }));
    expect(opened).to.deep.equal({ text: '', desp: 'test', extra: { sound: 'birdsong', markdown: 0 } });
  });

  it('opens AES-256-GCM with the tag behind the ciphertext', async () => {
    const cipher = createCipheriv('aes-256-gcm', 'k'.repeat(32), '123456789012');
    const plain = JSON.stringify({ title: 'T', markdown: '**b**', url: 'https://e.example' });
    const bytes = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    const key = await importBarkKey('k'.repeat(32));
    const body = bodyOf({ ciphertext: bytes.toString('base64'), iv: '123456789012', group: 'g' });
    expect(isEncrypted(body)).to.equal(true);
    expect(await unsealBark(key === undefined ? [] : [key], body)).to.deep.equal({
      text: 'T',
      desp: '**b**',
      extra: { group: 'g', click: 'https://e.example' },
    });
    expect(await unsealBark([], body)).to.equal(undefined);
  });

  it('refuses passphrases and vectors of other lengths', async () => {
    expect(await importBarkKey('short')).to.equal(undefined);
    const key = await importBarkKey('1234567890123456');
    expect(await unsealBark(key === undefined ? [] : [key], bodyOf({ ciphertext: 'AAAA', iv: '1' }))).to.equal(
      undefined,
    );
  });
});
