// Edges, and the queue of steps that run after a change.
import type { App } from './app.ts';

/**
 * A channel gains its first subscriber or loses its last, or a user of a presence channel gains the first connection or
 * loses the last. Each edge is reported exactly once, in the order of the changes. User channels have no edges.
 */
export type Edge =
  | { readonly type: 'occupied' | 'vacated'; readonly app: App; readonly channel: string }
  | {
      readonly type: 'member_added' | 'member_removed';
      readonly app: App;
      readonly channel: string;
      readonly userId: string;
      /** The info of the member. Only on `member_added`. */
      readonly info?: unknown;
    };

/**
 * Runs the steps that follow from changes, in the order of the changes. If a step causes another change, the steps of that
 * change go to the end of the queue. A step that throws is a bug. The other steps still run, then the outermost `run` throws
 * the error.
 */
export class EdgeQueue {
  readonly #listeners = new Set<(edge: Edge) => void>();
  readonly #steps: (() => void)[] = [];
  #running = false;
  #failures: unknown[] = [];

  /** Adds a listener for edges. Returns a function that removes it. */
  listen(listener: (edge: Edge) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Queues a step for the next `run`, or for the one in progress. */
  queue(step: () => void): void {
    this.#steps.push(step);
  }

  /** Queues an edge for all listeners. */
  edge(edge: Edge): void {
    this.#steps.push(() => {
      for (const listener of this.#listeners) this.#attempt(() => listener(edge));
    });
  }

  /**
   * Runs `first` at once, then all queued steps. Inside a step it runs only `first`; the outer `run` goes on with the queue.
   * @throws what a step threw, or an AggregateError when several steps threw
   */
  run(first?: () => void): void {
    const outermost = !this.#running;
    this.#running = true;
    if (first !== undefined) this.#attempt(first);
    if (!outermost) return;
    // The loop also runs the steps that are queued during it.
    for (const step of this.#steps) this.#attempt(step);
    this.#steps.length = 0;
    this.#running = false;
    const failures = this.#failures;
    this.#failures = [];
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'several steps after a change failed');
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (failure) {
      this.#failures.push(failure);
    }
  }
}
