// Removes child processes and temporary directories when a run ends, even after an error or a signal.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const steps: (() => void)[] = [];

/** Runs a step when this process ends. The step must be synchronous. */
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
