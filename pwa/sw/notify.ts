// Shows the notification of a question that came to an open page. The relay pushes nothing to a page that is connected,
// but no one may be looking at it.
import { parseMessage } from '../src/model/message/parse.ts';
import type { Database } from '../src/model/store/database.ts';
import { readMessages } from '../src/model/store/messages.ts';
import { readSettings, wantsPush } from '../src/model/store/meta.ts';
import { type NotificationPlan, planNotification } from './notification.ts';
import { noteShown } from './shown.ts';
import { textsFor } from './texts.ts';

/** What {@link notifyAsked} needs. */
export interface NotifyWorkerPorts {
  database(): Promise<Database>;
  /** Whether a person may see a window of the page. */
  isVisible(): Promise<boolean>;
  readonly now: () => number;
  /** Address of the page. */
  readonly page: string;
  readonly language: string;
  readonly maxActions: number;
  show(plan: NotificationPlan): Promise<void>;
}

/** Shows it, unless a person sees the question in the page. An emergency rings in any case. */
export async function notifyAsked(accountId: string, mid: string, ports: NotifyWorkerPorts): Promise<void> {
  const database = await ports.database();
  const [record] = await readMessages(database, [{ accountId, mid }]);
  if (record === undefined || !(await wantsPush(database))) return;
  const settings = await readSettings(database);
  const now = ports.now();
  const marks = { accountId, read: false, pinned: false, arrivedAt: record.arrivedAt ?? now };
  const message = parseMessage(record.message, marks, ports.page);
  const { ask } = message;
  if (ask === undefined || ask.until <= now) return;
  if (ask.kind !== 'acknowledge' && (await ports.isVisible())) return;
  // A push may have shown it before the page was opened.
  if (!(await noteShown(database, accountId, mid))) return;
  const state = {
    isMuted: settings.mutedUntil > now,
    isKnown: false,
    isSilent: record.message.silent === true,
    maxActions: ports.maxActions,
    now,
    texts: textsFor(settings.language ?? ports.language),
  };
  await ports.show(planNotification(message, state));
}
