// Live news for a page, beyond mpush: what became of the messages it sent, and what was read on another device.
// Only sockets that asked for events get them; an mpush client would stumble over commands that it does not know.

import type { Status } from '../../../shared/status.ts';
import { isSettled, type StatusNames, statusName } from '../../../shared/status.ts';
import { eventsChannel } from '../../channel/relay-app.ts';
import type { Statuses } from '../../delivery/reply.ts';
import type { MpushPorts } from './ports.ts';

/** Messages whose sender wants to hear more. */
export interface Watch {
  /** Follows a message until every recipient is settled. */
  follow(mid: string, sender: string, open: number): void;
  /** A recipient moved on. */
  update(mid: string, device: string, status: Status): void;
}

/** Recipients that may still move on. */
export function openOf(statuses: Statuses): number {
  return [...statuses.values()].filter((status) => !isSettled(status)).length;
}

/** Messages followed at once; the oldest makes room. */
const MAX_FOLLOWED = 1000;

/** Makes the watch of one relay. */
export function createWatch(
  { channels, relayApp }: Pick<MpushPorts, 'channels' | 'relayApp'>,
  names: StatusNames,
): Watch {
  const followed = new Map<string, { readonly channel: string; open: number }>();
  return {
    follow(mid, sender, open) {
      if (open === 0) return;
      for (const oldest of followed.keys()) {
        if (followed.size < MAX_FOLLOWED) break;
        followed.delete(oldest);
      }
      followed.set(mid, { channel: eventsChannel(sender), open });
    },
    update(mid, device, status) {
      const entry = followed.get(mid);
      if (entry === undefined) return;
      const { channel } = entry;
      if (isSettled(status)) entry.open -= 1;
      if (entry.open === 0) followed.delete(mid);
      const data = JSON.stringify({ mid, name: device, status: statusName(status, names) });
      channels.publish(relayApp, [channel], { type: 'event', name: 'status', channel, data });
    },
  };
}
