// One process per data directory. The lock is SQLite's own on an empty file, so a killed process frees it at once.
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskProblem } from '../../base/disk-error.ts';
import { DIRECTORY_MODE, FILE_MODE } from '../../base/files.ts';
import { DataError } from './data-error.ts';
import { sqlite } from './installed-sqlite.ts';
import type { Database } from './sqlite.ts';

/** The result of `making`; undefined if the thing already exists. */
async function unlessPresent<Made>(making: Promise<Made>): Promise<Made | undefined> {
  try {
    return await making;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    throw error;
  }
}

/** Makes the file if it is missing. It does not open an existing file: closing that would drop SQLite's locks on it. */
async function touch(file: string): Promise<void> {
  await (await unlessPresent(open(file, 'wx', FILE_MODE)))?.close();
}

/** Makes a directory and those above it. Node's own recursive mkdir never ends in places such as /proc. */
async function makeDirectory(dir: string): Promise<void> {
  const found = await stat(dir).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  if (dirname(dir) !== dir) await makeDirectory(dirname(dir));
  await unlessPresent(mkdir(dir, DIRECTORY_MODE));
}

/**
 * Locks the data directory for this process, and makes it (mode 0700) if it is missing.
 * @returns a function that unlocks it. The end of the process also does, even after a crash.
 * @throws DataError if it is locked by another process or by this one, or cannot be made or written
 */
export async function lockDirectory(dir: string): Promise<() => void> {
  // First of all, so that nothing is made where there is no SQLite.
  const { open: openFile } = sqlite();
  const file = join(dir, 'lock');
  let db: Database;
  try {
    await makeDirectory(dir);
    await touch(file);
    db = openFile(file);
  } catch (error) {
    throw new DataError(
      `data directory ${dir} cannot be used: ${diskProblem(error) ?? (error as Error).message}`,
      error,
    );
  }
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    const code = (error as { code?: unknown }).code;
    const text =
      code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED'
        ? `data directory ${dir} is in use by another Herald process`
        : `data directory ${dir} cannot be locked: ${diskProblem(error) ?? (error as Error).message}`;
    throw new DataError(text, error);
  }
  return () => {
    if (!db.open) return;
    db.exec('ROLLBACK');
    db.close();
  };
}
