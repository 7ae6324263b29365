// What several tests need around the real parts. No test lives here. This file: undoing what a test has set up.

const steps: (() => unknown)[] = [];

/** Has a step done after the running test, the latest first. Call it in a test or a `beforeEach`. */
export function onCleanup(step: () => unknown): void {
  steps.push(step);
}

// A root hook: it runs after the hooks of the suites.
afterEach(async () => {
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) await step();
});
