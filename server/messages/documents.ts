// The contract of small durable documents: alerts, jobs, questions, heartbeats, receipts. Every backend implements it
// once, so that whatever needs one more durable thing needs no table and no script of its own.
import type { JsonObject } from '../../shared/object.ts';

/** A stored document. */
export interface StoredDocument<T> {
  /** Unique in its collection, 1–512 characters. */
  readonly id: string;
  readonly value: T;
  /** Grows with each change of the document, and never repeats for the same id. */
  readonly version: number;
}

/** What is stored beside the value. */
export interface DocumentOptions {
  /**
   * The version that the caller knows: 0 if the document must not exist yet. Without it, the change always wins.
   */
  readonly seen?: number;
  /** When the document is deleted, in ms since 1970; by default never. It is not returned after that. */
  readonly expiresAt?: number;
  /**
   * The lists in which the document stands, with its place in each: a safe integer, usually a time. They replace those that
   * it had. At most 8, each with a name of 1–512 characters.
   */
  readonly lists?: Readonly<Record<string, number>>;
}

/** Which part of a list to read. */
export interface ListBounds {
  /** Only documents with a place of at least `from` and at most `upTo`. */
  readonly from?: number;
  readonly upTo?: number;
  /** Only documents after this one, as `cursor` of the page before. */
  readonly after?: string;
  /** The most documents, 1–1,000. */
  readonly limit: number;
  /** Whether the greatest place comes first. */
  readonly descending?: boolean;
}

/** A page of a list, in the order of places, then of ids. */
export interface DocumentPage<T> {
  readonly documents: readonly (StoredDocument<T> & { readonly place: number })[];
  /** Where the page ends; undefined if nothing is left. A page also ends after 4 MiB of values. */
  readonly cursor: string | undefined;
}

/** Documents of one kind. A promise resolves when its change is durable, on whichever node it was made. */
export interface Collection<T extends JsonObject> {
  get(id: string): Promise<StoredDocument<T> | undefined>;
  /**
   * Adds or replaces a document.
   * @returns the new version; `conflict` if `seen` is not its version, and nothing was stored
   * @throws RelayError `unavailable` if it could not be stored, `invalid` if the id or a list has too many characters,
   * `too_large` if the value has more than 2 MiB as JSON
   */
  put(id: string, value: T, options?: DocumentOptions): Promise<number | 'conflict'>;
  /** Removes a document if there is one. @returns `conflict` if `seen` is not its version */
  remove(id: string, seen?: number): Promise<'removed' | 'absent' | 'conflict'>;
  /**
   * Reads a list. The documents of a page may be changed by the time it is read.
   * @throws RelayError `invalid` if `after` is not a cursor
   */
  list(list: string, bounds: ListBounds): Promise<DocumentPage<T>>;
  /** How many documents a list has, expired ones included until they are deleted. */
  count(list: string): Promise<number>;
  /**
   * Calls the listener after each change by any node, this one included, without an order. It is not called when a document
   * expires. Changes may be missed while Redis is away: `onMissed` listeners are called then, and each holder of a copy reads
   * again.
   */
  onChange(listener: (id: string) => void): void;
  onMissed(listener: () => void): void;
}

/** All collections of a backend. */
export interface Documents {
  /** @param name 1–32 of `[a-z-]`; the same name gives the same documents */
  collection<T extends JsonObject>(name: string): Collection<T>;
  /**
   * Deletes documents that have expired, of any collection, the earliest first. Changes delete some too, but not where no more
   * changes come.
   * @param most how many at once. @returns how many there were
   */
  sweep(most: number): Promise<number>;
}
