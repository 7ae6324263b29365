// What several tests need around the real parts. No test lives here. This file: undoing what a test has set up.

const steps: (() => unknown)[] = [];

/** Has a step done after the running test, the latest first. Call it in a test or a `beforeEach`. */
export function onCleanup(step: () => unknown): void {
  steps.push(step);
}

/** mocha loads these for every run, also where files run side by side. */
export const mochaHooks = {
  async afterEach(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step();
      } catch (failure) {
        // What is left to undo must not reach into the next test.
        failures.push(failure);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'several steps of the clean-up failed');
  },
};
