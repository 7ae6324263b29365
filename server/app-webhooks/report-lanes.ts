// The order of the reports for one address: each channel is a lane, whose reports go out one after the other.
// Not here: when a report is tried (address-queue.ts).

/** A report in its lanes. */
export interface InLanes {
  readonly lanes: readonly string[];
  /** In how many of its lanes another report is ahead of it. */
  blockers: number;
}

/** The lanes of one address. A report is free when it is first in all of its lanes. */
export class ReportLanes<E extends InLanes> {
  /** The reports of each lane in their order. */
  readonly #lanes = new Map<string, Set<E>>();

  /** Puts a report at the end of its lanes. */
  join(entry: E): void {
    for (const key of entry.lanes) {
      const lane = this.#lanes.get(key);
      if (lane === undefined) {
        this.#lanes.set(key, new Set([entry]));
      } else {
        lane.add(entry);
        entry.blockers += 1;
      }
    }
  }

  /** Puts a report that is one part of another behind it and ahead of all others. The whole leaves in the same turn. */
  joinBehind(whole: E, part: E): void {
    for (const key of part.lanes) {
      const rest = [...(this.#lanes.get(key) ?? [])].slice(1);
      this.#lanes.set(key, new Set([whole, part, ...rest]));
      part.blockers += 1;
    }
  }

  /** Removes a report from its lanes. @param free called with each report that is free now */
  leave(entry: E, free: (next: E) => void): void {
    for (const key of entry.lanes) {
      const lane = this.#lanes.get(key);
      const [first] = lane ?? [];
      lane?.delete(entry);
      if (lane?.size === 0) this.#lanes.delete(key);
      // Every report but the first counts one blocker per lane, so only the departure of the first frees the next.
      if (first !== entry) continue;
      const [next] = lane ?? [];
      if (next === undefined) continue;
      next.blockers -= 1;
      if (next.blockers === 0) free(next);
    }
  }
}
