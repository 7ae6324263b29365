// One store of named records that several registries use, as the nodes of a cluster do. It is the contract of a versioned
// store in memory.
import type { Change, Stored, VersionedStore } from '../../server/base/versioned-store.ts';

/** The store, as one node sees it. */
export interface StoreNode<R> extends VersionedStore<R> {
  /** While it is set, this node refuses changes with this error. */
  broken: Error | undefined;
  /** While it is true, the node is told nothing of what others change, unless its own change conflicts with that. */
  isBehind: boolean;
}

/** The records of all nodes. */
export interface SharedStore<R> {
  /** The records, by name, in the order in which they were first put. */
  readonly records: ReadonlyMap<string, R>;
  node(): StoreNode<R>;
}

/** Makes a store. Changes are told in the turn after they were made, as if they came from elsewhere. */
export function createSharedStore<R>(nameOf: (record: R) => string, initial: Iterable<R> = []): SharedStore<R> {
  const records = new Map<string, R>([...initial].map((record) => [nameOf(record), record]));
  const versions = new Map<string, number>();
  /** All changes; the version of one is its place, counted from 1. */
  const changes: (Omit<Change<R>, 'own'> & { readonly by: object })[] = [];

  function node(): StoreNode<R> {
    const listeners: ((change: Change<R>) => void)[] = [];
    let told = changes.length;

    function tellAll(): void {
      while (told < changes.length) {
        const next = changes[told];
        if (next === undefined) return;
        told += 1;
        const { by, ...change } = next;
        for (const listener of listeners) listener({ ...change, own: by === self });
      }
    }

    async function change(name: string, record: R | undefined, seen: number, replaces: boolean): Promise<Stored> {
      await new Promise((resolve) => setImmediate(resolve));
      if (self.broken !== undefined) throw self.broken;
      if ((versions.get(name) ?? 0) > seen) {
        tellAll();
        return 'conflict';
      }
      if (record === undefined) records.delete(name);
      else records.set(name, structuredClone(record));
      versions.set(name, changes.push({ name, record: structuredClone(record), replaces, by: self }));
      for (const other of nodes) if (other !== self) other.hurry();
      tellAll();
      return 'stored';
    }

    const self: StoreNode<R> & { hurry(): void } = {
      broken: undefined,
      isBehind: false,
      load: async () => structuredClone([...records.values()]),
      put: (record, seen = Number.POSITIVE_INFINITY, replaces = false) =>
        change(nameOf(record), record, seen, replaces),
      remove: (name, seen = Number.POSITIVE_INFINITY) => change(name, undefined, seen, false),
      version: () => told,
      async catchUp() {
        tellAll();
      },
      onChange: (listener) => void listeners.push(listener),
      hurry() {
        setImmediate(() => {
          if (!self.isBehind) tellAll();
        });
      },
    };
    nodes.push(self);
    return self;
  }

  const nodes: (StoreNode<R> & { hurry(): void })[] = [];
  return { records, node };
}
