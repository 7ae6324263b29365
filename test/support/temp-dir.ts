// What several tests need around the real parts. No test lives here. This file: directories that vanish with their test.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** Makes an empty directory, mode 0700, that is removed after the running test. Call it in a test or a `beforeEach`. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-test-'));
  made.push(dir);
  return dir;
}

// A root hook: it runs after the hooks of the suites, so whatever a test opened in the directory is closed by then.
afterEach(async () => {
  await Promise.all(made.splice(0).map((dir) => rm(dir, { recursive: true, force: true })));
});
