import type { ObservedAnswer } from '../../server/api/route-spec.ts';

/** What is wrong with the answer to a request. */
export function deviations(observed: ObservedAnswer): Generator<string>;
