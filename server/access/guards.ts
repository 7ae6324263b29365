// What a relay counts so that no caller gets more than its share: wrong credentials, pairing codes, rates, connections. A
// backend keeps it for all nodes together, so that a caller gets no more by asking several of them.
//
// A store that is elsewhere answers with promises, and rejects with RelayError `unavailable` while it cannot be reached. A
// store of this process answers at once.

import type { MaybePromise } from '../base/maybe-promise.ts';

/** Counts the wrong credentials of each network. */
export interface ThrottleStore {
  /**
   * Counts a wrong credential. The same one counts once.
   * @param value a digest of the credential, equal on all nodes
   * @param limit how many different ones the network may show
   * @param forMs how long from now they count, if this is the first of them
   */
  fail(network: string, value: string, limit: number, forMs: number): MaybePromise<void>;
  /** Calls the listener when a network has reached its limit, on every node. `forMs`: how long it stays locked out. */
  onLockout(listener: (network: string, forMs: number) => void): void;
}

/** What a pairing code offers. */
export interface Pairing {
  /** The device that made the code; absent if the owner did. */
  readonly by?: string;
  /** Whether it lets a paired device manage the relay. Such a code pairs none. */
  readonly manage?: true;
  /** When the code expires, in ms since 1970. It is shown, and nothing else. */
  readonly expiresAt: number;
}

/** Bounds of pairing codes. Beyond a number, the oldest of its codes ends. Codes of devices never displace the owner's. */
export const PAIRING_BOUNDS = {
  /** How long a code lives, in ms. */
  lifetime: 10 * 60_000,
  ofOwner: 100,
  ofDevice: 10,
  ofDevices: 1000,
} as const;

/** Keeps the pairing codes within {@link PAIRING_BOUNDS}. */
export interface PairingStore {
  add(code: string, pairing: Pairing): MaybePromise<void>;
  /** Undefined for a code that is unknown, used or expired. */
  find(code: string): MaybePromise<Pairing | undefined>;
  /** Takes the code for one caller. Undefined also while another caller has it. */
  claim(code: string): MaybePromise<Pairing | undefined>;
  /** Whether a claimed code still exists. It does not once its maker was removed. */
  stands(code: string): MaybePromise<boolean>;
  /** Lets others claim the code again. */
  release(code: string): MaybePromise<void>;
  end(code: string): MaybePromise<void>;
  /** Ends all codes that the device made. */
  endOf(device: string): MaybePromise<void>;
}

/** Bounds of kept answers: how many of one app, and for how long, in ms. */
export const ANSWER_BOUNDS = { ofApp: 10_000, lifetime: 600_000 } as const;

/** An answer, and the digest of the request that got it. */
export interface KeptAnswer {
  readonly digest: string;
  readonly answer: string;
}

/** Keeps the answers to requests that may be repeated, within {@link ANSWER_BOUNDS}. */
export interface AnswerStore {
  /**
   * The kept answer to the request. `new`: there is none, and no one else may carry out the request until `keep` or
   * `release`. `busy`: another caller is carrying it out.
   */
  claim(app: string, request: string): MaybePromise<KeptAnswer | 'new' | 'busy'>;
  keep(app: string, request: string, kept: KeptAnswer): MaybePromise<void>;
  /** Ends a claim without an answer. */
  release(app: string, request: string): MaybePromise<void>;
  /** Drops all answers of an app that was removed. */
  forget(app: string): MaybePromise<void>;
}

/** What is left of a rate. */
export interface RateLevel {
  /** How much may be taken now. Below zero while an app owes something. */
  readonly left: number;
  /** Seconds until as much as was asked for is there; 0 if it was taken. */
  readonly wait: number;
}

/** Counts what apps do per second, and what keys send. */
export interface RateStore {
  /**
   * Takes `count`, if there is as much. More than one second's worth is taken when all of it is there, and the rest is owed.
   * @param app the app as it is now; one that was replaced begins with a full rate
   * @param burst the most that can be taken after a pause; by default one second's worth
   */
  take(
    app: { readonly id: string },
    rate: string,
    perSecond: number,
    count: number,
    burst?: number,
  ): MaybePromise<RateLevel>;
}

/** Counts the connections of each app. */
export interface PlaceStore {
  /** Takes a place; false if the app has as many as it may. @param most null for an app without a bound */
  take(app: string, most: number | null): MaybePromise<boolean>;
  /** Gives a place back. Never fails: what cannot be given back now is given back later. */
  give(app: string): void;
  /** The places of an app that are taken, on all nodes. */
  count(app: string): MaybePromise<number>;
  /** The places that were taken on this node. */
  taken(): Iterable<readonly [app: string, count: number]>;
}

/** Keeps what short-lived tokens stand for. */
export interface LoginStore {
  /** @param bounds how many tokens are kept, of which the oldest goes first, and for how many ms */
  put(token: string, text: string, bounds: { readonly most: number; readonly forMs: number }): MaybePromise<void>;
  get(token: string): MaybePromise<string | undefined>;
}

/** All of them. */
export interface Guards {
  readonly throttle: ThrottleStore;
  readonly pairings: PairingStore;
  readonly answers: AnswerStore;
  readonly rates: RateStore;
  readonly places: PlaceStore;
  readonly logins: LoginStore;
}
