// One socket in the channel core: who it is, what it may hear, what it hears.
import type { App } from '../../channel/app.ts';
import type { ChannelEvent, Connection } from '../../channel/connection.ts';
import type { Socket } from '../dialect.ts';
import type { IsAllowed } from './allowed.ts';
import { channelFor, MAX_LIST, MAX_NAME, nameOf } from './names.ts';
import type { GusherClusterPorts } from './ports.ts';

/** Whose socket it is, and what its app lets it hear. */
export interface Login {
  readonly app: App;
  readonly userId: string;
  /** Names and patterns. */
  readonly list: readonly string[];
}

/** The names of the events that change what the sockets of a user may hear; they travel on the user's own channel. */
export const ADD = 'gusher.addchannel';
export const RELOAD = 'gusher.reloadchannel';

/** Subscribes within what is allowed. */
export class Subscriber implements Connection {
  readonly id: string;
  readonly app: App;
  readonly userId: string;
  /** Names of the channels that it hears. */
  readonly heard = new Set<string>();
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

  /** What it may hear, as it was given. */
  get list(): readonly string[] {
    return this.#list;
  }

  deliver(events: readonly ChannelEvent[], channel: string): void {
    // Whoever publishes these publishes them one by one.
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

  /** Hears the channel from now on; false when it may not. */
  subscribe(name: string): boolean {
    if (!this.isAllowed(name)) return false;
    if (!this.heard.has(name)) {
      if (!this.#channels.subscribe(this.app, this, channelFor('c-', name)).ok) return false;
      this.heard.add(name);
    }
    return true;
  }

  /** Hears all of the channels from now on, or none of them more than before; false when one is not to be had. */
  subscribeAll(names: readonly string[]): boolean {
    const added: string[] = [];
    for (const name of names) {
      if (this.heard.has(name)) continue;
      if (!this.subscribe(name)) {
        for (const one of added) this.unsubscribe(one);
        return false;
      }
      added.push(name);
    }
    return true;
  }

  /** False when it did not hear the channel. */
  unsubscribe(name: string): boolean {
    if (!this.heard.delete(name)) return false;
    this.#channels.unsubscribe(this.app, this, channelFor('c-', name));
    return true;
  }

  /** Ends all subscriptions. */
  leave(): void {
    this.heard.clear();
    this.#channels.disconnect(this);
  }

  /**
   * Its list was changed by the app: the socket is told, and what it may not hear any more ends. Where there is no room for
   * one channel more, nothing changes.
   */
  #change({ name, data }: ChannelEvent): void {
    const value: unknown = JSON.parse(data);
    const names = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
    const list = name === ADD ? [...new Set([...this.#list, ...names])] : names;
    if (list.length > MAX_LIST) return;
    this.#list = list;
    this.#isAllowed = this.#toAllowed(this.#list);
    for (const heard of [...this.heard]) if (!this.isAllowed(heard)) this.unsubscribe(heard);
    const told = name === ADD ? { channel: value } : { channels: names };
    this.#socket.send(JSON.stringify({ data: told, event: name, socket_id: '' }));
  }
}
