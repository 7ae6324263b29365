import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { cachedRequire, writeBytecode } from '../../server/base/code-cache.ts';
import { tempDir } from '../support/temp-dir.ts';

const outer = createRequire(import.meta.url);

interface Sum {
  readonly add: (a: number, b: number) => number;
  readonly path: unknown;
}

/** A folder with a file that adds, and what requires it. */
async function open(text = 'exports.add = (a, b) => a + b; exports.path = require("node:path");') {
  const folder = await tempDir();
  const file = join(folder, 'sum.js');
  writeFileSync(file, text);
  return { folder, file, load: cachedRequire(outer, join(folder, 'main.js')) };
}

/** The same file in another folder, as after a copy: nothing of it is loaded yet. */
async function copyOf(file: string, text?: string) {
  const copy = await open(text ?? readFileSync(file, 'utf8'));
  writeFileSync(`${copy.file}.cache`, readFileSync(`${file}.cache`));
  return copy;
}

describe('cachedRequire', () => {
  it('loads a file of the bundle once, and everything else as Node does', async () => {
    const { load } = await open();
    const sum = load('./sum.js') as Sum;
    expect(sum.add(1, 2)).to.equal(3);
    expect(sum.path).to.equal(outer('node:path'));
    expect(load('./sum.js')).to.equal(sum);
  });

  it('lets files of the bundle require each other in a circle', async () => {
    const { folder, load } = await open('exports.early = 1; exports.other = require("./other.js");');
    writeFileSync(join(folder, 'other.js'), 'exports.seen = require("./sum.js").early;');
    expect(load('./sum.js')).to.deep.include({ early: 1, other: { seen: 1 } });
  });

  it('names file and line in stack traces', async () => {
    const { file, load } = await open('\nexports.fail = () => { throw new Error("no"); };');
    const { fail } = load('./sum.js') as { fail(): void };
    expect(fail).to.throw().with.property('stack').that.includes(`${file}:2:`);
  });

  it('tries again after a file could not be loaded', async () => {
    const { file, load } = await open('throw new Error("broken")');
    expect(() => load('./sum.js')).to.throw('broken');
    writeFileSync(file, 'exports.add = 1');
    expect(load('./sum.js')).to.deep.equal({ add: 1 });
  });
});

describe('writeBytecode', () => {
  it('writes bytecode that a later start uses', async () => {
    const { file, load } = await open();
    (load('./sum.js') as Sum).add(1, 2);
    writeBytecode(dirname(file));
    expect((await copyOf(file)).load('./sum.js'))
      .to.have.property('add')
      .that.is.a('function');
  });

  it('writes none that another source of the same length would get', async () => {
    const { file, load } = await open('exports.answer = () => 1;');
    load('./sum.js');
    writeBytecode(dirname(file));
    const changed = await copyOf(file, 'exports.answer = () => 2;');
    expect((changed.load('./sum.js') as { answer(): number }).answer()).to.equal(2);
  });

  it('leaves nothing that damaged bytecode can break', async () => {
    const { file, load } = await open();
    load('./sum.js');
    writeBytecode(dirname(file));
    const bytes = readFileSync(`${file}.cache`);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0xff, bytes.length >> 1);
    writeFileSync(`${file}.cache`, bytes);
    expect(((await copyOf(file)).load('./sum.js') as Sum).add(2, 2)).to.equal(4);
  });
});
