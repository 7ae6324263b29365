import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseOptions } from '../../server/cli/command.ts';
import { commands } from '../../server/cli/index.ts';
import { importSecret, seal, unseal } from '../../shared/encrypted.ts';
import { readBlocks } from '../support/blocks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['docs/encryption.md', 'docs/encryption.zh-CN.md'].map((name) => join(root, name));

describe('docs/encryption.md', () => {
  it('has the same blocks in both languages', async () => {
    const [english, chinese] = await Promise.all(PAGES.map(readBlocks));
    expect(chinese).to.deep.equal(english);
  });

  it('shows command lines that the commands take', async () => {
    const block = (await readBlocks(PAGES[0] ?? '')).find(({ mark }) => mark === 'cli');
    for (const line of (block?.code ?? '').trim().split('\n')) {
      const [name = '', ...args] = [...line.replace('herald ', '').matchAll(/"[^"]*"|\S+/g)].map(([word]) => word);
      const entry = commands.find((command) => command.name === name);
      if (entry === undefined) throw new Error(`no command is called ${name}`);
      const command = await entry.load();
      expect(() => parseOptions(args, command), line).to.not.throw();
    }
  });

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
