// Lets someone watch the events that are published through this node. Without a watcher, it only costs a look at a flag.
import type { PublishedEvent } from './connection.ts';

/** Called for events that are published to channels. */
export type EventWatcher = (channels: readonly string[], events: readonly PublishedEvent[]) => void;

/** The watchers of one node. */
export interface EventTap {
  readonly isWatched: boolean;
  tell(appId: string, channels: readonly string[], events: readonly PublishedEvent[]): void;
  /** @returns a function that ends the watch */
  watch(appId: string, watcher: EventWatcher): () => void;
}

/** Makes the tap of one node. */
export function createEventTap(): EventTap {
  const watchers = new Map<string, Set<EventWatcher>>();
  return {
    get isWatched() {
      return watchers.size > 0;
    },
    tell(appId, channels, events) {
      for (const watcher of watchers.get(appId) ?? []) watcher(channels, events);
    },
    watch(appId, watcher) {
      const own = watchers.get(appId) ?? new Set();
      watchers.set(appId, own.add(watcher));
      return () => {
        own.delete(watcher);
        if (own.size === 0 && watchers.get(appId) === own) watchers.delete(appId);
      };
    },
  };
}
