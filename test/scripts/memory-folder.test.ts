import { accessSync, constants, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe('memoryFolder', () => {
  let memoryFolder: (at?: string, needed?: number) => string | undefined;
  before(async () => {
    ({ memoryFolder } = (await import(join(checkout, '.scripts', 'memory-folder.mjs'))) as {
      memoryFolder: typeof memoryFolder;
    });
  });

  it('makes a folder for this user, or none', () => {
    const made = memoryFolder();
    if (made === undefined) return;
    accessSync(made, constants.R_OK | constants.W_OK | constants.X_OK);
    rmdirSync(made);
  });

  it('makes none where there is too little room', () => {
    expect(memoryFolder('/dev/shm', Number.MAX_SAFE_INTEGER)).to.equal(undefined);
  });

  it('makes none where no file system begins, or nothing is', () => {
    expect(memoryFolder('/etc', 0)).to.equal(undefined);
    expect(memoryFolder(join(tmpdir(), 'no such folder'), 0)).to.equal(undefined);
  });

  it('makes none in a file system that takes no files', () => {
    expect(memoryFolder('/proc', 0)).to.equal(undefined);
  });
});
