// Elects the tab that owns the sockets. A second socket with the same name would replace the first.
import type { Clock } from '../clock.ts';
import type { Channel } from '../store/channel.ts';

/** The part of the browser's lock manager that the election uses. */
export interface LocksPort {
  request(name: string, options: { readonly signal: AbortSignal }, hold: () => Promise<void>): Promise<unknown>;
}

/** What the election needs. */
export interface LeaderPorts {
  /** Undefined over plain http, where browsers have no locks. */
  readonly locks: LocksPort | undefined;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly random: () => number;
  readonly name: string;
  /** This tab owns the sockets now. */
  readonly lead: () => void;
  /** Another tab owns the sockets now. */
  readonly follow: () => void;
}

/** A tab that takes part in the election. */
export interface Candidate {
  /** Call it when the tab becomes visible. Without locks, this tab then leads. */
  shown(): void;
  /** Call it when the tab is hidden and may come back. Without locks, another tab then leads. */
  hidden(): void;
  /** Leaves the election for good. */
  close(): void;
}

/** Takes part in the election until `close`. */
export function standForElection(ports: LeaderPorts): Candidate {
  return ports.locks === undefined ? byNotes(ports) : byLock(ports, ports.locks);
}

/** The first tab holds the lock. When it goes, even by a crash, the browser gives the lock to the next one. */
function byLock({ name, lead, follow }: LeaderPorts, locks: LocksPort): Candidate {
  const leaving = new AbortController();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  follow();
  locks
    .request(name, { signal: leaving.signal }, () => {
      lead();
      return held;
    })
    // The request rejects if the tab closes while it waits for the lock.
    .catch(() => {});
  return {
    shown() {},
    hidden() {},
    close() {
      leaving.abort();
      release();
    },
  };
}

/** Without locks, the tab that was opened or shown last leads, because no tab can notice that the leader crashed. */
function byNotes({ channel, clock, random, lead, follow }: LeaderPorts): Candidate {
  let claim: string | undefined;

  function stand(): void {
    if (claim !== undefined) return;
    claim = `${String(clock.now()).padStart(16, '0')}-${random()}`;
    channel.post({ kind: 'lead', claim });
    lead();
  }

  function resign(): void {
    if (claim === undefined) return;
    claim = undefined;
    follow();
    channel.post({ kind: 'resign' });
  }

  const stop = channel.listen((note) => {
    if (note.kind === 'resign') {
      stand();
    } else if (note.kind === 'lead' && claim !== undefined) {
      if (note.claim < claim) {
        // Both tabs claimed at the same time, and this claim is greater. Repeat it, so that the other tab yields.
        channel.post({ kind: 'lead', claim });
      } else {
        claim = undefined;
        follow();
      }
    }
  });
  stand();
  return {
    shown: stand,
    hidden: resign,
    close() {
      stop();
      resign();
    },
  };
}
