// One socket in the channel core: its user, the channels that it may subscribe to, and those that it is subscribed to.
import { type MaybePromise, then } from '../../base/maybe-promise.ts';
import type { App } from '../../channel/app.ts';
import type { ChannelEvent, Connection } from '../../channel/connection.ts';
import type { Socket } from '../dialect.ts';
import type { IsAllowed } from './allowed.ts';
import { channelFor, MAX_LIST, MAX_NAME, nameOf } from './names.ts';
import type { GusherClusterPorts } from './ports.ts';

/** The user of a socket, and the channels that it may subscribe to. */
export interface Login {
  readonly app: App;
  readonly userId: string;
  /** The names and patterns of channels that the socket may subscribe to. */
  readonly list: readonly string[];
}

/** Events that change which channels a user's sockets may subscribe to. They arrive on the user's own channel. */
export const ADD = 'gusher.addchannel';
export const RELOAD = 'gusher.reloadchannel';

/** One socket as a connection of the channel core. It subscribes only to channels that it is allowed. */
export class Subscriber implements Connection {
  readonly id: string;
  readonly app: App;
  readonly userId: string;
  /** Names of the channels that it is subscribed to. */
  readonly subscribed = new Set<string>();
  readonly #socket: Socket;
  readonly #channels: GusherClusterPorts['channels'];
  readonly #toAllowed: (list: readonly string[]) => IsAllowed;
  #list: readonly string[];
  #isAllowed: IsAllowed;

  constructor(
    socket: Socket,
    channels: GusherClusterPorts['channels'],
    { app, userId, list }: Login,
    toAllowed: (list: readonly string[]) => IsAllowed,
  ) {
    this.id = socket.id;
    this.app = app;
    this.userId = userId;
    this.#socket = socket;
    this.#channels = channels;
    this.#toAllowed = toAllowed;
    this.#list = list;
    this.#isAllowed = toAllowed(list);
  }

  /** The allowed names and patterns, as the app listed them. */
  get list(): readonly string[] {
    return this.#list;
  }

  deliver(events: readonly ChannelEvent[], channel: string): void {
    // These events are always published one at a time.
    const [event] = events;
    const isControl = (event?.name === ADD || event?.name === RELOAD) && nameOf('u-', event.channel) !== undefined;
    if (isControl) this.#change(event);
    else this.#socket.deliver(events, channel);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  isAllowed(name: string): boolean {
    return name !== '' && name.length <= MAX_NAME && this.#isAllowed(name);
  }

  /** Subscribes to the channel; false when it is not allowed. Already being subscribed is fine. */
  subscribe(name: string): MaybePromise<boolean> {
    if (!this.isAllowed(name)) return false;
    if (this.subscribed.has(name)) return true;
    const { userId: user } = this;
    return then(this.#channels.subscribe(this.app, this, channelFor('c-', name), { user }), ({ ok }) => {
      if (ok) this.subscribed.add(name);
      return ok;
    });
  }

  /** Subscribes to all of the channels. Returns false and changes nothing when one of them is not allowed. */
  async subscribeAll(names: readonly string[]): Promise<boolean> {
    const added: string[] = [];
    for (const name of names) {
      if (this.subscribed.has(name)) continue;
      if (!(await this.subscribe(name))) {
        for (const earlier of added) this.unsubscribe(earlier);
        return false;
      }
      added.push(name);
    }
    return true;
  }

  /** Unsubscribes from the channel; false when it was not subscribed to it. */
  unsubscribe(name: string): boolean {
    if (!this.subscribed.delete(name)) return false;
    this.#channels.unsubscribe(this.app, this, channelFor('c-', name));
    return true;
  }

  /** Ends all subscriptions. */
  leave(): void {
    this.subscribed.clear();
    this.#channels.disconnect(this);
  }

  /**
   * Applies a change of the list, tells the client, and ends subscriptions that are no longer allowed. A list that is too long
   * changes nothing.
   */
  #change({ name, data }: ChannelEvent): void {
    const value: unknown = JSON.parse(data);
    const names = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
    const list = name === ADD ? [...new Set([...this.#list, ...names])] : names;
    if (list.length > MAX_LIST) return;
    this.#list = list;
    this.#isAllowed = this.#toAllowed(this.#list);
    for (const channel of [...this.subscribed]) if (!this.isAllowed(channel)) this.unsubscribe(channel);
    const change = name === ADD ? { channel: value } : { channels: names };
    this.#socket.send(JSON.stringify({ data: change, event: name, socket_id: '' }));
  }
}
