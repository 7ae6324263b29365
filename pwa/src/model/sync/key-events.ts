// What the relay says of the messages of a key: their notifications go away, or they are deleted.
import { isObject } from '../../../../shared/object.ts';
import { isMid } from '../message/read-message.ts';
import type { Channel } from '../store/channel.ts';
import type { Database } from '../store/database.ts';
import { deleteMessages } from '../store/messages.ts';

type Ids = readonly (readonly [accountId: string, mid: string])[];

/** What these events need. */
export interface KeyEventPorts {
  readonly database: Database;
  readonly channel: Channel;
  /** Takes messages out of the inbox. */
  readonly hide: (ids: Ids) => void;
  readonly closeNotifications: (ids: Ids) => void;
}

/** Handles the data of a KEY packet. Read marks come in a packet of their own. */
export async function hearKeyEvent(accountId: string, data: unknown, ports: KeyEventPorts): Promise<void> {
  if (!isObject(data) || !Array.isArray(data['mids'])) return;
  const ids = data['mids'].filter(isMid).map((mid): [string, string] => [accountId, mid]);
  ports.closeNotifications(ids);
  if (data['event'] !== 'delete' || ids.length === 0) return;
  await deleteMessages(
    ports.database,
    ids.map(([, mid]) => ({ accountId, mid })),
  );
  ports.hide(ids);
  ports.channel.post({ kind: 'removed', ids });
}
