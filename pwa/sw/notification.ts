// Decides how a message looks as a notification.

import { plainText } from '../src/model/message/plain-text.ts';
import type { InboxMessage, MessageAction } from '../src/model/model.ts';

/** Options of `showNotification`, including those that TypeScript's types lack. */
export interface NotificationOptionsOfAll {
  readonly body: string;
  readonly icon: string;
  readonly badge: string;
  readonly image?: string;
  readonly tag: string;
  readonly renotify: boolean;
  readonly requireInteraction: boolean;
  readonly silent: boolean;
  readonly vibrate?: readonly number[];
  readonly timestamp: number;
  readonly actions: readonly { readonly action: string; readonly title: string }[];
  readonly data: NotificationData;
}

/** What the click handler needs. The browser keeps it with the notification. */
export interface NotificationData {
  readonly accountId: string;
  readonly mid: string;
  readonly actions: readonly MessageAction[];
  readonly key?: string;
}

/** The arguments of `showNotification`. */
export interface NotificationPlan {
  readonly title: string;
  readonly options: NotificationOptionsOfAll;
}

/** What decides whether a notification rings, and how many buttons it has. */
export interface NotificationState {
  readonly isMuted: boolean;
  /** The message is already stored on this device, so it must not ring again. */
  readonly isKnown: boolean;
  /** The relay says that it must not ring, because it repeats an alert. */
  readonly isSilent: boolean;
  /** How many buttons the system shows. */
  readonly maxActions: number;
}

const NAME = 'Herald';
const ICON = './icon-192.png';
const BADGE = './badge-96.png';
const MAX_TITLE = 200;
const MAX_BODY = 1000;
const VIBRATION: Partial<Record<InboxMessage['priority'], readonly number[]>> = {
  3: [200],
  4: [200, 100, 200],
  5: [400, 100, 400, 100, 400],
};

/** Plans the notification for a message. */
export function planNotification(message: InboxMessage, state: NotificationState): NotificationPlan {
  const { accountId, mid, priority, actions, key } = message;
  const body = message.markdown ? plainText(message.body) : message.body.trim();
  const silent = state.isMuted || state.isKnown || state.isSilent || priority < 3;
  const vibrate = silent ? undefined : VIBRATION[priority];
  return {
    title: (message.title.trim() || message.sender || NAME).slice(0, MAX_TITLE),
    options: {
      body: body.slice(0, MAX_BODY),
      icon: message.icon ?? ICON,
      badge: BADGE,
      ...(message.image === undefined ? {} : { image: message.image }),
      tag: key === undefined ? `mid:${accountId}/${mid}` : `key:${accountId}/${key}`,
      // A message that replaces another one rings too.
      renotify: !silent,
      requireInteraction: priority === 5 && !state.isMuted,
      silent,
      // Browsers reject a silent notification that vibrates.
      ...(vibrate === undefined ? {} : { vibrate }),
      timestamp: message.time,
      actions: actions.slice(0, state.maxActions).map(({ label }, index) => ({ action: String(index), title: label })),
      data: { accountId, mid, actions, ...(key === undefined ? {} : { key }) },
    },
  };
}

/** Plans a notification that shows no message, for example for a push that cannot be read. */
export function planPlain(title: string, body: string, tag: string, timestamp: number): NotificationPlan {
  return {
    title,
    options: {
      body,
      icon: ICON,
      badge: BADGE,
      tag,
      renotify: false,
      requireInteraction: false,
      silent: false,
      timestamp,
      actions: [],
      data: { accountId: '', mid: '', actions: [] },
    },
  };
}

/** The name of the page, for notifications without a title. */
export const PAGE_NAME = NAME;
