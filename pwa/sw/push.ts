// Handles a push: stores the message, shows exactly one notification, and confirms it to the relay.
// Errors must not prevent the notification, because browsers revoke push from a page that shows none.

import type { Retraction, WireMessage } from '../../shared/message.ts';
import { isObject, ownValue } from '../../shared/object.ts';
import type { Digest } from '../../shared/quiet.ts';
import { type Clock, sleep } from '../src/model/clock.ts';
import { parseMessage } from '../src/model/message/parse.ts';
import { readMessage } from '../src/model/message/read-message.ts';
import { pushAccount } from '../src/model/push/subscription.ts';
import type { RelayApi } from '../src/model/relay/api.ts';
import { isUnreached } from '../src/model/relay/call.ts';
import { type Channel, idsOf } from '../src/model/store/channel.ts';
import type { AccountRecord } from '../src/model/store/database.ts';
import { countUnread, putMessages, readMessages } from '../src/model/store/messages.ts';
import { DEFAULT_SETTINGS, readSettings } from '../src/model/store/meta.ts';
import { decryptAll } from '../src/model/store/secrets.ts';
import { type NotificationPlan, PAGE_NAME, planDigest, planNotification, planPlain } from './notification.ts';
import { type RetractWorkerPorts, readRetraction, retractNotifications } from './retract.ts';
import { noteShown } from './shown.ts';
import { fill, textsFor } from './texts.ts';

/** What {@link handlePush} needs. */
export interface PushWorkerPorts extends RetractWorkerPorts {
  readonly channel: Channel;
  readonly api: Pick<RelayApi, 'receipt' | 'since'>;
  readonly clock: Clock;
  /** Address of the page, which is the scope of the service worker. */
  readonly page: string;
  readonly language: string;
  readonly maxActions: number;
}

interface Payload {
  readonly message: WireMessage;
  readonly isTruncated: boolean;
  readonly isCheck: boolean;
  readonly retraction: Retraction | undefined;
  readonly digest: Digest | undefined;
}

/** Waits between the attempts to confirm, in ms. */
const TELL_AGAIN = [1000, 4000, 15_000];
/** How long to wait for the whole text of a long message, in ms. After that, the notification shows its beginning. */
const REST_WITHIN = 5000;

/** Handles the payload of a push. Never rejects. */
export async function handlePush(text: string | undefined, ports: PushWorkerPorts): Promise<void> {
  const payload = readPayload(text);
  if (payload?.retraction !== undefined && (await retract(payload.message, payload.retraction, ports))) return;
  if (payload?.digest !== undefined) {
    await showDigest(payload.message, payload.digest, ports);
    return;
  }
  const stored =
    payload === undefined || payload.isCheck ? undefined : await store(payload, ports).catch(() => undefined);
  await ports.show(await plan(payload, stored, ports)).catch(() => {});
  if (payload?.isCheck === true) ports.channel.post({ kind: 'check', mid: payload.message.mid });
  if (payload === undefined || stored === undefined) return;
  await Promise.all([
    tell(stored.account, payload.message.mid, ports),
    ports
      .database()
      .then(countUnread)
      .then((count) => ports.setBadge(count))
      .catch(() => {}),
  ]);
}

function readPayload(text: string | undefined): Payload | undefined {
  let packet: unknown;
  try {
    packet = JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
  const data = isObject(packet) && ownValue(packet, 'cmd') === 'MESSAGE' ? ownValue(packet, 'data') : undefined;
  const message = readMessage(data);
  if (message === undefined || !isObject(data)) return undefined;
  return {
    message,
    isTruncated: ownValue(data, 'truncated') === true,
    isCheck: ownValue(message.message.extra, 'check') === true,
    retraction: readRetraction(ownValue(data, 'retract')),
    digest: readDigest(ownValue(data, 'digest')),
  };
}

function readDigest(value: unknown): Digest | undefined {
  if (!isObject(value)) return undefined;
  const [count, open] = ['count', 'open'].map((name) => ownValue(value, name));
  return Number.isSafeInteger(count) && Number.isSafeInteger(open)
    ? { count: Number(count), open: Number(open) }
    : undefined;
}

/** Says how much was held back in quiet hours. The messages come when a page opens. */
async function showDigest(message: WireMessage, { count, open }: Digest, ports: PushWorkerPorts): Promise<void> {
  const account = await ports
    .database()
    .then(async (database) => addressee(message, await database.getAll('accounts'), ports.page))
    .catch(() => undefined);
  const { settings, texts } = await settingsAndTexts(ports);
  const now = ports.clock.now();
  const title = fill(open === 0 ? texts.digest : texts.digestOpen, { count, open });
  await ports.show(planDigest(title, account?.id ?? '', now, settings.mutedUntil > now)).catch(() => {});
}

/** Takes notifications away. Resolves to false if they belong to no account here. */
async function retract(message: WireMessage, retraction: Retraction, ports: PushWorkerPorts): Promise<boolean> {
  const account = await ports
    .database()
    .then(async (database) => addressee(message, await database.getAll('accounts'), ports.page))
    .catch(() => undefined);
  if (account === undefined) return false;
  const { texts } = await settingsAndTexts(ports);
  await retractNotifications(account.id, retraction, texts, ports.clock.now(), ports);
  return true;
}

/** A stored message, and whether it was stored before. */
interface Stored {
  readonly account: AccountRecord;
  readonly message: WireMessage;
  readonly isKnown: boolean;
}

/** Stores the message. Resolves to undefined if it belongs to no account. */
async function store({ message, isTruncated }: Payload, ports: PushWorkerPorts): Promise<Stored | undefined> {
  const database = await ports.database();
  const account = addressee(message, await database.getAll('accounts'), ports.page);
  if (account === undefined) return undefined;
  const id = { accountId: account.id, mid: message.mid };
  const isKnown = Object.hasOwn(message.message.extra, 'ask')
    ? !(await noteShown(database, account.id, message.mid))
    : (await readMessages(database, [id])).length > 0;
  const rest = isTruncated ? await fetchRest(account, message.mid, ports) : undefined;
  const [{ message: whole } = { message }] = await decryptAll(database, [{ message: rest ?? message }]);
  const partial = isTruncated && rest === undefined;
  const { changed } = await putMessages(database, [
    { accountId: account.id, message: whole, arrivedAt: ports.clock.now(), partial },
  ]);
  if (changed.length > 0) ports.channel.post({ kind: 'messages', ids: idsOf(changed) });
  return { account, message: whole, isKnown };
}

/** Finds the account of a message by its recipient, because a push does not name its relay. */
function addressee(message: WireMessage, accounts: readonly AccountRecord[], page: string): AccountRecord | undefined {
  const preset = pushAccount(accounts, page);
  const sharing = accounts.filter(({ vapidKey }) => vapidKey === preset?.vapidKey);
  const isFor = ({ name, groups }: AccountRecord) =>
    message.sendType === 'group' ? groups.includes(message.target) : name === message.target;
  return preset !== undefined && isFor(preset) ? preset : (sharing.find(isFor) ?? preset);
}

async function fetchRest(
  account: AccountRecord,
  mid: string,
  ports: PushWorkerPorts,
): Promise<WireMessage | undefined> {
  const fetched = ports.api.since(account, account.name, String(Number(mid) - 1), 1).catch(() => undefined);
  const page = await Promise.race([fetched, sleep(ports.clock, REST_WITHIN)]);
  const message = Array.isArray(page?.messages) ? readMessage(page.messages[0]) : undefined;
  return message?.mid === mid ? message : undefined;
}

async function settingsAndTexts({ database, language }: PushWorkerPorts) {
  const settings = await database()
    .then(readSettings)
    .catch(() => DEFAULT_SETTINGS);
  return { settings, texts: textsFor(settings.language ?? language) };
}

async function plan(
  payload: Payload | undefined,
  stored: Stored | undefined,
  ports: PushWorkerPorts,
): Promise<NotificationPlan> {
  const now = ports.clock.now();
  const { settings, texts } = await settingsAndTexts(ports);
  if (payload === undefined) return planPlain(PAGE_NAME, texts.unreadable, `unreadable:${now}`, now);
  const message = stored?.message ?? payload.message;
  if (payload.isCheck) return planPlain(texts.checkTitle, texts.checkBody, `check:${message.mid}`, now);
  const marks = { accountId: stored?.account.id ?? '', read: false, pinned: false, arrivedAt: now };
  const state = {
    isMuted: settings.mutedUntil > now,
    isKnown: stored?.isKnown === true,
    isSilent: message.silent === true,
    maxActions: ports.maxActions,
    now,
    texts,
  };
  const parsed = parseMessage(message, marks, ports.page);
  return planNotification(parsed.encrypted ? { ...parsed, title: texts.encrypted, body: '' } : parsed, state);
}

/** Confirms to the relay that the push was shown. Tries again if the relay cannot be reached, but not if it refuses. */
async function tell(account: AccountRecord, mid: string, { api, clock }: PushWorkerPorts): Promise<void> {
  for (const wait of [...TELL_AGAIN, undefined]) {
    try {
      await api.receipt(account, mid);
      return;
    } catch (error) {
      if (wait === undefined || !isUnreached(error)) return;
    }
    await sleep(clock, wait);
  }
}
