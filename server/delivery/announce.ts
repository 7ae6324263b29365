// Sends a message from the relay itself to its owner, on the devices that are known to be the owner's.
import { plainContent } from '../../shared/content.ts';
import type { Logger } from '../base/logger.ts';
import type { Devices } from './devices.ts';
import type { Send } from './send.ts';

/** Something that the owner must know about a device. */
export interface Announcement {
  /** The device that it is about. This device does not get it. */
  readonly about: string;
  readonly text: string;
  readonly desp: string;
}

/** Sends an announcement. Returns at once; a failure is only logged. */
export type Announce = (announcement: Announcement) => void;

/** What announcing needs. */
export interface AnnouncePorts {
  readonly devices: Pick<Devices, 'list'>;
  readonly send: Send;
  readonly logger: Pick<Logger, 'error'>;
}

/** Makes the announcements of one relay. Webhooks get none, because they are programs. */
export function createAnnounce({ devices, send, logger }: AnnouncePorts): Announce {
  return ({ about, text, desp }) => {
    const content = plainContent(text, desp);
    for (const { name, secured, routes } of devices.list()) {
      if (name === about || !secured || 'webhook' in routes) continue;
      const draft = { sendType: 'personal', target: name, from: { method: 'http', name: '' }, content } as const;
      send(draft, 0).catch((error: unknown) => logger.error({ device: name, err: error }, 'announcement not sent'));
    }
  };
}
