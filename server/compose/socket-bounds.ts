// Divides the file descriptors of the process among its sockets, and keeps enough of them for its files.

/** Most sockets of each kind. */
export interface SocketBounds {
  /** Requests that the relay makes. */
  readonly outgoing: number;
  /** Connections that it accepts; undefined where the limit is not known. */
  readonly incoming: number | undefined;
}

/** Descriptors for files, timers, listening sockets, and connections that are kept for the next request. */
const RESERVE = 96;
/** The largest share of the rest that outgoing requests may have. */
const OUTGOING_SHARE = 0.25;

/**
 * The most sockets of each kind.
 * @param limit descriptors of this process; undefined where it is not known
 * @param wanted requests that the config allows at once
 */
export function socketBounds(limit: number | undefined, wanted: number): SocketBounds {
  if (limit === undefined) return { outgoing: wanted, incoming: undefined };
  const free = Math.max(8, limit - RESERVE);
  const outgoing = Math.max(1, Math.min(wanted, Math.floor(free * OUTGOING_SHARE)));
  return { outgoing, incoming: free - outgoing };
}
