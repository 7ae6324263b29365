// Leaves nothing behind, however a run ends: child processes and temporary directories.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const steps: (() => void)[] = [];

/** Has a step done when this process ends. It must not wait for anything. */
export function onExit(step: () => void): void {
  steps.push(step);
}

process.on('exit', () => {
  for (const step of steps.reverse()) step();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

/** Makes an empty directory, removed at the end of the run. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'herald-bench-'));
  onExit(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
