// Sending: a draft becomes a durable message for all its recipients, and the sender gets a reply.
import type { Message } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Device } from './device.ts';
import type { Devices } from './devices.ts';
import type { Draft } from './message.ts';
import type { Outboxes } from './outboxes.ts';
import type { MessageLog } from './ports.ts';
import type { Replies, Statuses } from './reply.ts';
import type { UnknownTargets } from './unknown-targets.ts';

/** The reply to a sender. An unknown device has the status `no`. A group without members has no entries. */
export interface Reply {
  readonly mid: string;
  readonly statuses: Statuses;
  /** Advice for a send whose target reaches no device. */
  readonly hint?: string;
}

/** What sending needs. */
export interface SendPorts {
  readonly devices: Pick<Devices, 'resolve'>;
  readonly log: Pick<MessageLog, 'append'>;
  readonly outboxes: Pick<Outboxes, 'reserve' | 'release' | 'enqueue' | 'isHeld'>;
  readonly replies: Pick<Replies, 'waitFor'>;
  readonly logger: Logger;
  readonly unknown: UnknownTargets;
  createMessage(draft: Draft): Message;
}

/**
 * Sends a draft and waits up to `wait` ms for its recipients. Resolves only when the message is durable.
 *
 * A recipient with a full queue has the status `failed` at once, and the message is not kept for it.
 *
 * @throws RelayError `unavailable` if the message could not be stored or a recipient is being renamed; then nothing was
 * sent to anyone
 */
export type Send = (draft: Draft, wait: number) => Promise<Reply>;

/** Makes the send function of one relay. */
export function createSend({ devices, log, outboxes, replies, logger, unknown, createMessage }: SendPorts): Send {
  return async (draft, wait) => {
    const found = devices.resolve(draft.sendType, draft.target);
    if (found.some(({ name }) => outboxes.isHeld(name))) {
      throw new RelayError('unavailable', 'a recipient is being renamed; try again', { retryAfter: 1 });
    }
    const message = createMessage(draft);
    const recipients: Device[] = [];
    const statuses: [string, Status][] = [];
    for (const device of found) {
      const room = outboxes.reserve(device.name);
      statuses.push([device.name, room ? 'ready' : 'failed']);
      if (room) recipients.push(device);
    }
    if (found.length === 0 && draft.sendType === 'personal') statuses.push([draft.target, 'no']);
    const reply = replies.waitFor(message.mid, statuses);
    try {
      await log.append(
        message,
        recipients.map((device) => device.name),
      );
    } catch (error) {
      reply.end();
      outboxes.release(recipients);
      logger.error({ err: error, mid: message.mid }, 'message could not be stored');
      throw new RelayError('unavailable', 'the message could not be stored; try again', { cause: error });
    }
    logger.debug({ mid: message.mid, target: draft.target, devices: recipients.length }, 'message accepted');
    outboxes.enqueue(message, recipients);
    if (wait === 0) reply.end();
    const hint = found.length === 0 ? { hint: unknown(draft.sendType, draft.target) } : {};
    return { mid: message.mid, statuses: await reply.within(wait), ...hint };
  };
}
