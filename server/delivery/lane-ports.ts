// What a lane and its parts need from their outbox. No implementation lives here.
import type { Message } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';
import type { Clock } from '../base/clock.ts';
import type { ReadBounds, WaitingPage } from './ports.ts';
import type { ReadAhead } from './read-ahead.ts';

/**
 * What a lane needs from its outbox. None of these may throw. All lanes of an outbox share the object, so each names its
 * transport.
 */
export interface LanePorts {
  readonly clock: Clock;
  /** The messages that all lanes hold in memory. */
  readonly readAhead: ReadAhead;
  /** Unsettled deliveries of the device with a mid above `after`, ascending, within the bounds. */
  load(after: string, bounds: ReadBounds): Promise<WaitingPage>;
  /** Whether this node may begin an attempt now. When it may again, the outbox calls `ring`. */
  mayBegin(): boolean;
  /** Whether the device stays silent for a message. @param isStored whether it was read from the log */
  isSilent(message: Message, isStored: boolean): boolean;
  /**
   * Called when this lane does not send a message because the device stays silent.
   * @param before `tried`: an attempt has begun and given the delivery its status; `held`: it was held before
   */
  held(message: Message, transport: string, before?: 'tried' | 'held'): void;
  /** Whether the device is connected on a route with acknowledgements. */
  connected(): boolean;
  /** Called when this lane went offline. */
  slept(transport: string): void;
  /** Called when a step of an attempt changes the public status. */
  progress(mid: string, status: Status, transport: string): void;
  /** Called when a repeated attempt begins. */
  retried?(transport: string): void;
  /** Called for each try that fails for now. */
  failed?(mid: string, reason: string, transport: string): void;
  /** Called when the receiver did not take a delivery in its first tries. */
  troubled(mid: string, reason: string, transport: string): void;
  /** Called when the receiver has the message. */
  confirmed(mid: string, transport: string): void;
  /** Called when the log cannot read the message. */
  damaged(mid: string, transport: string): void;
  /** Called when the receiver refuses the message for good. */
  refused(mid: string, reason: string, transport: string): void;
  /** Called when the address is dead. The outbox closes the lane. */
  gone(reason: string, transport: string): void;
  /** Logs a fault of the relay itself. */
  fault(error: unknown): void;
  /** A number in [0, 1). */
  random(): number;
}
