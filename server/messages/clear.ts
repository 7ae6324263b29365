// Clears the messages of a key: they count as read everywhere, and their notifications go away. Or deletes them.
import type { Cleared, KeyEvent } from '../../shared/api.ts';
import { plainContent } from '../../shared/content.ts';
import type { Message, MessageNotice } from '../../shared/message.ts';
import { RelayError } from '../base/errors.ts';
import type { Deletion } from '../delivery/deletion.ts';
import type { Draft } from '../delivery/message.ts';
import type { MessageIds } from '../delivery/message-id.ts';
import type { MessageLog } from '../delivery/ports.ts';
import type { Send } from '../delivery/send.ts';
import type { Alerts } from './alerts.ts';
import type { Emergencies } from './emergency.ts';
import type { Timed } from './timed.ts';

/** What was cleared, and what those are told who read the target later. */
export interface ClearResult {
  readonly cleared: Cleared;
  /** That notice. Undefined if there is none, because the relay keeps messages for as many names as it may. */
  readonly notice: Message | undefined;
}

/**
 * Clears the messages of a key that are addressed to a device or group of that name. A message without a key has its id as its
 * key.
 * @param isDelete whether devices also lose them, and what is scheduled under the key is cancelled
 */
export type Clear = (target: string, key: string, isDelete: boolean) => Promise<ClearResult>;

/** What clearing needs. */
export interface ClearPorts {
  readonly log: Pick<MessageLog, 'markRead' | 'ofKey' | 'find'>;
  readonly messageIds: Pick<MessageIds, 'midOf'>;
  readonly send: Send;
  readonly deletion: Pick<Deletion, 'withdraw'>;
  readonly alerts: Pick<Alerts, 'forget'>;
  readonly timed: Pick<Timed, 'cancelKey'>;
  readonly emergencies: Pick<Emergencies, 'endKey'>;
  /** Tells all pages which messages were read. */
  tellRead(mids: readonly string[]): void;
  /** Tells the pages of the recipients. */
  tell(event: KeyEvent): void;
}

/** How many messages of a key are cleared at once. Older ones have no notification any more. */
const NEWEST = 1000;

/** Makes the clearing of one relay. */
export function createClear(ports: ClearPorts): Clear {
  const { log, messageIds, send, deletion, alerts, timed, emergencies, tellRead, tell } = ports;

  /** Takes all messages of a key from all devices. */
  async function withdrawAll(target: string, key: string, newest: readonly string[]): Promise<void> {
    for (let mids = newest; mids.length > 0; mids = await log.ofKey(target, key, NEWEST)) {
      if ((await deletion.withdraw(mids)).length === 0) return;
    }
  }

  /** The message without a key whose id this is. */
  async function ownOf(target: string, id: string): Promise<string[]> {
    const mid = messageIds.midOf(id);
    const found = mid === undefined ? undefined : await log.find(mid);
    if (found === undefined) return [];
    const { message } = found;
    return message.target === target && message.content.key === undefined ? [message.mid] : [];
  }

  /** Stores what happened, for those who read the target later. */
  async function note(target: string, notice: MessageNotice): Promise<Message | undefined> {
    const from = { method: 'http', name: '' } as const;
    const draft: Draft = { sendType: 'personal', target, from, content: plainContent(''), feed: true, notice };
    try {
      return (await send(draft, 0)).message;
    } catch (error) {
      if (error instanceof RelayError && error.code === 'too_many') return undefined;
      throw error;
    }
  }

  return async (target, key, isDelete) => {
    // Cancelled first, or one that is due now would come after the others are gone.
    const cancelled = isDelete ? await timed.cancelKey(target, key) : undefined;
    await Promise.all([emergencies.endKey('personal', target, key), emergencies.endKey('group', target, key)]);
    const mids = [...(await log.ofKey(target, key, NEWEST)), ...(await ownOf(target, key))];
    const read = await log.markRead(mids);
    if (read.length > 0) tellRead(read);
    if (isDelete) {
      await withdrawAll(target, key, mids);
      await Promise.all([alerts.forget('personal', target, key), alerts.forget('group', target, key)]);
    }
    tell({ event: isDelete ? 'delete' : 'clear', target, key, mids });
    const notice = await note(target, { kind: isDelete ? 'delete' : 'clear', key });
    return { cleared: { mids, ...(cancelled === undefined ? {} : { cancelled }) }, notice };
  };
}
