import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConfigFile } from '../../server/config/file.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('readConfigFile', () => {
  it('reads UTF-8, from a path relative to the folder or absolute', async () => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'a.txt'), 'zwölf 张三\n');
    expect(readConfigFile('a.txt', cwd)).to.deep.equal({ text: 'zwölf 张三\n' });
    expect(readConfigFile(join(cwd, 'a.txt'), '/')).to.deep.equal({ text: 'zwölf 张三\n' });
  });

  it('reads a device, which has no size', () => {
    expect(readConfigFile('/dev/null', '/')).to.deep.equal({ text: '' });
  });

  it('bounds what it reads, of a device without an end as well', async () => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'full'), 'x'.repeat(2 ** 20));
    expect(readConfigFile('full', cwd))
      .to.have.property('text')
      .with.lengthOf(2 ** 20);
    const tooLarge = { problem: 'is larger than 1048576 bytes', absent: false };
    await writeFile(join(cwd, 'over'), 'x'.repeat(2 ** 20 + 1));
    expect(readConfigFile('over', cwd)).to.deep.equal(tooLarge);
    expect(readConfigFile('/dev/zero', '/')).to.deep.equal(tooLarge);
  });

  it('says that a file does not exist, cannot be read, or is no UTF-8', async () => {
    const cwd = await tempDir();
    expect(readConfigFile('none', cwd)).to.deep.equal({ problem: 'does not exist', absent: true });
    await mkdir(join(cwd, 'folder'));
    expect(readConfigFile('folder', cwd)).to.deep.equal({ problem: 'cannot be read (EISDIR)', absent: false });
    await writeFile(join(cwd, 'latin1'), Buffer.from('Müller', 'latin1'));
    expect(readConfigFile('latin1', cwd)).to.deep.equal({ problem: 'is not UTF-8 text', absent: false });
  });
});
