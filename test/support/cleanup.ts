// Helpers that several tests share. No test lives here. This file: undoing what a test set up.

const steps: (() => unknown)[] = [];

/** Runs a step after the running test, the latest step first. Call it in a test or a `beforeEach`. */
export function onCleanup(step: () => unknown): void {
  steps.push(step);
}

/** mocha loads these hooks in every process, also if test files run in parallel. */
export const mochaHooks = {
  async afterEach(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step();
      } catch (failure) {
        // The remaining steps still run, so that nothing of this test is left in the next one.
        failures.push(failure);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'several steps of the clean-up failed');
  },
};
