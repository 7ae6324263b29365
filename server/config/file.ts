// Reads a small text file whose path a person gave. Failures are returned as text, not thrown.
import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';

/** Largest file size in bytes. */
const MAX_BYTES = 2 ** 20;

/** The text, or what is wrong with the file as the end of a sentence. `absent`: the file does not exist. */
export type FileReading = { readonly text: string } | { readonly problem: string; readonly absent: boolean };

/** Reads a UTF-8 file of at most 1 MiB. A relative path starts at `cwd`. */
export function readConfigFile(path: string, cwd: string): FileReading {
  let bytes: Buffer;
  try {
    bytes = readUpTo(resolve(cwd, path), MAX_BYTES + 1);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    return code === 'ENOENT'
      ? { problem: 'does not exist', absent: true }
      : { problem: `cannot be read (${code})`, absent: false };
  }
  if (bytes.length > MAX_BYTES) return { problem: `is larger than ${MAX_BYTES} bytes`, absent: false };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'is not UTF-8 text', absent: false };
  }
}

/** Reads at most `limit` bytes. The size is not asked for first, because devices and pipes have none. */
function readUpTo(path: string, limit: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(limit);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, limit - length, null);
      length += read;
      if (read === 0 || length === limit) return buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
