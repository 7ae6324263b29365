// Removes child processes and temporary directories when a benchmark or the run ends, even after an error or a signal.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let steps: (() => void)[] = [];

/** Runs a step when the benchmark or this process ends. The step must be synchronous. */
export function onExit(step: () => void): void {
  steps.push(step);
}

function runSteps(): void {
  for (const step of steps.reverse()) step();
}

/** Runs the steps that `run` added when it ends, and not only when this process ends. */
export async function endingAll<Result>(run: () => Promise<Result>): Promise<Result> {
  const outer = steps;
  steps = [];
  try {
    return await run();
  } finally {
    runSteps();
    steps = outer;
  }
}

process.on('exit', runSteps);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

/** Makes an empty directory, removed at the end of the benchmark. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'herald-bench-'));
  onExit(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}
