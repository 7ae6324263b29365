// When a device must not ring: quiet hours by the clock, and what it has muted. There is no logic here.

/** A day of the week. */
export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** Every day, Monday first. */
export const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Hours in which a device gets no pushes. */
export interface QuietHours {
  /** Times of day such as `22:30`. If `to` is not after `from`, it is on the next day. `to` may be `24:00`. */
  readonly from: string;
  readonly to: string;
  /** A time zone such as `Europe/Berlin`; absent: that of the relay. */
  readonly tz?: string | undefined;
  /** The days on which they begin; absent: every day. */
  readonly days?: readonly Weekday[] | undefined;
  /** What rings all the same. */
  readonly let?:
    | {
        /** Messages of this priority and above. */
        readonly priority?: number | undefined;
        /** Messages to these groups. */
        readonly groups?: readonly string[] | undefined;
        /** Messages with these keys. */
        readonly keys?: readonly string[] | undefined;
      }
    | undefined;
}

/** What a device has muted: one of a sender, a group and a key. */
export interface Mute {
  readonly sender?: string | undefined;
  readonly group?: string | undefined;
  readonly key?: string | undefined;
  /** When it ends, ms since 1970; absent: never. */
  readonly until?: number | undefined;
}

/** What was held back for a device, in the one notification at the end of its quiet hours. */
export interface Digest {
  /** Messages and alerts that no one has read. */
  readonly count: number;
  /** Those of them that still fire or wait for an answer. */
  readonly open: number;
}
