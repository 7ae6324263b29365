// How the two levels of gusher.cluster differ. The paths of their calls, which differ too, are in http.ts.
import type { MaybePromise } from '../../base/maybe-promise.ts';
import type { App } from '../../channel/app.ts';
import type { Session, Socket } from '../dialect.ts';
import type { IsAllowed } from './allowed.ts';
import type { Subscriber } from './subscriber.ts';
import type { UpgradeCheck } from './upgrade-check.ts';

/** WebSocket close code for a frame that the relay does not understand. */
export const POLICY_VIOLATION = 1008;

/** The differences, as one set of functions for each level. */
export interface Level {
  /** Decides who may connect. */
  readonly check: UpgradeCheck;
  /** Reads a list of allowed channels. */
  readonly toAllowed: (list: readonly string[]) => IsAllowed;
  /** Opens the session of a socket. */
  readonly open: (socket: Socket, subscriber: Subscriber) => Pick<Session, 'receive'>;
  /** The app of a key. @throws RelayError `invalid` when there is none */
  readonly appOf: (key: string) => MaybePromise<App>;
  /** The data of a push as JSON. */
  readonly toData: (text: string) => string;
}
