// Messages for chats as messages of Herald: the title, the paragraphs, what a colour means, and the life of an alert.
import { createHash } from 'node:crypto';
import type { Content } from '../../../shared/content.ts';
import { isObject, type JsonObject, ownValue } from '../../../shared/object.ts';
import type { Key } from '../../access/keys.ts';
import type { SentFile } from './fields.ts';
import { keyContent } from './key-sends.ts';

/** A message of a chat. */
export interface ChatMessage {
  /** Candidates; the first that is not empty counts. */
  readonly titles: readonly string[];
  /** Texts that give the title if no candidate does: their first line. */
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
  readonly files?: readonly SentFile[];
}

/** What a colour says of a message. */
export type Color = 'danger' | 'warning' | 'good';

const COLORS: Readonly<Record<Color, object>> = {
  danger: { priority: 4, tags: ['red_circle'] },
  warning: { priority: 4, tags: ['yellow_circle'] },
  good: { tags: ['green_circle'] },
};
const LOW = 2;
const MAX_KEY = 64;

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

function alertKey(dialect: string, key: string, name: string): string {
  const whole = `${key}/${dialect}/${name}`;
  if (whole.length <= MAX_KEY) return whole;
  return `${dialect}/${createHash('sha256').update(whole).digest('hex').slice(0, 32)}`;
}

/** The content of a message for a chat. @param dialect part of the keys of its alerts */
export function chatContent(dialect: string, { name }: Key, message: ChatMessage): Content {
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
  return keyContent({
    title,
    body: body.join('\n\n'),
    extra: [
      ['markdown', message.isPlain === true ? 0 : undefined],
      ...Object.entries(color === undefined ? {} : COLORS[color]),
      ...(message.isQuiet === true ? [['priority', LOW] as const] : []),
      ['click', click || undefined],
      ['image', image],
      ['icon', icon],
      ['actions', actions.length === 0 ? undefined : actions.slice(0, 3)],
      ['key', alert === undefined ? undefined : alertKey(dialect, name, alert.name)],
      ['state', alert?.state],
    ],
    files: message.files ?? [],
  });
}
