// Peers that have not yet proven who they are: bounds their number, and chooses which one makes room for a new one.
import { networkOf } from '../access/network.ts';

/** Bounds of a socket layer. */
export interface UnauthenticatedLimits {
  /** How many unauthenticated peers there may be. */
  readonly maxUnauthenticated: number;
  /** How many of them one IPv4 address or IPv6 /64 may have. */
  readonly maxUnauthenticatedPerAddress: number;
}

/** The place of one peer among the unauthenticated. */
export interface Place {
  /** The peer has sent a frame. Silent peers are displaced before it. */
  spoke(): void;
  /** The peer has proven itself, or is gone. A second call does nothing. */
  leave(): void;
}

/** The unauthenticated peers of one socket layer: open sockets, and upgrades that a dialect is deciding about. */
export interface Unauthenticated {
  count(): number;
  /**
   * Makes room for one more peer of an address, if need be by displacing the oldest silent socket. If the address has used up
   * its own share, the socket is one of its own. Otherwise it belongs to the address with the most sockets. So a flood from
   * one address displaces only itself.
   * @returns false when there is no room and no socket can be displaced
   */
  makeRoom(address: string): boolean;
  /** Takes a place. @param displace ends the peer; absent if the peer must not be displaced */
  enter(address: string, displace?: () => void): Place;
}

interface Entry {
  silent: boolean;
  readonly leave: () => void;
  readonly displace: (() => void) | undefined;
}

/** Makes the set of one layer. */
export function createUnauthenticated(limits: UnauthenticatedLimits): Unauthenticated {
  /** By network, oldest first. */
  const networks = new Map<string, Set<Entry>>();
  let count = 0;

  function fullest(): Set<Entry> | undefined {
    let found: Set<Entry> | undefined;
    for (const entries of networks.values()) if (entries.size > (found?.size ?? 0)) found = entries;
    return found;
  }

  function displaceFrom(entries: Iterable<Entry> = []): boolean {
    let chosen: Entry | undefined;
    for (const entry of entries) {
      if (entry.displace === undefined) continue;
      chosen ??= entry;
      if (!entry.silent) continue;
      chosen = entry;
      break;
    }
    if (chosen === undefined) return false;
    chosen.leave();
    chosen.displace?.();
    return true;
  }

  return {
    count: () => count,

    makeRoom(address) {
      const own = networks.get(networkOf(address));
      if ((own?.size ?? 0) >= limits.maxUnauthenticatedPerAddress) return displaceFrom(own);
      return count < limits.maxUnauthenticated || displaceFrom(fullest());
    },

    enter(address, displace) {
      const network = networkOf(address);
      const entries = networks.get(network) ?? new Set();
      networks.set(network, entries);
      const leave = () => {
        if (!entries.delete(entry)) return;
        count -= 1;
        if (entries.size === 0 && networks.get(network) === entries) networks.delete(network);
      };
      const entry: Entry = { silent: true, leave, displace };
      entries.add(entry);
      count += 1;
      return {
        leave,
        spoke() {
          entry.silent = false;
        },
      };
    },
  };
}
