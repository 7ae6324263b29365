// The sockets that were opened with keys. They end with their keys, whichever node ends them.

/** A socket that ends with its key. */
export interface KeySession {
  keyEnded(): void;
}

/** The sockets of one node by the name of their key. */
export interface KeySessions {
  add(key: string, session: KeySession): void;
  forget(key: string, session: KeySession): void;
}

/** @param onKeyEnded calls its listener when a key has ended, on any node, or its rights have changed */
export function createKeySessions(onKeyEnded: (listener: (name: string) => void) => void): KeySessions {
  const open = new Map<string, Set<KeySession>>();
  onKeyEnded((name) => {
    // A session that ends forgets itself.
    for (const session of [...(open.get(name) ?? [])]) session.keyEnded();
  });
  return {
    add(key, session) {
      const all = open.get(key) ?? new Set();
      open.set(key, all.add(session));
    },
    forget(key, session) {
      const all = open.get(key);
      all?.delete(session);
      if (all?.size === 0) open.delete(key);
    },
  };
}
