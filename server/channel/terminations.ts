// Ends the connections of a user on every node.
import type { MaybePromise } from '../base/maybe-promise.ts';

/** Orders to end the connections of users. */
export interface Terminations {
  /** Orders it on every node. When it resolves, no node forgets the order. */
  order(appId: string, userId: string): MaybePromise<void>;
  /** Calls the listener for each order that this node has to carry out. */
  onOrder(listener: (appId: string, userId: string) => void): void;
}

/** The orders of a single node, which are carried out before `order` returns. */
export function createLocalTerminations(): Terminations {
  const listeners: ((appId: string, userId: string) => void)[] = [];
  return {
    order(appId, userId) {
      for (const listener of listeners) listener(appId, userId);
    },
    onOrder: (listener) => void listeners.push(listener),
  };
}
