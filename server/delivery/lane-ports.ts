// What a lane, with its parts, asks of its outbox. No implementation lives here.
import type { Status } from '../../shared/status.ts';
import type { Clock } from '../base/clock.ts';
import type { ReadBounds, WaitingPage } from './ports.ts';
import type { ReadAhead } from './read-ahead.ts';

/** What a lane needs of its outbox. None of these may throw. */
export interface LanePorts {
  readonly clock: Clock;
  /** What all lanes hold in memory. */
  readonly readAhead: ReadAhead;
  /** Unsettled deliveries of the device with a mid above `after`, ascending, within the bounds. */
  load(after: string, bounds: ReadBounds): Promise<WaitingPage>;
  /** Whether the device is connected on a route with acknowledgements. */
  connected(): boolean;
  /** This lane went offline. */
  slept(): void;
  /** A step of an attempt changed the public status. */
  progress(mid: string, status: Status): void;
  /** An attempt begins that is not the first one. */
  retried?(): void;
  /** The receiver did not take a delivery in its first tries. */
  troubled(mid: string, reason: string): void;
  /** The receiver has it. */
  confirmed(mid: string): void;
  /** The log cannot read it. */
  damaged(mid: string): void;
  /** This transport will never take it. */
  refused(mid: string, reason: string): void;
  /** The address is dead; the outbox closes the lane. */
  gone(reason: string): void;
  /** A fault of the relay itself, to be logged. */
  fault(error: unknown): void;
  /** A number in [0, 1). */
  random(): number;
}
