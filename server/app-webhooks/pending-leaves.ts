// The ends that apps are owed: whoever was told that somebody is there has to be told when nobody is, even by the next run
// of the relay after a crash. Not here: who is told what, and when; that is reports.ts.
import type { Logger } from '../base/logger.ts';

/** The end of what an app was told the beginning of. */
export interface PendingLeave {
  /** The id of the app. */
  readonly app: string;
  readonly channel: string;
  /** The user of a presence channel who came; empty: the channel itself got a subscriber. */
  readonly user: string;
}

/**
 * Owed ends that outlive a crash. There are never more than channels and members, those of the last run included.
 * Changes that are called for in one turn of the event loop, with `MessageLog.append` among them, are durable together:
 * a crash leaves all of them or none.
 */
export interface PendingLeaveStore {
  /** All of them, in any order. */
  load(): Promise<PendingLeave[]>;
  /** Adds it, unless it is there. */
  add(end: PendingLeave): Promise<void>;
  /** Takes it out, if it is there. */
  remove(end: PendingLeave): Promise<void>;
  /** Takes out all of an app. */
  forget(app: string): Promise<void>;
}

/** What it takes. */
export interface PendingLeavesPorts {
  readonly store: PendingLeaveStore;
  readonly logger: Logger;
}

/** No part but the last one has line breaks. */
const channelKey = ({ app, channel }: PendingLeave) => `${app}\n${channel}`;
/** One text per end, over all apps. */
export const leaveKey = (end: PendingLeave) => `${channelKey(end)}\n${end.user}`;

/** What one relay owes. Nobody waits for its writes: they share the flush of the reports that they belong to. */
export class PendingLeaves {
  readonly #store: PendingLeaveStore;
  readonly #logger: Logger;
  /** By channel and user: who was there when the last run was cut short, and has not come back. */
  readonly #absent = new Map<string, Map<string, PendingLeave>>();
  /** Ends that have not reached every hook yet, and of which nothing has begun anew since. */
  readonly #telling = new Set<string>();

  constructor({ store, logger }: PendingLeavesPorts) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Takes up what the last run left. `fate` says of each whether somebody waits for it now, later or never. */
  async load(fate: (end: PendingLeave) => 'now' | 'later' | 'never'): Promise<void> {
    for (const end of await this.#store.load()) {
      const when = fate(end);
      if (when === 'now') this.#miss(end);
      else if (when === 'never') this.#write(end, this.#store.remove(end));
    }
  }

  /** Notes that somebody came; true when it is a return, of which no app hears. */
  returned(end: PendingLeave): boolean {
    return this.#absent.get(channelKey(end))?.delete(end.user) ?? false;
  }

  /** The members of a channel that are absent, who are so no more: what ends has to end before the channel does. */
  takeMembers(end: PendingLeave): PendingLeave[] {
    return this.#take(channelKey(end));
  }

  /** Everybody who is absent, and is so no more; the members of a channel before the channel. */
  takeAll(): PendingLeave[] {
    return [...this.#absent.keys()].flatMap((key) => this.#take(key));
  }

  /**
   * What ends so begins: returns what is to be called with each hook that takes the news. A crash before the last one has
   * those after it hear of the end alone, since one end too many does less harm than one too few.
   */
  owe(end: PendingLeave): () => void {
    this.#telling.delete(leaveKey(end));
    return () => this.#write(end, this.#store.add(end));
  }

  /**
   * It is told to so many hooks: returns what is to be called with each that takes the news. The last one counts, for some
   * gather a while: a crash before that has all of them hear of it again. What begins anew meanwhile stays owed.
   */
  settle(end: PendingLeave, hooks: number): () => void {
    const key = leaveKey(end);
    this.#telling.add(key);
    let left = hooks;
    return () => {
      left -= 1;
      if (left === 0 && this.#telling.delete(key)) this.#write(end, this.#store.remove(end));
    };
  }

  /** The app was removed: nobody is left to be told. */
  forget(app: string): void {
    const ofApp = `${app}\n`;
    for (const keys of [this.#absent, this.#telling]) {
      for (const key of keys.keys()) if (key.startsWith(ofApp)) keys.delete(key);
    }
    this.#write({ app }, this.#store.forget(app));
  }

  #miss(end: PendingLeave): void {
    const key = channelKey(end);
    const absent = this.#absent.get(key) ?? new Map<string, PendingLeave>();
    this.#absent.set(key, absent.set(end.user, end));
  }

  #take(key: string): PendingLeave[] {
    const absent = this.#absent.get(key) ?? new Map<string, PendingLeave>();
    this.#absent.delete(key);
    const own = absent.get('');
    absent.delete('');
    return own === undefined ? [...absent.values()] : [...absent.values(), own];
  }

  #write({ app }: Pick<PendingLeave, 'app'>, written: Promise<void>): void {
    written.catch((error: unknown) => this.#logger.error({ err: error, app }, 'an owed end could not be kept'));
  }
}
