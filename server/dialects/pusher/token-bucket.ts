// A bound on how often something may happen, which allows bursts. No timers: it fills up when it is asked.

/** How much a bucket holds, and how fast it fills. */
export interface BucketSize {
  readonly burst: number;
  readonly perSecond: number;
}

/** Counts down with each use and fills up with time. */
export class TokenBucket {
  readonly #size: BucketSize;
  #level: number;
  #at: number;

  /** @param now ms since 1970 */
  constructor(size: BucketSize, now: number) {
    this.#size = size;
    this.#level = size.burst;
    this.#at = now;
  }

  /**
   * Takes one.
   * @returns how many are left: negative when this one was too many, the more so the longer it goes on
   */
  take(now: number): number {
    const { burst, perSecond } = this.#size;
    // A clock that is set back fills nothing.
    const filled = (Math.max(0, now - this.#at) * perSecond) / 1000;
    this.#at = now;
    this.#level = Math.min(burst, this.#level + filled) - 1;
    return this.#level;
  }

  /** Gives one back. */
  give(): void {
    this.#level = Math.min(this.#size.burst, this.#level + 1);
  }

  /** Takes one if there is one. */
  tryTake(now: number): boolean {
    if (this.take(now) >= 0) return true;
    this.#level += 1;
    return false;
  }
}
