// The open sockets of this node.
import type { App } from '../../channel/app.ts';
import type { Subscriber } from './subscriber.ts';

/** Open sockets by app. */
export interface Sessions {
  /** How many sockets each app has, by its id. */
  counts(): Iterable<readonly [appId: string, count: number]>;
  add(subscriber: Subscriber): void;
  remove(subscriber: Subscriber): void;
  /** The users of an app who are subscribed to a channel, each once. */
  usersOn(app: App, channel: string): string[];
}

/** Makes the set of open sockets, which is empty at first. */
export function createSessions(): Sessions {
  const open = new Map<string, Set<Subscriber>>();
  return {
    counts: () => [...open].map(([id, subscribers]): [string, number] => [id, subscribers.size]),
    add(subscriber) {
      const others = open.get(subscriber.app.id) ?? new Set();
      open.set(subscriber.app.id, others.add(subscriber));
    },
    remove(subscriber) {
      const others = open.get(subscriber.app.id);
      others?.delete(subscriber);
      if (others?.size === 0) open.delete(subscriber.app.id);
    },
    usersOn(app, channel) {
      const users = new Set<string>();
      for (const { subscribed, userId } of open.get(app.id) ?? []) if (subscribed.has(channel)) users.add(userId);
      return [...users];
    },
  };
}
