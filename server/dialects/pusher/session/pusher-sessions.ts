// The sessions of the dialect on this node: which devices they may be, and which session belongs to a connection of the core.
import type { Connection } from '../../../channel/connection.ts';
import type { Closing } from '../refusals.ts';

/** The parts of a session that other files use. */
export interface KnownSession {
  readonly appId: string;
  /** The key with which the client connected. */
  readonly key: string;
  end(closing: Closing): void;
}

/** How many names of removed devices are kept. Beyond that, every socket from before counts as older than any removal. */
const MAX_REMOVED = 10_000;

/** Finds sessions by socket, app or device. */
export class PusherSessions {
  /** By socket id. */
  readonly #sessions = new Map<string, KnownSession>();
  /** By socket id: the devices whose channels the socket may join. */
  readonly #devices = new Map<string, Set<string>>();

  /** How many devices were removed or replaced so far. */
  #removals = 0;
  /** Which of these removals was the last one of each name. */
  readonly #removedAt = new Map<string, number>();
  /** Up to which of them names are no longer kept. */
  #forgotten = 0;

  /** A moment, for `isOutdated`. */
  get moment(): number {
    return this.#removals;
  }

  add(connection: Connection, session: KnownSession): void {
    this.#sessions.set(connection.id, session);
  }

  remove(connection: Connection): void {
    this.#sessions.delete(connection.id);
    this.#devices.delete(connection.id);
  }

  of(connection: Connection): KnownSession | undefined {
    return this.#sessions.get(connection.id);
  }

  /** Notes that a socket got a signature for the device's channel. Counts from now on, even if the socket never uses it. */
  admitDevice(socketId: string, device: string): void {
    if (!this.#sessions.has(socketId)) return;
    const devices = this.#devices.get(socketId) ?? new Set();
    this.#devices.set(socketId, devices.add(device));
  }

  /** Notes that a device was removed or replaced. */
  removed(device: string): void {
    if (this.#removedAt.size >= MAX_REMOVED) {
      this.#removedAt.clear();
      this.#forgotten = this.#removals;
    }
    this.#removals += 1;
    this.#removedAt.set(device, this.#removals);
  }

  /** Whether the device was removed or replaced since that moment. */
  isOutdated(moment: number, device: string): boolean {
    return moment < Math.max(this.#forgotten, this.#removedAt.get(device) ?? 0);
  }

  /** The sessions that may have joined the device's channel. Walks through the sockets of all devices. */
  ofDevice(device: string): KnownSession[] {
    const ids = [...this.#devices].filter(([, devices]) => devices.has(device)).map(([id]) => id);
    return ids.flatMap((id) => this.#sessions.get(id) ?? []);
  }

  /** The sessions that may have joined the channel of any device. */
  ofDevices(): KnownSession[] {
    return [...this.#devices.keys()].flatMap((id) => this.#sessions.get(id) ?? []);
  }

  /** The sessions of one app. Walks through all sockets, so it is for rare events such as the end of an app. */
  ofApp(appId: string): KnownSession[] {
    return [...this.#sessions.values()].filter((session) => session.appId === appId);
  }
}
