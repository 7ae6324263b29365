import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { tempDir } from '../support/temp-dir.ts';
import { cli } from './harness.ts';

async function folderWithKeys(content: string): Promise<string> {
  const cwd = await tempDir();
  await mkdir(join(cwd, 'data'));
  await writeFile(join(cwd, 'data', 'keys.json'), content);
  return cwd;
}

describe('herald token', () => {
  it('prints the token that the relay created', async () => {
    const cwd = await folderWithKeys('{"version":1,"secrets":{"token":"made"}}');
    expect(await cli(['token'], { cwd })).to.deep.equal({ code: 0, stdout: 'made\n', stderr: '' });
    expect((await cli(['token', '--json'], { cwd })).stdout).to.equal('{"token":"made"}\n');
  });

  it('prints the configured one', async () => {
    const cwd = await folderWithKeys('{"version":1,"secrets":{"token":"made"}}');
    const env = { HERALD_TOKEN: 'configured' };
    expect((await cli(['token'], { cwd, env })).stdout).to.equal('configured\n');
  });

  it('says that there is none yet', async () => {
    const cwd = await tempDir();
    const stderr = `herald: there is no token in ${join(cwd, 'data')} yet: the relay makes one at its first start\n`;
    expect(await cli(['token'], { cwd })).to.deep.equal({ code: 1, stdout: '', stderr });
    const other = await folderWithKeys('{"version":1,"secrets":{}}');
    expect((await cli(['token'], { cwd: other })).stderr).to.contain('yet: the relay makes one');
  });

  for (const content of ['', 'not JSON', 'null', '{"version":1}', '{"version":1,"secrets":{"token":5}}']) {
    it(`says that the file is damaged: ${content}`, async () => {
      const cwd = await folderWithKeys(content);
      const { code, stderr } = await cli(['token'], { cwd });
      expect({ code, stderr }).to.deep.equal({
        code: 1,
        stderr: `herald: the keys in ${join(cwd, 'data')} are damaged: restore a backup\n`,
      });
    });
  }
});
