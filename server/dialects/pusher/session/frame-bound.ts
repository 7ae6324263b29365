// How much one socket may ask: beyond the bound it is told so, and if it goes on like that, it is closed.

import { type BucketSize, TokenBucket } from '../../../base/token-bucket.ts';
import { type ErrorSink, TOO_MANY_FRAMES } from '../refusals.ts';

/** So many frames beyond the bound are answered with an error; then the socket is closed. */
const PATIENCE = 100;

/** A bound on one kind of frames. */
export class FrameBound {
  readonly #bucket: TokenBucket;
  readonly #errors: ErrorSink;

  /** @param now a reading of `Clock.monotonic()` */
  constructor(size: BucketSize, now: number, errors: ErrorSink) {
    this.#bucket = new TokenBucket(size, now);
    this.#errors = errors;
  }

  /** Whether one more is handled; the peer has been told when it is not. */
  allows(now: number): boolean {
    const left = this.#bucket.take(now);
    if (left >= 0) return true;
    if (left < -PATIENCE) this.#errors.end(TOO_MANY_FRAMES);
    else this.#errors.error(null, 'The rate limit for frames is exceeded');
    return false;
  }

  /** The last one was worth its while and does not count. */
  forgive(): void {
    this.#bucket.give();
  }
}
