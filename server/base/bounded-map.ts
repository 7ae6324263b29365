// A map with a bounded number of entries and a bounded age, for values that may be forgotten. It needs no timers.
import type { Clock } from './clock.ts';

/** Bounds of a {@link BoundedMap}. */
export interface MapBounds {
  /** The most entries. Beyond that, a new entry removes the oldest. */
  readonly maxEntries: number;
  /** How long in ms an entry lives after it was set; forever by default. */
  readonly ttl?: number;
}

interface Entry<V> {
  readonly value: V;
  readonly expires: number;
}

/**
 * Remembers values under keys. Setting a key again makes it the newest. Expired entries are never returned; they are
 * dropped from memory when entries are set, oldest first.
 */
export class BoundedMap<K, V> {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #bounds: MapBounds;
  /** Oldest first. */
  readonly #entries = new Map<K, Entry<V>>();

  constructor(clock: Pick<Clock, 'monotonic'>, bounds: MapBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** How many entries are held, including expired ones that are not dropped yet. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#fresh(key)?.value;
  }

  has(key: K): boolean {
    return this.#fresh(key) !== undefined;
  }

  /** How many ms the entry has left; undefined if there is no such entry. */
  remaining(key: K): number | undefined {
    const entry = this.#fresh(key);
    return entry === undefined ? undefined : entry.expires - this.#clock.monotonic();
  }

  /** @param bounds used for this call in place of the map's own */
  set(key: K, value: V, { maxEntries, ttl = Number.POSITIVE_INFINITY }: MapBounds = this.#bounds): void {
    const now = this.#clock.monotonic();
    this.#entries.delete(key);
    this.#entries.set(key, { value, expires: now + ttl });
    for (const [oldest, { expires }] of this.#entries) {
      if (expires > now && this.#entries.size <= maxEntries) return;
      this.#entries.delete(oldest);
    }
  }

  /** Removes an entry. @returns whether it was there and had not expired */
  delete(key: K): boolean {
    const had = this.has(key);
    this.#entries.delete(key);
    return had;
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The entries that have not expired, oldest first. */
  *[Symbol.iterator](): IterableIterator<[K, V]> {
    const now = this.#clock.monotonic();
    for (const [key, { value, expires }] of this.#entries) if (expires > now) yield [key, value];
  }

  #fresh(key: K): Entry<V> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expires > this.#clock.monotonic()) return entry;
    this.#entries.delete(key);
    return undefined;
  }
}
