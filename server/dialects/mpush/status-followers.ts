// Tells a page how the messages that it sent go on. Only sockets that asked for events get these statuses, because mpush's
// clients fail on commands that they do not know.

import { isSettled, type Status, type StatusNames, statusName } from '../../../shared/status.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import { letGo } from '../../base/maybe-promise.ts';
import { eventsChannel } from '../../channel/relay-app.ts';
import type { Statuses } from '../../delivery/reply.ts';
import type { MpushPorts } from './ports.ts';

/** The senders who follow their messages. */
export interface StatusFollowers {
  /** Follows a message until every recipient is settled. @param open recipients that may still get another status */
  follow(mid: string, sender: string, open: number): void;
  /** A recipient got a status. */
  update(mid: string, device: string, status: Status): void;
}

/** How many recipients may still get another status. */
export function openOf(statuses: Statuses): number {
  return [...statuses.values()].filter((status) => !isSettled(status)).length;
}

/** How many messages are followed at once. The oldest is dropped first. */
const MAX_FOLLOWED = 1000;

/** Makes the followers of one relay. */
export function createStatusFollowers(
  { channels, relayApp, clock }: Pick<MpushPorts, 'channels' | 'relayApp' | 'clock'>,
  names: StatusNames,
): StatusFollowers {
  const followed = new BoundedMap<string, { readonly channel: string; open: number }>(clock, {
    maxEntries: MAX_FOLLOWED,
  });
  return {
    follow(mid, sender, open) {
      if (open > 0) followed.set(mid, { channel: eventsChannel(sender), open });
    },
    update(mid, device, status) {
      const entry = followed.get(mid);
      if (entry === undefined) return;
      const { channel } = entry;
      if (isSettled(status)) entry.open -= 1;
      if (entry.open === 0) followed.delete(mid);
      const data = JSON.stringify({ mid, name: device, status: statusName(status, names) });
      letGo(channels.publish(relayApp, [channel], { type: 'event', name: 'status', channel, data }));
    },
  };
}
