// Loads the files of the bundle with the bytecode that the build made from them, which saves V8 most of the work of a
// start. See docs/decisions/0015-one-bundle-with-its-bytecode.md. Not here: when it is made, see .scripts/code-cache.mjs.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** What CommonJS gives to a file. */
type Wrapper = (
  exports: unknown,
  require: (name: string) => unknown,
  module: { exports: unknown },
  file: string,
  folder: string,
) => void;

/** A bundled file that was loaded. */
interface Loaded {
  readonly module: { exports: unknown };
  readonly script: Script;
  readonly source: string;
}

const loaded = new Map<string, Loaded>();

/** The name of the file with the bytecode of another. */
const cacheOf = (file: string) => `${file}.cache`;

/** Bytes of the digest in front of the bytecode. */
const DIGEST = 32;

/** V8 itself compares little more than the lengths of source and bytecode, and trusts what it reads. */
function digest(source: string, bytecode: Uint8Array): Buffer {
  return createHash('sha256').update(source, 'latin1').update(bytecode).digest();
}

/** The bytecode of a source; undefined without a file that belongs to it. */
function readBytecode(file: string, source: string): Buffer | undefined {
  try {
    const bytes = readFileSync(cacheOf(file));
    const bytecode = bytes.subarray(DIGEST);
    return digest(source, bytecode).equals(bytes.subarray(0, DIGEST)) ? bytecode : undefined;
  } catch {
    return undefined;
  }
}

function load(file: string, outer: NodeJS.Require): unknown {
  const known = loaded.get(file);
  if (known !== undefined) return known.module.exports;
  // The build writes ASCII only.
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`;
  const bytecode = readBytecode(file, source);
  // Another version of Node, or other flags of V8, refuse the bytecode; then V8 compiles the source as usual.
  const script = new Script(source, {
    filename: file,
    ...(bytecode === undefined ? {} : { cachedData: bytecode }),
  });
  const module = { exports: {} };
  loaded.set(file, { module, script, source });
  const wrapper: Wrapper = script.runInThisContext();
  try {
    wrapper(module.exports, cachedRequire(outer, file), module, file, dirname(file));
  } catch (error) {
    // As Node does it: the next call tries again.
    loaded.delete(file);
    throw error;
  }
  return module.exports;
}

/**
 * A `require` that loads the other files of the bundle with their bytecode, and everything else as `outer` does.
 * @param file the file that requires
 */
export function cachedRequire(outer: NodeJS.Require, file: string): (name: string) => unknown {
  return (name) => (name.startsWith('./') ? load(join(dirname(file), name), outer) : outer(name));
}

/** Writes the bytecode of every loaded file of a folder, with the functions that ran so far. */
export function writeBytecode(folder: string): void {
  for (const [file, { script, source }] of loaded) {
    if (dirname(file) !== folder) continue;
    const bytecode = script.createCachedData();
    writeFileSync(cacheOf(file), Buffer.concat([digest(source, bytecode), bytecode]));
  }
}
