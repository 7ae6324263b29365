// Messages for chats: the title, the paragraphs, what a colour means, and the life of an alert.
import { readActions } from '../../shared/actions.ts';
import { isObject, type JsonObject, ownValue } from '../../shared/object.ts';
import type { Priority } from '../../shared/priority.ts';
import { readText } from './generic.ts';
import type { Told } from './template.ts';

/** A message of a chat. */
export interface ChatMessage {
  /** Candidates; the first that is not empty counts. */
  readonly titles: readonly string[];
  /** Texts whose first line is the title if no candidate is. */
  readonly paragraphs: readonly string[];
  /** The title if nothing else gives one. */
  readonly author: string;
  readonly click?: string | undefined;
  readonly image?: string | undefined;
  readonly icon?: string | undefined;
  readonly actions?: readonly JsonObject[];
  /** Red, green and blue from 0 to 255, or a word. */
  readonly color?: Color | undefined;
  readonly isPlain?: boolean;
  readonly isQuiet?: boolean;
}

/** What a colour says of a message. */
export type Color = 'danger' | 'warning' | 'good';

const COLORS: Readonly<Record<Color, { readonly priority?: Priority; readonly tags: readonly string[] }>> = {
  danger: { priority: 4, tags: ['red_circle'] },
  warning: { priority: 4, tags: ['yellow_circle'] },
  good: { tags: ['green_circle'] },
};
const LOW = 2;

/** What a colour means; undefined for one that means nothing. @param rgb 0xRRGGBB */
export function meaningOf(rgb: number): Color | undefined {
  const [r, g, b] = [(rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255];
  if (r >= 150 && r > 1.5 * g && r > 1.5 * b) return 'danger';
  if (r >= 150 && g >= 120 && b < 0.6 * r) return 'warning';
  return g >= 100 && g > 1.2 * r && g > 1.2 * b ? 'good' : undefined;
}

/** The text of a field; `""` if it has none. */
export function chatText(object: unknown, ...path: readonly string[]): string {
  let value = object;
  for (const name of path) value = isObject(value) ? ownValue(value, name) : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/** The objects in a list of a field. Bounded, since each becomes a paragraph. */
export function chatList(object: JsonObject, name: string): JsonObject[] {
  const list = ownValue(object, name);
  return Array.isArray(list) ? list.slice(0, 100).filter(isObject) : [];
}

/** The address, if a picture may be shown from there. */
export function securePicture(url: string): string | undefined {
  return /^https:\/\//i.test(url) ? url : undefined;
}

/** The state that a title begins with, and the title of the alert. */
function alertOf(title: string): { state: 'firing' | 'resolved'; name: string } | undefined {
  const [, word = '', rest = ''] = /^\[(FIRING|RESOLVED)[^\]]*\]\s*(.*)$/s.exec(title) ?? [];
  if (rest === '') return undefined;
  return { state: word === 'FIRING' ? 'firing' : 'resolved', name: rest };
}

/** What a message for a chat says. Its title is empty if nothing in it is one. */
export function chatTold(message: ChatMessage): Told {
  const named = message.titles.find((one) => one !== '') ?? '';
  const paragraphs: string[] = [];
  for (const one of message.paragraphs)
    if (one !== '' && one !== named && !paragraphs.includes(one)) paragraphs.push(one);
  const given = named || (paragraphs.length === 0 ? message.author : '');
  const alert = alertOf(named || (paragraphs[0] ?? ''));
  const title = alert === undefined ? given : `${alert.state === 'resolved' ? 'Resolved: ' : ''}${alert.name}`;
  const { click, image, icon, actions = [], color } = message;
  // A paragraph that was the title is not shown again.
  const body = alert !== undefined && named === '' ? paragraphs.slice(1) : paragraphs;
  return {
    title,
    body: body.join('\n\n'),
    format: message.isPlain === true ? 'plain' : 'markdown',
    ...(color === undefined ? {} : COLORS[color]),
    ...(message.isQuiet === true ? { priority: LOW } : {}),
    click: click === undefined ? [] : [click],
    ...(image === undefined ? {} : { image }),
    ...(icon === undefined ? {} : { icon }),
    actions: readActions(actions),
    state: alert?.state,
    ...(alert === undefined ? {} : { identity: alert.name }),
  };
}

/** The same for a webhook of any program, which has no dialect that finds the title. */
export function hookTold(message: ChatMessage): Told {
  const told = chatTold(message);
  if (told.title !== '') return told;
  const { title, body = '' } = readText(told.body ?? '');
  return { ...told, title, body };
}
