// What several tests need around the real parts. No test lives here. This file: undoing what a test has set up.

const steps: (() => unknown)[] = [];

/** Has a step done after the running test, the latest first. Call it in a test or a `beforeEach`. */
export function onCleanup(step: () => unknown): void {
  steps.push(step);
}

/** mocha loads these for every run, also where files run side by side. */
export const mochaHooks = {
  async afterEach(): Promise<void> {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) await step();
  },
};
