// Bounds how many bytes of bodies the relay reads from callers that have not shown a credential. Bodies cost memory while they
// arrive, and time to parse.
import { BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import { networkOf } from './network.ts';

/** What {@link createBodyBudget} needs. */
export interface BodyBudgetOptions {
  /** How many bytes one address may send within a window without a proof. */
  readonly bytes: number;
  /** Length of a window in ms. It begins with the first body. */
  readonly windowMs: number;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** A body that may be read. */
export interface BodyLease {
  /** How many bytes of it may be read. */
  readonly limit: number;
  /** Gives the bytes back, because the body held a right credential. */
  refund(): void;
}

/** Counts bytes per IPv4 address or IPv6 /64. */
export interface BodyBudget {
  /**
   * Takes the bytes of one body out of the budget of an address.
   * @param declared the `content-length`; undefined for a body in chunks
   * @param limit longest body of any caller, in bytes
   * @throws RelayError `too_many` when the address has used up its budget, `too_large` for a body that no budget allows
   */
  take(address: string, declared: string | undefined, limit: number): BodyLease;
}

/** Bodies up to this size do not count. Short packets, such as those of devices, are never refused. */
const FREE = 8192;
/** How many addresses are remembered at once. The one with the oldest window is dropped first. */
const MAX_ADDRESSES = 10_000;
const ADVICE = 'send the token in the authorization header to avoid this limit';

/** Makes a full budget. */
export function createBodyBudget({ bytes, windowMs, clock }: BodyBudgetOptions): BodyBudget {
  const windows = new BoundedMap<string, { used: number }>(clock, { maxEntries: MAX_ADDRESSES, ttl: windowMs });

  function windowOf(network: string): { used: number } {
    const found = windows.get(network);
    if (found !== undefined) return found;
    const window = { used: 0 };
    windows.set(network, window);
    return window;
  }

  return {
    take(address, declared, limit) {
      const length = declared === undefined ? undefined : Number(declared);
      if (length !== undefined && length <= FREE) return { limit: Math.min(limit, FREE), refund() {} };
      // A body above `limit` costs nothing more, because the reader refuses it without reading it.
      const wanted = Math.min(length ?? limit, limit);
      if (length !== undefined && wanted > bytes) {
        throw new RelayError('too_large', `the body is larger than ${bytes} bytes; ${ADVICE}`);
      }
      const network = networkOf(address);
      const window = windowOf(network);
      const left = bytes - window.used;
      // A body in chunks may be short, so it gets whatever is left.
      const granted = length === undefined ? Math.min(wanted, left) : wanted;
      if (!(granted > 0 && granted <= left)) {
        const retryAfter = Math.max(1, Math.ceil((windows.remaining(network) ?? windowMs) / 1000));
        throw new RelayError('too_many', `too many bytes without a proof; ${ADVICE}`, { retryAfter });
      }
      window.used += granted;
      let counts = true;
      return {
        limit: length === undefined ? granted : limit,
        refund() {
          if (counts) window.used -= granted;
          counts = false;
        },
      };
    },
  };
}
