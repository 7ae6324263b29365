// Clears the messages of a key: they count as read everywhere, and their notifications go away. Or deletes them.
import type { Cleared, KeyEvent } from '../../shared/api.ts';
import { readContent, type WireBody } from '../../shared/content.ts';
import { parseObject } from '../../shared/object.ts';
import type { Device } from '../delivery/device.ts';
import type { MessageLog } from '../delivery/ports.ts';
import type { Alerts } from './alerts.ts';
import type { Timed } from './timed.ts';

/**
 * Clears the messages of a key that are addressed to a device or group of that name.
 * @param isDelete whether pages also delete them, and what is scheduled under the key is cancelled
 */
export type Clear = (target: string, key: string, isDelete: boolean) => Promise<Cleared>;

/** What clearing needs. */
export interface ClearPorts {
  readonly log: Pick<MessageLog, 'markRead' | 'recent'>;
  readonly alerts: Pick<Alerts, 'forget'>;
  readonly timed: Pick<Timed, 'cancelKey'>;
  /** All devices. */
  list(): readonly Pick<Device, 'name' | 'groups'>[];
  /** Tells all pages which messages were read. */
  tellRead(mids: readonly string[]): void;
  /** Tells the pages of the recipients. */
  tell(event: KeyEvent): void;
}

/** How much of the history of each recipient is searched. Older messages have no notification any more. */
const NEWEST = { limit: 1000, maxBytes: 8 * 2 ** 20 };
/** Higher than every mid. */
const END = String(Number.MAX_SAFE_INTEGER);

function isOfKey(text: string, target: string, key: string): boolean {
  // Most messages have no key, so that they need not be parsed.
  if (!text.includes('"key"')) return false;
  const message = parseObject(text);
  return message?.['target'] === target && readContent(message['message'] as WireBody).key === key;
}

/** Makes the clearing of one relay. */
export function createClear({ log, alerts, timed, list, tellRead, tell }: ClearPorts): Clear {
  async function midsOf(target: string, key: string): Promise<string[]> {
    const mids = new Set<string>();
    for (const { name, groups } of list()) {
      if (name !== target && !groups.includes(target)) continue;
      const { entries } = await log.recent(name, END, NEWEST);
      for (const { mid, text } of entries) if (isOfKey(text, target, key)) mids.add(mid);
    }
    return [...mids].sort((a, b) => Number(b) - Number(a));
  }

  return async (target, key, isDelete) => {
    // Cancelled first, or one that is due now would come after the others are gone.
    const cancelled = isDelete ? await timed.cancelKey(target, key) : undefined;
    const mids = await midsOf(target, key);
    const read = await log.markRead(mids);
    if (read.length > 0) tellRead(read);
    if (isDelete) await Promise.all([alerts.forget('personal', target, key), alerts.forget('group', target, key)]);
    tell({ event: isDelete ? 'delete' : 'clear', target, key, mids });
    return { mids, ...(cancelled === undefined ? {} : { cancelled }) };
  };
}
