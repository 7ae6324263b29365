// Helpers that several tests share. No test lives here. This file: undoing what a test set up.

const steps: (() => unknown)[] = [];

/** Runs a step after the running test, the latest step first. Call it in a test or a `beforeEach`. */
export function onCleanup(step: () => unknown): void {
  steps.push(step);
}

async function undo(own: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let step = own.pop(); step !== undefined; step = own.pop()) {
    try {
      await step();
    } catch (failure) {
      // The remaining steps still run, so that nothing of this test is left in the next one.
      failures.push(failure);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, 'several steps of the clean-up failed');
}

/**
 * Sets something up for all tests of the suite that is being described, and undoes it after them. The returned function
 * gives it to a test.
 * @param limit how long that may take, in ms
 */
export function forSuite<T>(setUp: () => Promise<T>, limit = 180_000): () => T {
  let made: { readonly it: T } | undefined;
  let own: (() => unknown)[] = [];
  before(async function () {
    this.timeout(limit);
    try {
      made = { it: await setUp() };
    } finally {
      own = steps.splice(0);
    }
  });
  after(() => undo(own));
  return () => {
    if (made === undefined) throw new Error('the suite has not begun');
    return made.it;
  };
}

/** mocha loads these hooks in every process, also if test files run in parallel. */
export const mochaHooks = { afterEach: () => undo(steps) };
