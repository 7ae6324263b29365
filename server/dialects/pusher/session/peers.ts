// The sockets of the dialect: how many each app has, which devices they are, and the session behind a connection of the
// core.
import type { App } from '../../../channel/app.ts';
import type { Connection } from '../../../channel/connection.ts';
import type { PusherSession } from './session.ts';

/** The sockets of all apps on this node. */
export class Peers {
  /** By socket id. */
  readonly #sessions = new Map<string, PusherSession>();
  /** By socket id, for those that may join the channels of devices: which devices. */
  readonly #devices = new Map<string, Set<string>>();
  /** Connections that count towards the quota. */
  readonly #counts = new Map<string, number>();

  add(connection: Connection, session: PusherSession): void {
    this.#sessions.set(connection.id, session);
  }

  remove(connection: Connection): void {
    this.#sessions.delete(connection.id);
    this.#devices.delete(connection.id);
  }

  /** Takes a place of the app's quota; false when there is none left. */
  takePlace({ id, limits }: App): boolean {
    const count = this.count(id);
    if (limits.connections !== null && count >= limits.connections) return false;
    this.#counts.set(id, count + 1);
    return true;
  }

  givePlace(appId: string): void {
    const count = this.count(appId) - 1;
    if (count > 0) this.#counts.set(appId, count);
    else this.#counts.delete(appId);
  }

  count(appId: string): number {
    return this.#counts.get(appId) ?? 0;
  }

  /** The counts of all apps that have any. */
  counts(): Iterable<readonly [appId: string, count: number]> {
    return this.#counts;
  }

  of(connection: Connection): PusherSession | undefined {
    return this.#sessions.get(connection.id);
  }

  /** Remembers that a socket was given a proof to be the device. It counts from now on, whether it is used or not. */
  admitDevice(socketId: string, device: string): void {
    if (!this.#sessions.has(socketId)) return;
    const devices = this.#devices.get(socketId) ?? new Set();
    this.#devices.set(socketId, devices.add(device));
  }

  /** The sessions that may be the device. Walks through the sockets of all devices. */
  ofDevice(device: string): PusherSession[] {
    const ids = [...this.#devices].filter(([, devices]) => devices.has(device)).map(([id]) => id);
    return ids.flatMap((id) => this.#sessions.get(id) ?? []);
  }

  /** The sessions of one app. Walks through all sockets: for rare events such as the end of an app. */
  ofApp(appId: string): PusherSession[] {
    return [...this.#sessions.values()].filter((session) => session.appId === appId);
  }
}
