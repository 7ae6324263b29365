import 'fake-indexeddb/auto';
import { expect } from 'chai';
import { IDBFactory } from 'fake-indexeddb';
import { makeSecret, takeSecret } from '../../../../pwa/src/model/account/secrets.ts';
import { openDatabase } from '../../../../pwa/src/model/store/database.ts';
import { putDecrypted } from '../../../../pwa/src/model/store/decrypted.ts';
import { readPage } from '../../../../pwa/src/model/store/messages.ts';
import {
  decryptStored,
  idOf,
  putSecret,
  readSecrets,
  removeSecret,
  secretFor,
} from '../../../../pwa/src/model/store/secrets.ts';
import { type SealKey, seal } from '../../../../shared/encrypted.ts';
import { onCleanup } from '../../../support/cleanup.ts';
import { rejection } from '../../../support/rejection.ts';

async function harness() {
  globalThis.indexedDB = new IDBFactory();
  const database = await openDatabase('test');
  onCleanup(() => database.close());
  const account = { server: 'https://h', name: 'phone', groups: [], auth: '', vapidKey: '', addedAt: 1 };
  await database.put('accounts', { ...account, id: 'a' });
  const receive = async (mid: string, key: SealKey) => {
    const message = await seal(key, { text: 'secret', desp: mid, extra: {} });
    const from = { method: 'http', name: '' } as const;
    const wire = { sendType: 'personal', target: 'phone', from, message, mid } as const;
    return putDecrypted(database, [{ accountId: 'a', message: wire, arrivedAt: 1 }]);
  };
  const texts = async () => (await readPage(database, undefined, 10)).map(({ message }) => message.message.text);
  return { database, receive, texts };
}

describe('keys for encrypted messages', () => {
  it('are the same by their words and by their text', async () => {
    const { secret, words, text } = await makeSecret(['phone']);
    expect(words.split(' ')).to.have.length(24);
    for (const given of [words, ` ${words.toUpperCase()}\n`, text]) {
      expect(idOf(await takeSecret(given, []))).to.equal(idOf(secret));
    }
  });

  for (const given of ['', 'zoo zoo', 'short', `${'zoo '.repeat(24)}`, '!'.repeat(43)]) {
    it(`refuse ${JSON.stringify(given)}`, async () => {
      expect(await rejection(takeSecret(given, []))).to.have.nested.property('text.key', 'secrets.unreadable');
    });
  }

  it('decrypt what comes, and what came before them', async () => {
    const { database, receive, texts } = await harness();
    const { secret } = await makeSecret([]);
    const key = secret.key as SealKey;
    await receive('1', key);
    expect(await texts()).to.deep.equal(['Encrypted message']);
    await putSecret(database, secret);
    expect(await decryptStored(database)).to.have.length(1);
    await receive('2', key);
    expect(await texts()).to.deep.equal(['secret', 'secret']);
    await receive('2', key);
    expect(await decryptStored(database)).to.deep.equal([]);
  });

  it('are found by the recipient, the last one first, until they are removed', async () => {
    const { database } = await harness();
    const [one, other] = [await makeSecret(['phone', 'family']), await makeSecret(['phone'])];
    await putSecret(database, one.secret);
    await putSecret(database, other.secret);
    await putSecret(database, await takeSecret('1234567890123456', ['family']));
    const find = async (target: string) => secretFor(await readSecrets(database), target)?.key.kid;
    expect([await find('phone'), await find('family'), await find('else')]).to.deep.equal([
      idOf(other.secret),
      idOf(one.secret),
      undefined,
    ]);
    await removeSecret(database, idOf(other.secret));
    expect(await find('phone')).to.equal(idOf(one.secret));
  });
});
