// Decides how a message looks as a notification.

import { plainText } from '../src/model/message/plain-text.ts';
import type { InboxMessage, MessageAction } from '../src/model/model.ts';
import { fill, type WorkerTexts } from './texts.ts';

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
  readonly actions: readonly NotificationButton[];
  readonly data: NotificationData;
}

/** What the click handler needs. The browser keeps it with the notification. */
export interface NotificationData {
  readonly accountId: string;
  readonly mid: string;
  readonly actions: readonly MessageAction[];
  readonly key?: string;
  /** Whether a click opens the list. */
  readonly isDigest?: true;
  readonly ask?: AskedHere;
}

/** The question of a notification, with what is needed to show it again when an answer could not be sent. */
export interface AskedHere {
  readonly id: string;
  readonly kind: 'choice' | 'text' | 'acknowledge';
  readonly options: readonly string[];
  readonly title: string;
  readonly tag: string;
  readonly buttons: readonly NotificationButton[];
}

/** A button as the browser shows it. */
export interface NotificationButton {
  readonly action: string;
  readonly title: string;
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
  /** ms since 1970. */
  readonly now: number;
  readonly texts: WorkerTexts;
}

/** What the buttons of a question are called in `notificationclick`; an option has its place behind the word. */
export const BUTTONS = { answer: 'answer', reply: 'reply', more: 'more' } as const;

const NAME = 'Herald';
const ICON = './icon-192.png';
const BADGE = './badge-96.png';
const MAX_TITLE = 200;
const MAX_BODY = 1000;
/** For an emergency: SOS. */
const ALARM = [200, 100, 200, 100, 200, 300, 600, 100, 600, 100, 600, 300, 200, 100, 200, 100, 200];
const VIBRATION: Partial<Record<InboxMessage['priority'], readonly number[]>> = {
  3: [200],
  4: [200, 100, 200],
  5: [400, 100, 400, 100, 400],
};

/** The buttons that answer. If the system shows too few, the last one opens the message. */
function answerButtons(ask: NonNullable<InboxMessage['ask']>, { maxActions, texts }: NotificationState) {
  if (ask.kind === 'acknowledge') return [{ action: `${BUTTONS.answer}0`, title: texts.acknowledge }];
  if (ask.kind === 'text') return [{ action: BUTTONS.reply, title: texts.reply }];
  const options = (ask.options ?? []).map((title, at) => ({ action: `${BUTTONS.answer}${at}`, title }));
  if (options.length <= maxActions) return options;
  return [...options.slice(0, maxActions - 1), { action: BUTTONS.more, title: texts.more }];
}

function tagOf({ accountId, mid, key, ask }: InboxMessage): string {
  if (key !== undefined) return `key:${accountId}/${key}`;
  return ask === undefined ? `mid:${accountId}/${mid}` : `ask:${accountId}/${ask.id}`;
}

/** Plans the notification for a message. */
export function planNotification(message: InboxMessage, state: NotificationState): NotificationPlan {
  const { accountId, mid, actions, key } = message;
  // After its end, a question is a message like others.
  const ask = message.ask !== undefined && message.ask.until > state.now ? message.ask : undefined;
  const isEmergency = ask?.kind === 'acknowledge';
  const priority = isEmergency ? 5 : message.priority;
  const text = message.markdown ? plainText(message.body) : message.body.trim();
  const round = isEmergency && (ask.round ?? 1) > 1 ? fill(state.texts.round, { round: String(ask.round) }) : '';
  // An emergency rings in any case, and again with each round.
  const silent = state.isKnown || (!isEmergency && (state.isMuted || state.isSilent || priority < 3));
  const vibrate = silent ? undefined : isEmergency ? ALARM : VIBRATION[priority];
  const title = (message.title.trim() || message.sender || NAME).slice(0, MAX_TITLE);
  const tag = tagOf(message);
  const own = ask === undefined ? [] : answerButtons(ask, state);
  // An emergency has one button, so that no one presses another one in a hurry.
  const others = isEmergency ? [] : actions.map(({ label }, index) => ({ action: String(index), title: label }));
  const buttons = [...own, ...others].slice(0, state.maxActions);
  return {
    title,
    options: {
      body: [round, text.slice(0, MAX_BODY)].filter((part) => part !== '').join('\n'),
      icon: message.icon ?? ICON,
      badge: BADGE,
      ...(message.image === undefined ? {} : { image: message.image }),
      tag,
      // A message that replaces another one rings too.
      renotify: !silent,
      requireInteraction: isEmergency || ((priority === 5 || ask !== undefined) && !state.isMuted),
      silent,
      // Browsers reject a silent notification that vibrates.
      ...(vibrate === undefined ? {} : { vibrate }),
      timestamp: message.time,
      actions: buttons,
      data: {
        accountId,
        mid,
        actions,
        ...(key === undefined ? {} : { key }),
        ...(ask === undefined
          ? {}
          : { ask: { id: ask.id, kind: ask.kind, options: ask.options ?? [], title, tag, buttons } }),
      },
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

/** Plans the notification at the end of quiet hours. The next one takes its place. */
export function planDigest(title: string, accountId: string, timestamp: number, isMuted: boolean): NotificationPlan {
  const { options } = planPlain(title, '', `digest:${accountId}`, timestamp);
  const data = { accountId, mid: '', actions: [], isDigest: true } as const;
  return { title, options: { ...options, silent: isMuted, renotify: !isMuted, data } };
}

/** The name of the page, for notifications without a title. */
export const PAGE_NAME = NAME;
