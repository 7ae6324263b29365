// What the relay says of the messages of a key: their notifications go away, they are deleted, or their alert has changed.
import type { AlertInfo } from '../../../../shared/api.ts';
import { isObject } from '../../../../shared/object.ts';
import type { OpenAlerts } from '../alerts.ts';
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
  readonly alerts: Pick<OpenAlerts, 'hear' | 'forget'>;
}

/** Handles the data of a KEY packet. Read marks come in a packet of their own. */
export async function hearKeyEvent(accountId: string, data: unknown, ports: KeyEventPorts): Promise<void> {
  if (!isObject(data)) return;
  const { event, target, key, alert } = data;
  if (event === 'alert' && isAlert(alert)) ports.alerts.hear(accountId, alert);
  if (event === 'delete' && typeof target === 'string' && typeof key === 'string')
    ports.alerts.forget(accountId, target, key);
  if (!Array.isArray(data['mids'])) return;
  const ids = data['mids'].filter(isMid).map((mid): [string, string] => [accountId, mid]);
  ports.closeNotifications(ids);
  if (event !== 'delete' || ids.length === 0) return;
  await deleteMessages(
    ports.database,
    ids.map(([, mid]) => ({ accountId, mid })),
  );
  ports.hide(ids);
  ports.channel.post({ kind: 'removed', ids });
}

/** Whether the page can show this. The relay is trusted with the rest. */
function isAlert(value: unknown): value is AlertInfo {
  if (!isObject(value)) return false;
  const { id, target, key, title, since, lastAt, count } = value;
  return (
    [id, target, key, title].every((text) => typeof text === 'string') &&
    [since, lastAt, count].every((number) => typeof number === 'number')
  );
}
