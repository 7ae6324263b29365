import { expect } from 'chai';
import { createScript, readScriptFiles, scripts } from '../../../server/backends/redis/scripts.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';

const files = Object.entries(readScriptFiles()).filter(([file]) => !file.includes('/'));

describe('the scripts for Redis', () => {
  it('are all there by their names', () => {
    expect(files.map(([file]) => file.replace('.lua', ''))).to.deep.equal(Object.keys(scripts).sort());
  });

  for (const [file, text] of files) {
    it(`${file} says what it does, what it takes and returns, and what bounds it`, () => {
      const head = /^(?:--.*\n)+/.exec(text)?.[0] ?? '';
      for (const part of ['-- KEYS ', '-- ARGV ', '-- Returns ', '-- Bounds ']) expect(head).to.include(part);
    });
  }

  it('have the hashes that Redis gives them', async () => {
    const connection = await connectTo((await startRedis()).url());
    const hashes = Object.values(scripts).map(({ sha }) => sha);
    expect(await connection.send(['SCRIPT', 'EXISTS', ...hashes])).to.deep.equal(hashes.map(() => 1));
  });

  it('cannot use a part that does not exist', () => {
    expect(() => createScript('x', '-- @use nothing\nreturn 1', () => undefined)).to.throw(/x uses nothing/);
  });
});
