// A store of named records that several nodes may change. A node that changes a record says up to which version it knows
// the store, so that no change builds on a record that another node has replaced.
import { RelayError } from './errors.ts';

/** A change of one record, made by any node. */
export interface Change<R> {
  readonly name: string;
  /** The record as it is now; undefined after a removal. */
  readonly record: R | undefined;
  /** Whether this node made the change. */
  readonly own: boolean;
  /** Whether the record replaces another thing of the same name, so that everything that belonged to that ends. */
  readonly replaces: boolean;
}

/** `conflict`: another node changed the record first. Nothing was stored, and the other change has been told. */
export type Stored = 'stored' | 'conflict';

/**
 * Named records. `put` and `remove` resolve when the change is durable. Every change of every node is told in the order of
 * their versions, a change of this node before its promise resolves.
 */
export interface VersionedStore<R> {
  /**
   * All records, in the order in which they were first put. They have every change that was told before this resolves. All
   * others are told after it.
   */
  load(): Promise<R[]>;
  /**
   * Adds a record or replaces the one with its name.
   * @param seen the version up to which the caller knows the records; without it, the change always wins
   * @param replaces see {@link Change}
   */
  put(record: R, seen?: number, replaces?: boolean): Promise<Stored>;
  /**
   * Removes a record if there is one.
   * @param seen as in `put`
   * @param isIdle resolves to `busy`, and removes nothing, if other nodes have stored messages for the record
   */
  remove(name: string, seen?: number, isIdle?: boolean): Promise<Stored | 'busy'>;
  /** The version of the newest change that was told on this node. It grows with each change of any record. */
  version(): number;
  /** Resolves when every change that was made before this call, by any node, has been told. */
  catchUp(): Promise<void>;
  /** Calls the listener for each change. It must not throw. */
  onChange(listener: (change: Change<R>) => void): void;
}

/** How often a change is made again because other nodes were faster. Each time, one of theirs succeeded. */
const MAX_TRIES = 20;

/**
 * Makes a change, and makes it again as long as it conflicts. `attempt` must read the records again each time, and resolve
 * to undefined after a conflict.
 * @throws RelayError `unavailable` if other nodes are faster every time
 */
export async function retryConflicts<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new RelayError('unavailable', 'other nodes change this at the same time; try again', { retryAfter: 1 });
}
