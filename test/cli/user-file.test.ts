import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readUserFile, removeUserFile, userFile, writeUserFile } from '../../server/cli/user-file.ts';
import { rejection } from '../support/rejection.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('userFile', () => {
  it('is in the folder for configs', () => {
    expect(userFile({ XDG_CONFIG_HOME: '/xdg', HOME: '/home/jo' }, 'a')).to.equal('/xdg/herald/a');
    expect(userFile({ HOME: '/home/jo' }, 'a')).to.equal('/home/jo/.config/herald/a');
  });
});

describe('a file of the user', () => {
  it('can be read by nobody else, and is gone once it is removed', async () => {
    const file = join(await tempDir(), 'new', 'folder', 'file');
    expect(await readUserFile(file, 'x')).to.equal(undefined);
    await writeUserFile(file, 'one');
    await writeUserFile(file, 'two');
    expect(await readUserFile(file, 'x')).to.equal('two');
    expect(await readFile(file, 'utf8')).to.equal('two');
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    // Of a write that was interrupted, or made by somebody else.
    await writeFile(`${file}.part`, 'x');
    await chmod(`${file}.part`, 0o666);
    await writeUserFile(file, 'three');
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect([await removeUserFile(file), await removeUserFile(file)]).to.deep.equal([true, false]);
  });

  it('is refused with a sentence if others may read it, or if it cannot be used', async () => {
    const dir = await tempDir();
    const file = join(dir, 'file');
    await writeFile(file, 'x');
    await chmod(file, 0o640);
    expect((await rejection(readUserFile(file, 'mend it'))).message).to.equal(`${file} can be read by others: mend it`);
    await chmod(file, 0o600);
    expect((await rejection(writeUserFile(join(file, 'inner'), ''))).message).to.contain('cannot be written: ');
    const folder = join(dir, 'folder');
    await mkdir(folder, { mode: 0o700 });
    expect((await rejection(readUserFile(folder, ''))).message).to.contain('cannot be read: ');
    expect((await rejection(removeUserFile(folder))).message).to.contain('cannot be removed: ');
  });
});
