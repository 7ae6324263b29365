// The sessions of the dialect on this node: how many connections each app has, which devices they may be, and which session
// belongs to a connection of the core.
import type { App } from '../../../channel/app.ts';
import type { Connection } from '../../../channel/connection.ts';
import type { Closing } from '../refusals.ts';

/** The parts of a session that other files use. */
export interface KnownSession {
  readonly appId: string;
  /** The key with which the client connected. */
  readonly key: string;
  end(closing: Closing): void;
}

/** Finds sessions by socket, app or device, and counts the connections of each app. */
export class PusherSessions {
  /** By socket id. */
  readonly #sessions = new Map<string, KnownSession>();
  /** By socket id: the devices whose channels the socket may join. */
  readonly #devices = new Map<string, Set<string>>();
  /** By app id: connections that count towards the quota. */
  readonly #counts = new Map<string, number>();

  add(connection: Connection, session: KnownSession): void {
    this.#sessions.set(connection.id, session);
  }

  remove(connection: Connection): void {
    this.#sessions.delete(connection.id);
    this.#devices.delete(connection.id);
  }

  /** Counts one more connection of the app; false when its quota is used up. */
  reserve({ id, limits }: App): boolean {
    const count = this.count(id);
    if (limits.connections !== null && count >= limits.connections) return false;
    this.#counts.set(id, count + 1);
    return true;
  }

  /** Takes back what `reserve` counted. */
  release(appId: string): void {
    const count = this.count(appId) - 1;
    if (count > 0) this.#counts.set(appId, count);
    else this.#counts.delete(appId);
  }

  count(appId: string): number {
    return this.#counts.get(appId) ?? 0;
  }

  /** The counts of all apps that have connections. */
  counts(): Iterable<readonly [appId: string, count: number]> {
    return this.#counts;
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

  /** The sessions that may have joined the device's channel. Walks through the sockets of all devices. */
  ofDevice(device: string): KnownSession[] {
    const ids = [...this.#devices].filter(([, devices]) => devices.has(device)).map(([id]) => id);
    return ids.flatMap((id) => this.#sessions.get(id) ?? []);
  }

  /** The sessions of one app. Walks through all sockets, so it is for rare events such as the end of an app. */
  ofApp(appId: string): KnownSession[] {
    return [...this.#sessions.values()].filter((session) => session.appId === appId);
  }
}
