// Bounds the frames of one socket. Beyond the bound the client gets errors. If it does not stop, the socket closes.

import { type BucketSize, TokenBucket } from '../../../base/token-bucket.ts';
import { type ErrorSink, TOO_MANY_FRAMES } from '../refusals.ts';

/** How many frames beyond the bound get an error before the socket closes. */
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

  /** Whether one more frame may be handled. If not, tells the client. */
  allows(now: number): boolean {
    const left = this.#bucket.take(now);
    if (left >= 0) return true;
    if (left < -PATIENCE) this.#errors.end(TOO_MANY_FRAMES);
    else this.#errors.error(null, 'The rate limit for frames is exceeded');
    return false;
  }

  /** Takes back the count of the last frame. */
  forgive(): void {
    this.#bucket.give();
  }
}
