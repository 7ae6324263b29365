// Directories that are removed after their test.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onCleanup } from './cleanup.ts';

/** Makes an empty directory, mode 0700, that is removed after the running test. Call it in a test or a `beforeEach`. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-test-'));
  onCleanup(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
