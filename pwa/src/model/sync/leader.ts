// Which of several tabs holds the sockets: a second socket of one name would take the first one's place.
import type { Clock } from '../clock.ts';
import type { Channel } from '../store/channel.ts';

/** The part of the browser's lock manager that is used. */
export interface LocksPort {
  request(name: string, options: { readonly signal: AbortSignal }, hold: () => Promise<void>): Promise<unknown>;
}

/** What the election needs. */
export interface LeaderPorts {
  /** Undefined over plain http, where browsers have none. */
  readonly locks: LocksPort | undefined;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly random: () => number;
  readonly name: string;
  /** This tab holds the sockets from now on. */
  readonly lead: () => void;
  /** Another tab does. */
  readonly follow: () => void;
}

/** A tab's part in the election. */
export interface Candidate {
  /** The person looks at this tab: without locks, it takes the sockets. */
  shown(): void;
  /** The tab goes, maybe to come back: without locks, another one takes the sockets. */
  hidden(): void;
  /** Leaves for good; another tab takes over. */
  close(): void;
}

/** Stands for election until `close`. */
export function standForElection(ports: LeaderPorts): Candidate {
  return ports.locks === undefined ? byNotes(ports) : byLock(ports, ports.locks);
}

/** The tab that was first holds the lock; when it goes, however it goes, the browser gives it to the next. */
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
    // Aborted while it waited: the tab is closing.
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

/** Without locks the tab that was opened or looked at last leads; nobody else can tell that a leader has crashed. */
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
        // Both claimed before they heard of each other: the other one yields to this.
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
