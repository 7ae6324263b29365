// Sending: a draft becomes a durable message for all its recipients, and the sender gets a reply.
import type { Message } from '../../shared/message.ts';
import { isSettled, type Status } from '../../shared/status.ts';
import { BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Device } from './device.ts';
import type { Devices } from './devices.ts';
import type { Draft } from './message.ts';
import type { Outboxes } from './outboxes.ts';
import type { Accepted, Mail, MessageLog } from './ports.ts';
import type { Replies, Statuses } from './reply.ts';
import type { UnknownTargets } from './unknown-targets.ts';

/** The reply to a sender. An unknown device has the status `no`. A group without members has no entries. */
export interface Reply {
  readonly mid: string;
  readonly statuses: Statuses;
  /** The message as it was accepted. Absent where it was accepted before. */
  readonly message?: Message;
  /** Advice for a send whose target reaches no device. */
  readonly hint?: string;
}

/** What sending needs. */
export interface SendPorts {
  readonly devices: Pick<Devices, 'resolve' | 'version' | 'catchUp'>;
  readonly log: Pick<MessageLog, 'accept' | 'find'>;
  readonly mail: Pick<Mail, 'post' | 'reread'>;
  readonly outboxes: Pick<Outboxes, 'reserve' | 'release' | 'isHeld'>;
  readonly replies: Pick<Replies, 'waitFor' | 'update'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
  readonly unknown: UnknownTargets;
}

/**
 * Sends a draft and waits up to `wait` ms for its recipients. Resolves only when the message is durable.
 *
 * A recipient with a full queue has the status `failed` at once, and the message is not kept for it.
 *
 * A draft with the number of a stored message sends nothing: the reply has the statuses of that message now.
 *
 * @param stored is told the mid as soon as the message is durable
 * @throws RelayError `unavailable` if the message could not be stored or a recipient is being renamed; then nothing was
 * sent to anyone, unless the text says that it may still be delivered
 */
export type Send = (draft: Draft, wait: number, stored?: (mid: string) => void) => Promise<Reply>;

/** How often a target is looked up again because the registry has changed meanwhile. */
const LOOKUPS = 3;

/** One warning a minute for each reason, so that senders do not fill the log while the storage is away. */
const QUIET = { maxEntries: 100, ttl: 60_000 };

/** The recipients of a draft, each with a place reserved, and what is known of all whom it names. */
interface Lookup {
  readonly recipients: readonly string[];
  readonly statuses: readonly [string, Status][];
  /** Whether the target is a device or a group that exists, or a name that anyone may listen to. */
  readonly isKnown: boolean;
}

/** Makes the send function of one relay. */
export function createSend({ devices, log, mail, outboxes, replies, clock, logger, unknown }: SendPorts): Send {
  /** Reasons with a recent warning. */
  const warned = new BoundedMap<string, true>(clock, QUIET);

  /** The devices of the target, each once. */
  function devicesOf({ sendType, target, byName, notice }: Draft): readonly Device[] {
    if (notice !== undefined) return [];
    if (byName !== true) return devices.resolve(sendType, target);
    return [...new Set([...devices.resolve('personal', target), ...devices.resolve('group', target)])];
  }

  function lookUp(draft: Draft): Lookup {
    const { sendType, target } = draft;
    const found = devicesOf(draft);
    if (found.some(({ name }) => outboxes.isHeld(name))) {
      throw new RelayError('unavailable', 'a recipient is being renamed; try again', { retryAfter: 1 });
    }
    const recipients: string[] = [];
    const statuses: [string, Status][] = [];
    for (const { name } of found) {
      const room = outboxes.reserve(name);
      statuses.push([name, room ? 'ready' : 'failed']);
      if (room) recipients.push(name);
    }
    const isKnown = found.length > 0 || draft.byName === true || draft.notice !== undefined;
    if (!isKnown && sendType === 'personal') statuses.push([target, 'no']);
    return { recipients, statuses, isKnown };
  }

  function notStored(error: unknown, { target }: Draft): RelayError {
    if (error instanceof RelayError) {
      const reason = error.message;
      if (!warned.has(reason)) {
        warned.set(reason, true);
        logger.warn({ reason, target }, 'messages are refused');
      }
      return error;
    }
    logger.error({ err: error, target }, 'message could not be stored');
    return new RelayError('unavailable', 'the message could not be stored; try again', { cause: error });
  }

  /** Tells of an accepted message, and collects its statuses for the sender. */
  async function deliver(
    { message, full }: Accepted,
    { recipients, statuses }: Lookup,
    wait: number,
  ): Promise<Statuses> {
    const { mid } = message;
    const told = replies.waitFor(mid, statuses);
    for (const name of full) replies.update(mid, name, 'failed');
    mail.post(message, recipients);
    if (wait === 0) told.end();
    const last = await told.within(wait);
    return mail.reread === undefined ? last : reread(mail.reread, mid, last);
  }

  /** Reads the statuses again that were open when the wait ended: news of other nodes may still be on its way. */
  async function reread(read: NonNullable<Mail['reread']>, mid: string, told: Statuses): Promise<Statuses> {
    if ([...told.values()].every(isSettled)) return told;
    try {
      const known = await read(mid);
      // That a device has a message and has not acknowledged it is told, and not stored.
      const isNewer = (stored: Status, status: Status) => stored !== 'ready' || status !== 'wait';
      return new Map(
        [...told].map(([name, status]) => {
          const stored = known.get(name) ?? status;
          return [name, isNewer(stored, status) ? stored : status];
        }),
      );
    } catch (error) {
      logger.warn({ err: error, mid }, 'the statuses of a message could not be read again');
      return told;
    }
  }

  /** The statuses of a message that was sent before. */
  async function repeated(mid: string, { statuses, isKnown }: Lookup): Promise<Statuses> {
    const stored = await log.find(mid);
    return stored === undefined || stored.statuses.size === 0 ? new Map(isKnown ? [] : statuses) : stored.statuses;
  }

  return async (draft, wait, stored) => {
    for (let count = 0; count < LOOKUPS; count += 1) {
      const lookup = lookUp(draft);
      const { recipients, isKnown } = lookup;
      let accepted: Accepted | 'stale';
      try {
        accepted = await log.accept(draft, recipients, devices.version());
      } catch (error) {
        outboxes.release(recipients);
        throw notStored(error, draft);
      }
      outboxes.release(recipients);
      if (accepted === 'stale') {
        await devices.catchUp();
        continue;
      }
      const { message } = accepted;
      const { mid } = message;
      stored?.(mid);
      if (accepted.isRepeat === true) return { mid, statuses: await repeated(mid, lookup) };
      logger.debug({ mid, target: draft.target, devices: recipients.length }, 'message accepted');
      const hint = isKnown ? {} : { hint: unknown(draft.sendType, draft.target) };
      return { mid, message, statuses: await deliver(accepted, lookup, wait), ...hint };
    }
    throw new RelayError('unavailable', 'the devices are changing too fast; try again', { retryAfter: 1 });
  };
}
