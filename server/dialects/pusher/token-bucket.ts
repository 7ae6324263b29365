// A bound on how often something may happen, which allows bursts. No timers: it fills up when it is asked.

/** How much a bucket holds, and how fast it fills. */
export interface BucketSize {
  readonly burst: number;
  readonly perSecond: number;
}

/** Counts down with each use and fills up with time. */
export class TokenBucket {
  readonly #size: BucketSize;
  /** In thousandths, which are whole however often it is asked. */
  #level: number;
  #at: number;

  /** @param now ms since 1970 */
  constructor(size: BucketSize, now: number) {
    this.#size = size;
    this.#level = size.burst * 1000;
    this.#at = now;
  }

  /** How many are left; negative while some are owed. True for the last time that it was asked. */
  get level(): number {
    return this.#level / 1000;
  }

  /**
   * Takes one.
   * @returns how many are left: negative when this one was too many, the more so the longer it goes on
   */
  take(now: number): number {
    this.#fill(now);
    this.#level -= 1000;
    return this.level;
  }

  /** Gives one back. */
  give(): void {
    this.#level = Math.min(this.#size.burst * 1000, this.#level + 1000);
  }

  /**
   * Takes so many if they are there. Where the bucket holds fewer than are asked for, a full one is enough, and the rest
   * is owed: otherwise they could never be taken.
   */
  tryTake(now: number, count = 1): boolean {
    this.#fill(now);
    if (this.#missing(count) > 0) return false;
    this.#level -= count * 1000;
    return true;
  }

  /** Seconds, from when it was last asked, until so many can be taken. */
  wait(count: number): number {
    return Math.max(0, this.#missing(count)) / (this.#size.perSecond * 1000);
  }

  #missing(count: number): number {
    return Math.min(count, this.#size.burst) * 1000 - this.#level;
  }

  #fill(now: number): void {
    const { burst, perSecond } = this.#size;
    // A clock that is set back fills nothing.
    this.#level = Math.min(burst * 1000, this.#level + Math.max(0, now - this.#at) * perSecond);
    this.#at = now;
  }
}
