// The sockets of the dialect: how many each app has, and how to find the session behind a connection of the core.
import type { App } from '../../channel/app.ts';
import type { Connection } from '../../channel/connection.ts';
import type { PusherSession } from './session.ts';

/** The sockets of all apps on this node. */
export class Peers {
  readonly #sessions = new Map<Connection, PusherSession>();
  /** Connections that count towards the quota. */
  readonly #counts = new Map<string, number>();

  add(connection: Connection, session: PusherSession): void {
    this.#sessions.set(connection, session);
  }

  remove(connection: Connection): void {
    this.#sessions.delete(connection);
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
    return this.#sessions.get(connection);
  }

  /** The sessions of one app. Walks through all sockets: for rare events such as the end of an app. */
  ofApp(appId: string): PusherSession[] {
    return [...this.#sessions.values()].filter((session) => session.appId === appId);
  }
}
