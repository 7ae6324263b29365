// Edges, and the order in which the consequences of changes run.
import type { App } from './app.ts';

/**
 * A channel gets its first subscriber or loses its last; a user of a presence channel gets the first connection or loses the
 * last. Each edge is reported exactly once, in the order of the changes. User channels have none.
 */
export type Edge =
  | { readonly type: 'occupied' | 'vacated'; readonly app: App; readonly channel: string }
  | {
      readonly type: 'member_added' | 'member_removed';
      readonly app: App;
      readonly channel: string;
      readonly userId: string;
      /** The info of the member, when it came. */
      readonly info?: unknown;
    };

/**
 * Runs what follows from changes, in the order of the changes. A step may cause further changes: their steps run after those
 * that are queued already. A step that throws is a bug. It stops no other step; the outermost `run` throws the error at the end.
 */
export class EdgeQueue {
  readonly #listeners = new Set<(edge: Edge) => void>();
  readonly #steps: (() => void)[] = [];
  #running = false;
  #failures: unknown[] = [];

  /** Adds a listener for edges. Returns how to remove it. */
  listen(listener: (edge: Edge) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Queues a step. */
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
   * Runs `first` at once, then all queued steps, unless an outer `run` is doing so.
   * @throws what a step threw, or an AggregateError when several did.
   */
  run(first?: () => void): void {
    const outermost = !this.#running;
    this.#running = true;
    if (first !== undefined) this.#attempt(first);
    if (!outermost) return;
    // The loop also reaches steps that are queued meanwhile.
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
