// Slows down callers that guess credentials. A right credential always passes. Only wrong ones get `too_many`.
import { BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { ThrottleStore } from './guards.ts';
import { networkOf } from './network.ts';

/** Where a credential came from. */
export interface Source {
  readonly address: string;
  /** The path of the request. The log has no part of it that could be a credential itself. */
  readonly path: string;
  /** The name of the dialect that read it. */
  readonly dialect: string;
}

/** What {@link createThrottle} needs. */
export interface ThrottleOptions {
  /** How many different wrong credentials one address may show within a window. */
  readonly limit: number;
  /** Length of a window in ms. It begins with the first wrong credential. */
  readonly windowMs: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Counts the wrong credentials that all nodes were shown. */
  readonly store: ThrottleStore;
  /** Makes the digests by which the store tells credentials apart, so it is equal on all nodes. */
  readonly digest: (credential: string) => Buffer;
}

/** A check in progress. Until it ends, its credential counts as wrong, so that many checks at once cannot exceed the bound. */
export interface Attempt {
  /** Whether the address had already used up its limit. */
  readonly isOver: boolean;
  /** The credential is right, so it does not count. */
  right(): void;
  /** The credential is wrong. Logs it the first time. @returns the given refusal, or `too_many` with `retryAfter` */
  wrong(refusal: RelayError): RelayError;
}

/**
 * Counts different wrong credentials per IPv4 address or IPv6 /64. It decides with what this node knows, without asking: the
 * store tells it which networks used up their limit elsewhere.
 */
export interface Throttle {
  /** Starts an attempt. Call it before the check, in the same turn in which the credential was read. */
  begin(shown: string, source: Source): Attempt;
}

/** How many addresses are remembered at once. The one with the oldest window is dropped first. */
const MAX_ADDRESSES = 10_000;
/** Longest path that is logged, in characters. */
const MAX_PATH = 200;
/** A segment of a path that may be a key, a uuid or a token. Someone may have mistyped the rest of the path. */
const SECRET = /(?<=\/)[\w-]{15,}(?=\/|$)/g;

interface Window {
  /** Digests of credentials that are wrong or being checked. */
  readonly values: Set<string>;
  /** Whether the network has used up its limit, with credentials that other nodes were shown. */
  isOver: boolean;
  /** Whether the lockout has been logged. */
  reported: boolean;
}

/** Makes a throttle. At first no address has shown a wrong credential. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { limit, windowMs, clock, logger, store, digest } = options;
  const windows = new BoundedMap<string, Window>(clock, { maxEntries: MAX_ADDRESSES, ttl: windowMs });

  function windowOf(network: string): Window {
    const found = windows.get(network);
    if (found !== undefined) return found;
    const window = { values: new Set<string>(), isOver: false, reported: false };
    windows.set(network, window);
    return window;
  }

  store.onLockout((network, forMs) => {
    const window = windowOf(network);
    // This node was shown all of them.
    if (window.values.size >= limit) return;
    window.isOver = true;
    windows.set(network, window, { maxEntries: MAX_ADDRESSES, ttl: forMs });
  });

  /** Counts a wrong credential for all nodes. No one waits for that. */
  function count(network: string, value: string): void {
    const counted = store.fail(network, value, limit, windows.remaining(network) ?? windowMs);
    counted?.catch((error: unknown) => logger.warn({ err: error }, 'a wrong credential counts on this node only'));
  }

  return {
    begin(shown, { address, path, dialect }) {
      const network = networkOf(address);
      const window = windowOf(network);
      const value = digest(shown).toString('base64url');
      const isKnown = window.values.has(value);
      const isOver = !isKnown && (window.isOver || window.values.size >= limit);
      const isCounted = !isKnown && !isOver;
      if (isCounted) window.values.add(value);
      const facts = { address, path: path.slice(0, MAX_PATH).replace(SECRET, '…'), dialect };
      return {
        isOver,
        right() {
          if (isCounted) window.values.delete(value);
          if (window.values.size === 0 && !window.isOver && windows.get(network) === window) windows.delete(network);
        },
        wrong(refusal) {
          if (isCounted) {
            logger.warn(facts, 'wrong credential');
            count(network, value);
          }
          if (!isOver) return refusal;
          const retryAfter = Math.max(1, Math.ceil((windows.remaining(network) ?? windowMs) / 1000));
          if (!window.reported) logger.warn({ ...facts, retryAfter }, 'address locked out for wrong credentials');
          window.reported = true;
          return new RelayError('too_many', `too many wrong tokens, try again in ${retryAfter} s`, { retryAfter });
        },
      };
    },
  };
}
