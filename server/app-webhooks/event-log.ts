// What reports need from a backend that several nodes share: the events that apps are still to be told of, until their
// reports are durable. No implementation lives here.
import type { EventReport } from './event-report.ts';
import type { NewReport } from './report-store.ts';

/** What happened on a channel. */
export type ChannelNews =
  /** The channel got its first subscriber of all nodes or lost its last, or a user of a presence channel did. */
  | {
      readonly type: 'occupied' | 'vacated' | 'member_added' | 'member_removed';
      /** The user; empty if it is about the channel itself. */
      readonly user: string;
      /** The info of a member who was added. */
      readonly info?: unknown;
    }
  | { readonly type: 'counted'; readonly count: number }
  /** Anything else, in the format of the app's hooks. */
  | { readonly type: 'event'; readonly event: EventReport };

/** An event in the log. */
export interface LoggedEvent {
  readonly id: string;
  /** The id of the app. */
  readonly app: string;
  readonly channel: string;
  readonly news: ChannelNews;
  /** How long ago it was logged, in ms. */
  readonly age: number;
  /** Whether it is an end for which no node was alive, so that no one could come back at once. */
  readonly wasOutage: boolean;
}

/** The part of the log that one node tells apps about. All events of a channel are in one part, in their order. */
export interface LogPart {
  /**
   * Makes reports durable and deletes the events that they tell, in one step. It is tried until it is known.
   * @returns the reports whose address has too many; `lost` if the part belongs to another node now. Then nothing has
   * changed, or the other node has found it changed.
   */
  report(events: readonly string[], reports: readonly NewReport[]): Promise<readonly NewReport[] | 'lost'>;
}

/** What becomes of the events of one part. */
export interface PartReader {
  /** Takes events in their order. More come when the promise is settled; these come again if it is rejected. */
  take(events: readonly LoggedEvent[]): Promise<void>;
  /** The part goes to another node. What this one has not reported is read again there. */
  lose(): void;
}

/** The events of all nodes. */
export interface EventLog {
  /**
   * Adds an event of this node. Resolves to false if there are too many.
   * @param quiet ms in which no other event of that name and channel is added
   */
  add(app: string, channel: string, event: EventReport, quiet?: number): Promise<boolean>;
  /** Calls `open` for each part that this node gets, which then reads the part from its beginning. */
  onPart(open: (part: LogPart) => PartReader): void;
}
