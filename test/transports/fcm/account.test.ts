import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { readServiceAccount } from '../../../server/transports/fcm/account.ts';
import { tempDir } from '../../support/temp-dir.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const ecPem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const shortPem = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const key = { client_email: 'a@b.example', private_key: pem, project_id: 'p' };

describe('readServiceAccount', () => {
  it('reads the content of a key file, and the file itself', async () => {
    const account = readServiceAccount({ serviceAccount: key, projectId: '' });
    expect(account).to.deep.include({ email: 'a@b.example', privateKey: pem, projectId: 'p' });
    expect(account.tokenUri.href).to.equal('https://oauth2.googleapis.com/token');
    const path = join(await tempDir(), 'key.json');
    await writeFile(path, JSON.stringify(key));
    expect(readServiceAccount({ serviceAccount: path, projectId: '' })).to.deep.equal(account);
  });

  it('reads a key whose line breaks came escaped through the environment', () => {
    const escaped = { ...key, private_key: pem.replaceAll('\n', '\\n') };
    expect(readServiceAccount({ serviceAccount: escaped, projectId: '' }).privateKey).to.equal(pem);
  });

  const broken: [what: string, key: Record<string, string>, projectId: string, text: RegExp][] = [
    [
      'no project',
      { ...key, project_id: '' },
      '',
      /^fcm\.serviceAccount: the key names no project; set fcm\.projectId$/,
    ],
    ['no private key', { client_email: 'a@b', private_key: '' }, 'p', /private_key: expected an RSA key in PEM$/],
    [
      'a key that is cut off',
      { ...key, private_key: pem.slice(0, 400) },
      '',
      /private_key: expected an RSA key in PEM$/,
    ],
    ['a key of another kind', { ...key, private_key: ecPem }, '', /private_key: expected an RSA key in PEM$/],
    ['a short key', { ...key, private_key: shortPem }, '', /private_key: expected a key of at least 2048 bits$/],
    ['a wrong token endpoint', { ...key, token_uri: 'file:///x' }, '', /token_uri: expected an http or https URL$/],
  ];
  for (const [what, given, projectId, text] of broken) {
    it(`says in one line that there is ${what}, and nothing of the key`, () => {
      const read = () => readServiceAccount({ serviceAccount: { ...key, ...given }, projectId });
      expect(read).to.throw(RelayError, text);
      expect(read).not.to.throw(/BEGIN|\n/);
    });
  }

  it('says which file is missing, or no JSON', async () => {
    const dir = await tempDir();
    const [missing, path] = [join(dir, 'missing.json'), join(dir, 'key.json')];
    expect(() => readServiceAccount({ serviceAccount: missing, projectId: '' })).to.throw(
      /missing\.json cannot be read \(ENOENT\)$/,
    );
    for (const text of [pem, '', '[]', 'null', '{"client_email":1}']) {
      await writeFile(path, text);
      const read = () => readServiceAccount({ serviceAccount: path, projectId: '' });
      expect(read, text).to.throw(RelayError, /^fcm\.serviceAccount: /);
      expect(read, text).not.to.throw(/BEGIN|\n/);
    }
  });
});
