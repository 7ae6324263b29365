import type { App } from './app.ts';

/**
 * A channel got its first subscriber or lost its last, a user of a presence channel got a first connection or lost the
 * last. Each happens exactly once per change, in the order of the changes; user channels have none.
 */
export type Edge =
  | { readonly type: 'occupied' | 'vacated'; readonly app: App; readonly channel: string }
  | {
      readonly type: 'member_added' | 'member_removed';
      readonly app: App;
      readonly channel: string;
      readonly userId: string;
      /** How the user described itself when it came. */
      readonly info?: unknown;
    };

/**
 * Runs what follows from changes in the order of the changes, even when it causes further ones: those wait for their turn.
 * What throws is a bug and stops nothing else; the outermost caller gets it when all is done.
 */
export class Consequences {
  readonly #listeners = new Set<(edge: Edge) => void>();
  readonly #steps: (() => void)[] = [];
  #running = false;
  #failures: unknown[] = [];

  /** Adds a listener for edges; returns how to remove it. */
  listen(listener: (edge: Edge) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Queues a step behind those of earlier changes. */
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
   * Runs `first` at once, then whatever is queued, unless a call further out does that already.
   * @throws what a step threw, or an AggregateError when several did.
   */
  run(first?: () => void): void {
    const outermost = !this.#running;
    this.#running = true;
    if (first !== undefined) this.#attempt(first);
    if (!outermost) return;
    // Steps that are queued meanwhile are reached too.
    for (const step of this.#steps) this.#attempt(step);
    this.#steps.length = 0;
    this.#running = false;
    const failures = this.#failures;
    this.#failures = [];
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'several consequences of a change failed');
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (failure) {
      this.#failures.push(failure);
    }
  }
}
