import type { App } from './app.ts';
import { type ChannelKind, kindOfChannel } from './channel-name.ts';
import type { ChannelEvent, Connection } from './connection.ts';
import { Presence } from './presence.ts';
import type { SubscriptionCount } from './subscription-count.ts';

/** A channel of one app. It exists only while it has subscribers. */
export class Channel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** The subscribers, each with its user id on presence channels. */
  readonly connections = new Map<Connection, string | undefined>();
  /** The members. Undefined except on presence channels. */
  readonly presence: Presence | undefined;
  /** The app as it was when the latest subscriber joined. */
  app: App;
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
    let count = connections.size;
    for (const connection of connections.keys()) {
      if (except !== undefined && connection.id === except) count -= 1;
      else connection.deliver(events, name);
    }
    return count;
  }
}
