// An app that was told about a join must be told about the leave, after a crash by the next run of the relay. These are the
// leaves that are still to be reported. Not here: which hooks are told, and when (reports.ts).
import type { Logger } from '../base/logger.ts';

/** The leave of a user, or the end of a channel, whose beginning an app was told. */
export interface PendingLeave {
  /** The id of the app. */
  readonly app: string;
  readonly channel: string;
  /** The user who joined a presence channel; empty: the channel itself got its first subscriber. */
  readonly user: string;
}

/**
 * Pending leaves that survive a crash. There are at most as many as channels and members, those of the last run included.
 * Changes that are called for in one turn of the event loop, with those of the `ReportStore` among them, are durable
 * together: a crash leaves all of them or none.
 */
export interface PendingLeaveStore {
  /** All of them, in any order. */
  load(): Promise<PendingLeave[]>;
  /** Adds it, unless it is there. */
  add(leave: PendingLeave): Promise<void>;
  /** Takes it out, if it is there. */
  remove(leave: PendingLeave): Promise<void>;
  /** Takes out all of an app. */
  forget(app: string): Promise<void>;
}

/** What {@link PendingLeaves} works with. */
export interface PendingLeavesPorts {
  readonly store: PendingLeaveStore;
  readonly logger: Logger;
}

/** Only the last part can contain line breaks. */
const channelKey = ({ app, channel }: PendingLeave) => `${app}\n${channel}`;
/** One text per leave, over all apps. */
export const leaveKey = (leave: PendingLeave) => `${channelKey(leave)}\n${leave.user}`;

/** The pending leaves of one relay. No one waits for their writes, which share a flush with the reports they belong to. */
export class PendingLeaves {
  readonly #store: PendingLeaveStore;
  readonly #logger: Logger;
  /** Users of the last run who have not come back, by channel and user. */
  readonly #absent = new Map<string, Map<string, PendingLeave>>();
  /** Leaves that were not handed to every hook yet, and that no new join has replaced. */
  readonly #telling = new Set<string>();

  constructor({ store, logger }: PendingLeavesPorts) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Loads what the last run left. `fate` says whether each leave is reported now, later or never. */
  async load(fate: (leave: PendingLeave) => 'now' | 'later' | 'never'): Promise<void> {
    for (const leave of await this.#store.load()) {
      const when = fate(leave);
      if (when === 'now') this.#miss(leave);
      else if (when === 'never') this.#write(leave, this.#store.remove(leave));
    }
  }

  /** Notes a join; true when the user has come back, which is not reported. */
  returned(leave: PendingLeave): boolean {
    return this.#absent.get(channelKey(leave))?.delete(leave.user) ?? false;
  }

  /** Takes the absent members of a channel. Their leaves are reported before the end of the channel. */
  takeMembers(leave: PendingLeave): PendingLeave[] {
    return this.#take(channelKey(leave));
  }

  /** Takes all who are absent, the members of a channel before the channel itself. */
  takeAll(): PendingLeave[] {
    return [...this.#absent.keys()].flatMap((key) => this.#take(key));
  }

  /**
   * A join is reported: returns a function to call whenever a hook is handed the report. After a crash in between, the
   * other hooks get only the leave, since a leave too many does less harm than one too few.
   */
  owe(leave: PendingLeave): () => void {
    this.#telling.delete(leaveKey(leave));
    return () => this.#write(leave, this.#store.add(leave));
  }

  /**
   * A leave is reported to so many hooks: returns a function to call whenever a hook is handed the report. Only the last
   * call counts, since some hooks collect for a while; after a crash before it, all of them get the leave again. A new
   * join in the meantime keeps its leave pending.
   */
  settle(leave: PendingLeave, hooks: number): () => void {
    const key = leaveKey(leave);
    this.#telling.add(key);
    let left = hooks;
    return () => {
      left -= 1;
      if (left === 0 && this.#telling.delete(key)) this.#write(leave, this.#store.remove(leave));
    };
  }

  /** The app was removed: no one is left to be told. */
  forget(app: string): void {
    const ofApp = `${app}\n`;
    for (const keys of [this.#absent, this.#telling]) {
      for (const key of keys.keys()) if (key.startsWith(ofApp)) keys.delete(key);
    }
    this.#write({ app }, this.#store.forget(app));
  }

  #miss(leave: PendingLeave): void {
    const key = channelKey(leave);
    const absent = this.#absent.get(key) ?? new Map<string, PendingLeave>();
    this.#absent.set(key, absent.set(leave.user, leave));
  }

  #take(key: string): PendingLeave[] {
    const absent = this.#absent.get(key) ?? new Map<string, PendingLeave>();
    this.#absent.delete(key);
    const own = absent.get('');
    absent.delete('');
    return own === undefined ? [...absent.values()] : [...absent.values(), own];
  }

  #write({ app }: Pick<PendingLeave, 'app'>, written: Promise<void>): void {
    written.catch((error: unknown) => this.#logger.error({ err: error, app }, 'a pending leave could not be stored'));
  }
}
