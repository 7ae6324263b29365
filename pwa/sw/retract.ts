// Takes notifications away whose messages were read, deleted or answered elsewhere, while no page is open.
// Browsers want every push to leave a notification on the screen: Safari ends the subscription otherwise, the others show
// one of their own. So a silent one that says why takes the place of those that go, and is closed if others stay.
import type { Retraction } from '../../shared/message.ts';
import { isObject, ownValue } from '../../shared/object.ts';
import { isMid } from '../src/model/message/read-message.ts';
import type { Channel } from '../src/model/store/channel.ts';
import type { Database } from '../src/model/store/database.ts';
import { countUnread, deleteMessages, markRecordsRead } from '../src/model/store/messages.ts';
import { type NotificationPlan, PAGE_NAME, planPlain } from './notification.ts';
import { fill, type WorkerTexts } from './texts.ts';

/** A notification on the screen. */
export interface ShownNotification {
  readonly title: string;
  readonly tag: string;
  readonly data: unknown;
  close(): void;
}

/** What a retraction needs. */
export interface RetractWorkerPorts {
  database(): Promise<Database>;
  readonly channel: Pick<Channel, 'post'>;
  show(plan: NotificationPlan): Promise<void>;
  notifications(): Promise<readonly ShownNotification[]>;
  setBadge(count: number): Promise<void>;
}

type Outcome = NonNullable<Retraction['outcome']>;

function readOutcome(value: unknown): Outcome | undefined {
  if (!isObject(value)) return undefined;
  const [answer, by] = ['answer', 'by'].map((name) => ownValue(value, name));
  const [kind, state] = ['kind', 'state'].map((name) => ownValue(value, name));
  return {
    kind: kind === 'acknowledge' || kind === 'text' ? kind : 'choice',
    state: state === 'answered' || state === 'cancelled' ? state : 'expired',
    ...(typeof answer === 'string' ? { answer } : {}),
    ...(typeof by === 'string' ? { by } : {}),
  };
}

/** Reads the retraction of a push. */
export function readRetraction(value: unknown): Retraction | undefined {
  if (!isObject(value)) return undefined;
  const [mids, key, title, why] = ['mids', 'key', 'title', 'why'].map((name) => ownValue(value, name));
  const outcome = readOutcome(ownValue(value, 'outcome'));
  if (!Array.isArray(mids)) return undefined;
  return {
    mids: mids.filter(isMid),
    ...(typeof key === 'string' ? { key } : {}),
    title: typeof title === 'string' ? title : '',
    why: why === 'delete' || why === 'settled' ? why : 'clear',
    ...(outcome === undefined ? {} : { outcome }),
  };
}

/** The end of a question in words. */
export function outcomeText(texts: WorkerTexts, { kind, state, answer = '', by = '' }: Outcome): string {
  const isEmergency = kind === 'acknowledge';
  if (state === 'answered') return fill(isEmergency ? texts.acknowledged : texts.answered, { answer, by });
  if (isEmergency) return state === 'expired' ? texts.unacknowledged : texts.ended;
  return texts[state];
}

function bodyOf(texts: WorkerTexts, { why, outcome }: Retraction): string {
  if (why === 'settled') return outcome === undefined ? texts.expired : outcomeText(texts, outcome);
  return why === 'delete' ? texts.deleted : texts.readElsewhere;
}

/** Applies to the store what happened elsewhere, as an open page does. */
async function store(accountId: string, { why, mids }: Retraction, ports: RetractWorkerPorts): Promise<void> {
  const database = await ports.database();
  const ids = mids.map((mid) => [accountId, mid] as const);
  const records = mids.map((mid) => ({ accountId, mid }));
  if (why === 'delete') {
    await deleteMessages(database, records);
    ports.channel.post({ kind: 'removed', ids });
  } else {
    await markRecordsRead(database, records);
    ports.channel.post({ kind: 'messages', ids });
  }
  await ports.setBadge(await countUnread(database));
}

/** Takes the notifications away. Never rejects. @param now ms since 1970 */
export async function retractNotifications(
  accountId: string,
  retraction: Retraction,
  texts: WorkerTexts,
  now: number,
  ports: RetractWorkerPorts,
): Promise<void> {
  const { mids, key, title, why } = retraction;
  const latest = mids.at(-1) ?? '0';
  const isGone = ({ data }: ShownNotification) => {
    if (!isObject(data) || data['accountId'] !== accountId || !isMid(data['mid'])) return false;
    // A later message of the key stays.
    return mids.includes(data['mid']) || (data['key'] === key && key !== undefined && +data['mid'] <= +latest);
  };
  const gone = (await ports.notifications().catch(() => [])).filter(isGone);
  const tag = gone[0]?.tag ?? `retract:${accountId}/${latest}`;
  const shownTitle = why === 'delete' ? PAGE_NAME : title || gone[0]?.title || PAGE_NAME;
  const plan = planPlain(shownTitle, bodyOf(texts, retraction), tag, now);
  await ports
    .show({
      title: plan.title,
      options: { ...plan.options, silent: true, data: { accountId, mid: why === 'delete' ? '' : latest, actions: [] } },
    })
    .catch(() => {});
  for (const notification of gone) if (notification.tag !== tag) notification.close();
  await store(accountId, retraction, ports).catch(() => {});
  const shown = await ports.notifications().catch(() => []);
  if (shown.some((other) => other.tag !== tag)) {
    for (const notification of shown) if (notification.tag === tag) notification.close();
  }
}
