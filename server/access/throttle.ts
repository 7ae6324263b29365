// Slows down whoever guesses the token.
import { isIPv6 } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { RelayError } from '../base/errors.ts';

/** What {@link createThrottle} works with. */
export interface ThrottleOptions {
  /** Wrong tokens that one address may give within a window. */
  readonly limit: number;
  /** Length in ms of a window, which begins with the first wrong token. */
  readonly windowMs: number;
}

/** Addresses remembered at once; the one that failed longest ago makes room for a new one. */
const MAX_ADDRESSES = 10_000;

/** Counts wrong tokens per IPv4 address or IPv6 /64 network, in this process. Right tokens are not counted. */
export interface Throttle {
  /**
   * To be asked before the token is looked at.
   * @throws RelayError `too_many` with `retryAfter` in seconds, once the address has used up its window.
   */
  check(address: string): Promise<void>;
  /** Notes that the address gave a wrong token; counted when the call returns. */
  fail(address: string): void;
}

/** A throttle without failures. */
export function createThrottle({ limit, windowMs }: ThrottleOptions): Throttle {
  const limiter = new RateLimiterMemory({ points: limit, duration: windowMs / 1000, keyPrefix: '' });
  // The limiter forgets an address when its window ends, but has no bound of its own.
  const remembered = new Set<string>();
  return {
    async check(address) {
      // Every request asks, and most relays never see a wrong token.
      if (remembered.size === 0) return;
      const state = await limiter.get(networkOf(address));
      if (state === null || state.consumedPoints < limit || state.msBeforeNext <= 0) return;
      const retryAfter = Math.ceil(state.msBeforeNext / 1000);
      throw new RelayError('too_many', `too many wrong tokens, try again in ${retryAfter} s`, { retryAfter });
    },
    fail(address) {
      const network = networkOf(address);
      if (!remembered.delete(network) && remembered.size >= MAX_ADDRESSES) forgetFirst();
      remembered.add(network);
      void limiter.penalty(network);
    },
  };

  function forgetFirst(): void {
    for (const first of remembered) {
      remembered.delete(first);
      void limiter.delete(first);
      return;
    }
  }
}

/** What is counted as one: an IPv4 address, also in its IPv6 form, or the /64 that one IPv6 subscriber owns. */
function networkOf(address: string): string {
  const [bare = ''] = address.split('%', 1);
  if (!isIPv6(bare)) return address.slice(0, 64);
  // The URL parser writes every spelling of an address in one way.
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const parts = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  if (parts.slice(0, 5).every((part) => part === '0') && parts[5] === 'ffff') {
    return parts
      .slice(6)
      .map((part) => Number.parseInt(part, 16))
      .map((number) => `${number >> 8}.${number & 255}`)
      .join('.');
  }
  return `${parts.slice(0, 4).join(':')}::/64`;
}
