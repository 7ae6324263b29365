import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const script = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.scripts', 'tools.mjs');

interface Kept {
  kind: string;
  lists: string[];
  make(folder: string): void;
  pause: number;
}

describe('keptFolder', () => {
  let keptFolder: (root: string, kept: Kept) => string;
  let root: string;
  before(async () => {
    ({ keptFolder } = await import(script));
  });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'herald-tools-'));
    writeFileSync(join(root, 'list'), 'one 1.0');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Asks for the folder; `make` fails so often first. @returns the folder, and how often it was made */
  function ask(failing = 0) {
    let made = 0;
    const make = (folder: string) => {
      made += 1;
      expect(readdirSync(folder)).to.deep.equal([]);
      writeFileSync(join(folder, 'program'), '');
      if (made <= failing) throw new Error('no answer');
    };
    const folder = keptFolder(root, { kind: 'some', lists: ['list'], make, pause: 0 });
    return { folder, made };
  }

  it('is made once', () => {
    const { folder } = ask();
    expect(existsSync(join(folder, 'program'))).to.equal(true);
    expect(ask()).to.deep.equal({ folder, made: 0 });
  });

  it('is made again for another list, and the old one goes', () => {
    const { folder } = ask();
    writeFileSync(join(root, 'list'), 'one 2.0');
    expect(ask().made).to.equal(1);
    expect(existsSync(folder)).to.equal(false);
  });

  it('is made again, from nothing, after a failure', () => {
    expect(ask(2).made).to.equal(3);
  });

  it('says why it could not be made, and is made the next time', () => {
    expect(() => ask(3)).to.throw('no answer');
    expect(ask().made).to.equal(1);
  });
});
