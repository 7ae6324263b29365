// The last records of one kind, on all nodes, for people to look at. Keeping one costs next to nothing: records wait in memory,
// and go to the documents in chunks a moment later. A crash loses only those of that moment.
import type { JsonObject } from '../../shared/object.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Documents } from './documents.ts';

/** The last records of one kind. */
export interface Recent<T> {
  /** Keeps a record. It never throws. */
  keep(record: T): void;
  /**
   * What all nodes have kept and not dropped, also before their last start. Other nodes' records come with a delay of seconds. Those
   * of one node are in their order, the nodes one after the other.
   */
  read(): Promise<readonly T[]>;
  /** Stores what is not stored yet. Never rejects. */
  close(): Promise<void>;
}

/** What {@link createRecent} needs. */
export interface RecentPorts {
  readonly documents: Documents;
  readonly clock: Clock;
  /** The id of this node since its last start. No other node or start ever has it. */
  readonly node: string;
  /** How long records are kept, in ms. */
  readonly keptFor: number;
}

/** The most records of a node are `chunks` times `perChunk`. */
interface RecentBounds {
  readonly chunks: number;
  readonly perChunk: number;
}

interface Chunk<T> {
  readonly number: number;
  readonly records: T[];
  isStored: boolean;
}

interface StoredChunk extends JsonObject {
  readonly node: string;
  readonly records: readonly unknown[];
}

/** How long records wait before they are stored, in ms. */
const DELAY = 2000;
/** The most chunks that are read: those of the nodes and starts that kept something last. */
const MAX_READ = 64;
/** How long what was read of other nodes is used again, in ms. */
const REUSE = 1000;

/** Makes the records of one kind. @param name of the kind, the same on all nodes. Records have to survive JSON */
export function createRecent<T>(
  name: string,
  { chunks: most, perChunk }: RecentBounds,
  { documents, clock, node, keptFor }: RecentPorts,
): Recent<T> {
  const collection = documents.collection<StoredChunk>('recent');
  let chunks: Chunk<T>[] = [];
  let current: Chunk<T> = { number: 0, records: [], isStored: true };
  let timer: Timer;
  let storing = Promise.resolve();
  let others: { readonly at: number; readonly records: Promise<readonly T[]> } | undefined;

  async function store(chunk: Chunk<T>): Promise<void> {
    // It may have been dropped while it waited.
    if (chunk.isStored || !chunks.includes(chunk)) return;
    chunk.isStored = true;
    const now = clock.now();
    try {
      await collection.put(
        `${name}/${node}/${chunk.number % most}`,
        { node, records: [...chunk.records] },
        { lists: { [name]: now }, expiresAt: now + keptFor },
      );
    } catch {
      // The storage is away, which other parts report. The next record tries again.
      chunk.isStored = false;
    }
  }

  function flush(): Promise<void> {
    storing = storing.then(async () => {
      for (const chunk of [...chunks]) await store(chunk);
    });
    return storing;
  }

  async function readOthers(): Promise<readonly T[]> {
    const { documents: found } = await collection.list(name, { limit: MAX_READ, descending: true });
    return found
      .filter(({ value }) => value.node !== node)
      .reverse()
      .flatMap(({ value }) => value.records as T[]);
  }

  return {
    keep(record) {
      if (current.records.length === 0 || current.records.length === perChunk) {
        current = { number: chunks.length === 0 ? 0 : current.number + 1, records: [], isStored: true };
        chunks = [...chunks, current].slice(-most);
      }
      current.records.push(record);
      current.isStored = false;
      timer ??= clock.setTimeout(() => {
        timer = undefined;
        void flush();
      }, DELAY);
    },
    async read() {
      if (others === undefined || clock.monotonic() - others.at > REUSE) {
        const records = readOthers();
        others = { at: clock.monotonic(), records };
        records.catch(() => {
          others = undefined;
        });
      }
      return [...(await others.records), ...chunks.flatMap(({ records }) => records)];
    },
    async close() {
      clock.clearTimeout(timer);
      await flush();
    },
  };
}
