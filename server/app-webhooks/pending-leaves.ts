// An app that received the report of a join must also receive that of the leave, even if the relay crashes in between:
// then the next run reports it. This file keeps the leaves that are still to be reported.
// Not here: which hooks get a report, and when (reports.ts).
import type { Logger } from '../base/logger.ts';

/** A leave to report: of a user, or of the last subscriber of a channel. Its join was reported. */
export interface PendingLeave {
  /** The id of the app. */
  readonly app: string;
  readonly channel: string;
  /** The user who joined a presence channel; empty if the channel itself got its first subscriber. */
  readonly user: string;
}

/**
 * Pending leaves that survive a crash: at most one per channel and per member, including those of the last run. Changes
 * that are made in one turn of the event loop, also those of the `ReportStore`, become durable together: after a crash,
 * all of them are stored or none.
 */
export interface PendingLeaveStore {
  /** All leaves, in any order. */
  load(): Promise<PendingLeave[]>;
  /** Adds a leave, unless it is already there. */
  add(leave: PendingLeave): Promise<void>;
  /** Removes a leave, if it is there. */
  remove(leave: PendingLeave): Promise<void>;
  /** Removes all leaves of an app. */
  forget(app: string): Promise<void>;
}

/** What {@link PendingLeaves} works with. */
export interface PendingLeavesPorts {
  readonly store: PendingLeaveStore;
  readonly logger: Logger;
}

/** Line breaks separate the parts of a key. Only the last part, the user, can itself contain line breaks. */
const channelKey = ({ app, channel }: PendingLeave) => `${app}\n${channel}`;
/** Identifies a leave among those of all apps. */
export const leaveKey = (leave: PendingLeave) => `${channelKey(leave)}\n${leave.user}`;

/** The pending leaves of one relay. No caller waits for a write, since it becomes durable together with its report. */
export class PendingLeaves {
  readonly #store: PendingLeaveStore;
  readonly #logger: Logger;
  /** Users of the last run who have not come back, by channel and user. */
  readonly #absent = new Map<string, Map<string, PendingLeave>>();
  /** Leaves whose report has not reached every hook's queue yet, and that no new join has cancelled. */
  readonly #unsettled = new Set<string>();

  constructor({ store, logger }: PendingLeavesPorts) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Loads what the last run left. `fate` says whether each leave is reported now, later or never. */
  async load(fate: (leave: PendingLeave) => 'now' | 'later' | 'never'): Promise<void> {
    for (const leave of await this.#store.load()) {
      const when = fate(leave);
      if (when === 'now') this.#addAbsent(leave);
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

  /** Takes all absent users and channels, the members of a channel before the channel itself. */
  takeAll(): PendingLeave[] {
    return [...this.#absent.keys()].flatMap((key) => this.#take(key));
  }

  /**
   * Call this when a join is reported, and call the returned function each time a hook gets the report. If the relay
   * crashes in between, the other hooks get only the leave: a leave too many does less harm than one too few.
   */
  owe(leave: PendingLeave): () => void {
    this.#unsettled.delete(leaveKey(leave));
    return () => this.#write(leave, this.#store.add(leave));
  }

  /**
   * Call this when a leave is reported to that number of `hooks`, and call the returned function each time one of them gets
   * the report. The last call settles the leave, since some hooks collect reports for a while; if the relay crashes
   * before it, all of them get the leave again. If the user joins again in the meantime, the leave stays pending.
   */
  settle(leave: PendingLeave, hooks: number): () => void {
    const key = leaveKey(leave);
    this.#unsettled.add(key);
    let left = hooks;
    return () => {
      left -= 1;
      if (left === 0 && this.#unsettled.delete(key)) this.#write(leave, this.#store.remove(leave));
    };
  }

  /** Drops all leaves of an app that was removed. */
  forget(app: string): void {
    const ofApp = `${app}\n`;
    for (const keys of [this.#absent, this.#unsettled]) {
      for (const key of keys.keys()) if (key.startsWith(ofApp)) keys.delete(key);
    }
    this.#write({ app }, this.#store.forget(app));
  }

  #addAbsent(leave: PendingLeave): void {
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
