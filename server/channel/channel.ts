import type { App } from './app.ts';
import { type ChannelKind, kindOfChannel } from './channel-name.ts';
import type { ChannelEvent, Connection } from './connection.ts';
import { Presence } from './presence.ts';
import type { SubscriptionCount } from './subscription-count.ts';

/** What a held subscriber would have got: events with the channel that they came through. */
type Held = (readonly ChannelEvent[])[];

/** The most deliveries that are held for one subscriber. */
const MAX_HELD = 64;

/** Tells a client to connect again. */
const TOO_SLOW = { code: 4200, reason: 'the subscription took too long; connect again' };

/** Whether events are new to someone who knows these members. Notices of members come one at a time. */
function isNews([event]: readonly ChannelEvent[], there: Set<string>): boolean {
  const { type, userId = '' } = event ?? {};
  if (type === 'member_removed') return there.delete(userId);
  if (type !== 'member_added') return true;
  const isNew = !there.has(userId);
  there.add(userId);
  return isNew;
}

/** A channel of one app. It exists only while it has subscribers. */
export class Channel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** The subscribers, each with its user id if it has one, as all have on presence channels. */
  readonly connections = new Map<Connection, string | undefined>();
  /** The members. Undefined except on presence channels. */
  readonly presence: Presence | undefined;
  /** The app as it was when the latest subscriber joined. */
  app: App;
  /** Subscribers that get nothing before they were greeted. Undefined when there are none, as always on a single node. */
  #held: Map<Connection, Held> | undefined;
  /** Announces the number of subscribers. Created with the first announcement. */
  count: SubscriptionCount | undefined;

  constructor(app: App, name: string) {
    this.app = app;
    this.name = name;
    this.kind = kindOfChannel(name);
    this.presence = this.kind.presence ? new Presence() : undefined;
  }

  /** Delivers events to all subscribers except the one with the socket id `except`. Returns how many subscribers got them. */
  send(events: readonly ChannelEvent[], except?: string): number {
    const { name, connections } = this;
    const held = this.#held;
    let count = connections.size;
    for (const connection of connections.keys()) {
      if (except !== undefined && connection.id === except) count -= 1;
      else if (held?.has(connection) === true) this.#keep(connection, events);
      else connection.deliver(events, name);
    }
    return count;
  }

  /** Keeps back what comes for a subscriber until `release`. */
  hold(connection: Connection): void {
    this.#held ??= new Map();
    this.#held.set(connection, []);
  }

  /**
   * Delivers what was kept back for a subscriber.
   * @param members on presence channels: ids of the members that the subscriber was told of
   */
  release(connection: Connection, members: Iterable<string> | undefined): void {
    const held = this.#held?.get(connection);
    if (held === undefined) return;
    this.#held?.delete(connection);
    if (this.#held?.size === 0) this.#held = undefined;
    if (!this.connections.has(connection)) return;
    const there = new Set(members);
    for (const events of held) if (isNews(events, there)) connection.deliver(events, this.name);
  }

  #keep(connection: Connection, events: readonly ChannelEvent[]): void {
    const held = this.#held?.get(connection);
    if (held !== undefined && held.length < MAX_HELD) held.push(events);
    else connection.close(TOO_SLOW.code, TOO_SLOW.reason);
  }
}
