// The notices that this node gets, by their kind. Each has the next number, so that this node sees when one was lost, and
// reads the truth then.
import { createListeners, type Listeners } from '../../base/listeners.ts';
import type { Logger } from '../../base/logger.ts';
import type { RedisConnection } from './connection.ts';
import type { Keys } from './keys.ts';
import { decodeNotice } from './notice.ts';

/** The kinds of notices. They are part of the form, so a number never gets another meaning. */
export const NOTICE = {
  /**
   * A message for devices of this node. Fields: mid, times of acceptance and expiry, ticket, names as JSON, "1" if it may come
   * after messages with greater mids. Body: its text.
   */
  mail: 1,
  /** Statuses that another node changed. Fields: mid, device and status of each. */
  status: 2,
  /** What this node has sent itself with a beat. Body: the number of the beat. */
  echo: 3,
  /** Another node has given shards back that this one should have. */
  free: 4,
  /**
   * Events for subscribers. Fields: empty, app, socket that gets nothing, channels as JSON. Body: the events as JSON. On the node
   * that published them only its ticket, and no body.
   */
  events: 5,
  /** A member came (a) or went (r). Fields: app, channel, a or r, user, socket that gets nothing. Body: the member as JSON. */
  member: 6,
  /** How many subscribers a channel has. Fields: app, channel, number. */
  count: 7,
  /** A socket is on the channel of a device (1), or none is (0). Fields: app, channel, 1 or 0. */
  device: 8,
  /** A user who is watched came (1) or went (0). Fields: app, user, 1 or 0. */
  user: 9,
  /** A shard of this node has new edges. Field: the shard. */
  edge: 10,
  /** An address whose queue this node has got new reports. Field: the address. */
  report: 11,
  /** Another socket bears a name. Fields: name, id of the socket that had it. */
  taken: 12,
  /** Whether the sockets on a channel have read everything. Fields: node that asks, ticket, app, channel. */
  question: 13,
  /** They have. Field: the ticket. */
  answer: 14,
  /** A message to a target that this node listens to. Fields: mid, times of acceptance and expiry. Body: its text. */
  heard: 15,
  /** A document was changed. Fields: collection, id as backends/documents.ts encodes it. */
  document: 16,
  /** Statuses that are not stored, for senders of this node. Body: mid, device and status of each, as JSON. */
  progress: 17,
  /** Messages for devices with a socket on this node. Fields: channel of each, and its events as JSON, or "" for those before it. */
  messages: 18,
  /** The same that this node has published itself. Fields: their tickets. */
  ownMessages: 19,
} as const;

/** One kind of notice. */
export type NoticeKind = (typeof NOTICE)[keyof typeof NOTICE];

type Listener = (fields: readonly string[], body: Buffer) => void;

/** What comes to this node. */
export interface Notices {
  /**
   * Calls the listener for each notice of a kind, in the order in which Redis had them. The body is a view of bytes that
   * must not be kept.
   */
  on(kind: NoticeKind, listener: Listener): void;
  /** Calls the listener when notices were lost. It reads what they would have told. */
  onLost(listener: () => void): void;
  /** Listens for a node that has sent no notice yet, and no longer for the one before. */
  listen(node: string): Promise<void>;
  /** Compares what came with the number of the last notice that Redis had sent when it answered. */
  check(last: number): void;
  /** How many came, and how many were lost. */
  readonly counts: { readonly received: number; readonly lost: number };
}

/** Makes the dispatcher. */
export function createNotices(connection: RedisConnection, keys: Keys, logger: Logger): Notices {
  const failed = (error: unknown) => logger.error({ err: error }, 'listener fault');
  const listeners = new Map<number, Listeners<Parameters<Listener>>>();
  const losers = createListeners<[]>(failed);
  const counts = { received: 0, lost: 0 };
  let channel: string | undefined;
  let last = 0;

  /** A number that is not the next one: something was lost, or Redis has lost its last changes. */
  function skip(to: number): void {
    counts.lost += Math.max(1, to - last);
    last = to;
    losers.tell();
  }

  function receive(bytes: Buffer): void {
    const notice = decodeNotice(bytes);
    if (notice === undefined) {
      logger.debug({ bytes: bytes.length }, 'a notice of a later version, or a damaged one');
      return;
    }
    counts.received += 1;
    if (notice.number !== last + 1) skip(notice.number - 1);
    last = notice.number;
    // A node of a later version may send kinds that this one does not know.
    listeners.get(notice.kind)?.tell(notice.fields, notice.body);
  }

  return {
    on(kind, listener) {
      const known = listeners.get(kind) ?? createListeners(failed);
      listeners.set(kind, known);
      known.add(listener);
    },
    onLost: losers.add,
    async listen(node) {
      const before = channel;
      channel = keys.notices(node);
      last = 0;
      await connection.subscribe(channel, receive);
      if (before !== undefined && before !== channel) await connection.unsubscribe(before);
    },
    check(newest) {
      // Notices that came behind the answer, in the same bytes, are told before the code that waits for the answer goes on.
      if (newest > last) skip(newest);
    },
    counts,
  };
}
