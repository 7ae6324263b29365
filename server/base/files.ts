// Helpers for files that both the JSON documents and the databases need: modes, and names that survive a power cut.
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Mode of every file with messages, keys or addresses in it. */
export const FILE_MODE = 0o600;

/** Mode of the data directory. */
export const DIRECTORY_MODE = 0o700;

/** Flushes a file or directory. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in the directory of `file` durable, so that a rename or a new file survives a power cut. */
export async function flushName(file: string): Promise<void> {
  // Windows can neither open nor flush a directory.
  if (process.platform !== 'win32') await flush(dirname(file));
}

/**
 * Writes a new or replaced file with mode 0600 and flushes it. This is not atomic, so use it only with a temporary
 * name.
 */
export async function writeFlushed(file: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'w', FILE_MODE);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** True for the error of a file that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Whether there is anything with that name. */
export async function fileExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
