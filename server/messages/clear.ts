// Clears the messages of a key: they count as read everywhere, and their notifications go away. Or deletes them.
import type { Cleared, KeyEvent } from '../../shared/api.ts';
import type { Deletion } from '../delivery/deletion.ts';
import type { MessageLog } from '../delivery/ports.ts';
import type { Alerts } from './alerts.ts';
import type { Timed } from './timed.ts';

/**
 * Clears the messages of a key that are addressed to a device or group of that name.
 * @param isDelete whether devices also lose them, and what is scheduled under the key is cancelled
 */
export type Clear = (target: string, key: string, isDelete: boolean) => Promise<Cleared>;

/** What clearing needs. */
export interface ClearPorts {
  readonly log: Pick<MessageLog, 'markRead' | 'ofKey'>;
  readonly deletion: Pick<Deletion, 'withdraw'>;
  readonly alerts: Pick<Alerts, 'forget'>;
  readonly timed: Pick<Timed, 'cancelKey'>;
  /** Tells all pages which messages were read. */
  tellRead(mids: readonly string[]): void;
  /** Tells the pages of the recipients. */
  tell(event: KeyEvent): void;
}

/** How many messages of a key are cleared at once. Older ones have no notification any more. */
const NEWEST = 1000;

/** Makes the clearing of one relay. */
export function createClear({ log, deletion, alerts, timed, tellRead, tell }: ClearPorts): Clear {
  /** Takes all messages of a key from all devices. */
  async function withdrawAll(target: string, key: string, newest: readonly string[]): Promise<void> {
    for (let mids = newest; mids.length > 0; mids = await log.ofKey(target, key, NEWEST)) {
      if ((await deletion.withdraw(mids)).length === 0) return;
    }
  }

  return async (target, key, isDelete) => {
    // Cancelled first, or one that is due now would come after the others are gone.
    const cancelled = isDelete ? await timed.cancelKey(target, key) : undefined;
    const mids = await log.ofKey(target, key, NEWEST);
    const read = await log.markRead(mids);
    if (read.length > 0) tellRead(read);
    if (isDelete) {
      await withdrawAll(target, key, mids);
      await Promise.all([alerts.forget('personal', target, key), alerts.forget('group', target, key)]);
    }
    tell({ event: isDelete ? 'delete' : 'clear', target, key, mids });
    return { mids, ...(cancelled === undefined ? {} : { cancelled }) };
  };
}
