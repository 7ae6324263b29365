// Documents in memory, for tests of what stands on them.
import type { Collection, Documents, StoredDocument } from '../../server/messages/documents.ts';
import type { JsonObject } from '../../shared/object.ts';

interface Entry extends StoredDocument<JsonObject> {
  readonly expiresAt: number;
  readonly lists: Readonly<Record<string, number>>;
}

function createCollection(now: () => number): Collection<JsonObject> {
  const entries = new Map<string, Entry>();
  const listeners: ((id: string) => void)[] = [];
  let versions = 0;
  const alive = (id: string) => {
    const entry = entries.get(id);
    return entry === undefined || entry.expiresAt <= now() ? undefined : entry;
  };
  const tell = (id: string) => {
    for (const listener of listeners) listener(id);
  };
  return {
    async get(id) {
      return alive(id);
    },
    async put(id, value, { seen, expiresAt = Number.POSITIVE_INFINITY, lists = {} } = {}) {
      await Promise.resolve();
      if (seen !== undefined && (alive(id)?.version ?? 0) !== seen) return 'conflict';
      versions += 1;
      entries.set(id, { id, value: structuredClone(value), version: versions, expiresAt, lists });
      tell(id);
      return versions;
    },
    async remove(id, seen) {
      const entry = alive(id);
      if (entry === undefined) return 'absent';
      if (seen !== undefined && entry.version !== seen) return 'conflict';
      entries.delete(id);
      tell(id);
      return 'removed';
    },
    async list(list, { from = -Infinity, upTo = Infinity, after, limit, descending = false }) {
      const all = [...entries.values()]
        .flatMap((entry) => {
          const place = alive(entry.id)?.lists[list];
          return place === undefined || place < from || place > upTo ? [] : [{ ...entry, place }];
        })
        .sort((a, b) => (a.place - b.place || (a.id < b.id ? -1 : 1)) * (descending ? -1 : 1));
      const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
      const documents = all.slice(start, start + limit);
      return { documents, cursor: start + limit < all.length ? documents.at(-1)?.id : undefined };
    },
    async count(list) {
      return [...entries.values()].filter((entry) => entry.lists[list] !== undefined).length;
    },
    onChange: (listener) => listeners.push(listener),
    onMissed: () => {},
  };
}

/** Documents that are gone when the test ends. */
export function memoryDocuments(now: () => number): Documents {
  const collections = new Map<string, Collection<JsonObject>>();
  return {
    sweep: async () => 0,
    collection<T extends JsonObject>(name: string) {
      const found = collections.get(name) ?? createCollection(now);
      collections.set(name, found);
      return found as unknown as Collection<T>;
    },
  };
}
