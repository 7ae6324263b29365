/** A request that was found right and has done nothing yet. */
export interface Work {
  /** How many events it publishes: one for each channel of each event. */
  readonly events: number;
  /** Does it, and gives the body of the answer. */
  run(): object;
}

/** A question, which publishes nothing. */
export function question(run: () => object): Work {
  return { events: 0, run };
}
