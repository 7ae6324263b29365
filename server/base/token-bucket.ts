// Bounds how often something may happen, and allows bursts. It needs no timer, because each call refills it first.

/** How much a bucket holds, and how fast it refills. */
export interface BucketSize {
  readonly burst: number;
  readonly perSecond: number;
}

/** Counts down with each use and refills with time. All times are readings of `Clock.monotonic()`. */
export class TokenBucket {
  readonly #size: BucketSize;
  /** In thousandths of a token, so that the level stays a whole number and no rounding errors add up. */
  #level: number;
  #at: number;

  constructor(size: BucketSize, now: number) {
    this.#size = size;
    this.#level = size.burst * 1000;
    this.#at = now;
  }

  /** How many tokens were left after the last call. Negative while the bucket owes some. */
  get level(): number {
    return this.#level / 1000;
  }

  /** Takes one token, even from an empty bucket. @returns how many are left; below zero the limit is exceeded */
  take(now: number): number {
    this.#fill(now);
    this.#level -= 1000;
    return this.level;
  }

  /** Gives one token back. */
  give(): void {
    this.#level = Math.min(this.#size.burst * 1000, this.#level + 1000);
  }

  /**
   * Takes `count` tokens if the bucket has them. A request for more than the bucket can hold passes when the bucket is
   * full, and the bucket then owes the rest; otherwise such a request could never pass.
   */
  tryTake(now: number, count = 1): boolean {
    this.#fill(now);
    if (this.#missing(count) > 0) return false;
    this.#level -= count * 1000;
    return true;
  }

  /** Seconds from the last call until `count` tokens are available. */
  wait(count: number): number {
    return Math.max(0, this.#missing(count)) / (this.#size.perSecond * 1000);
  }

  #missing(count: number): number {
    return Math.min(count, this.#size.burst) * 1000 - this.#level;
  }

  #fill(now: number): void {
    const { burst, perSecond } = this.#size;
    this.#level = Math.min(burst * 1000, this.#level + (now - this.#at) * perSecond);
    this.#at = now;
  }
}
