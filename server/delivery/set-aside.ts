// Deliveries that their receiver did not take in the first tries, although it was there. They wait beside the queue, so
// that the deliveries behind them can go on. Only their mids are in memory.

/** When a delivery is tried again, and how often it was tried. */
export interface SetAside {
  readonly tries: number;
  /** `Infinity` while its message is being read. */
  due: number;
}

/** The deliveries that one lane has set aside, by mid. */
export class SetAsides {
  readonly #waiting = new Map<string, SetAside>();
  /** Never later than the earliest due time, but possibly earlier. */
  #due = Number.POSITIVE_INFINITY;

  /** When the next one may be due; `Infinity` if there is none. */
  get due(): number {
    return this.#due;
  }

  has(mid: string): boolean {
    return this.#waiting.has(mid);
  }

  mids(): Iterable<string> {
    return this.#waiting.keys();
  }

  put(mid: string, tries: number, due: number): void {
    this.#waiting.set(mid, { tries, due });
    this.#due = Math.min(this.#due, due);
  }

  /** Removes a delivery. @returns how often it was tried; undefined if it was not there */
  take(mid: string): number | undefined {
    const one = this.#waiting.get(mid);
    this.#waiting.delete(mid);
    return one?.tries;
  }

  /**
   * The delivery that has been due longest. Marks it as being read. Searches all of them, but only if one may be due.
   */
  next(now: number): string | undefined {
    if (this.#due > now) return undefined;
    let found: [mid: string, one: SetAside] | undefined;
    this.#due = Number.POSITIVE_INFINITY;
    for (const entry of this.#waiting) {
      const { due } = entry[1];
      const earliest = found?.[1].due ?? now;
      if (due <= now && (found === undefined || due < earliest)) {
        this.#due = Math.min(this.#due, found?.[1].due ?? Number.POSITIVE_INFINITY);
        found = entry;
      } else {
        this.#due = Math.min(this.#due, due);
      }
    }
    if (found === undefined) return undefined;
    found[1].due = Number.POSITIVE_INFINITY;
    return found[0];
  }

  clear(): void {
    this.#waiting.clear();
    this.#due = Number.POSITIVE_INFINITY;
  }
}
