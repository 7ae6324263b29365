// A message and its extras as the views show them. Whatever a sender wrote, this never throws and lets nothing unsafe through.
import type { Message } from '../../../../shared/message.ts';
import { readPriority } from '../../../../shared/priority.ts';
import type { InboxMessage } from '../model.ts';
import { readActions } from './actions.ts';
import { emojiOf } from './emoji.ts';
import { safeImage, safeLink } from './links.ts';
import { fromJsonText, ownValue } from './read-message.ts';

const OFF = new Set(['0', 'false', 'no', 'off']);
const MAX_TAGS = 16;
const MAX_TAG = 64;
const MAX_KEY = 256;

/** An array, its JSON text, or text with commas; known short codes become emoji. */
export function readTags(value: unknown): readonly string[] {
  const given = fromJsonText(value);
  const list: unknown[] = Array.isArray(given) ? given : typeof given === 'string' ? given.split(',') : [given];
  const tags = new Set<string>();
  for (const item of list.slice(0, 4 * MAX_TAGS)) {
    if (typeof item !== 'string' && typeof item !== 'number') continue;
    const tag = String(item).trim();
    if (tag !== '' && tag.length <= MAX_TAG && tags.size < MAX_TAGS) tags.add(emojiOf(tag) ?? tag);
  }
  return [...tags];
}

/** Whether the body is Markdown: yes, unless the sender switched it off. */
export function readMarkdown(value: unknown): boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return true;
  return !OFF.has(String(value).trim().toLowerCase());
}

/** What makes a later message take the place of an earlier one on the desktop; undefined when the sender gave none. */
export function readKey(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const key = String(value);
  return key === '' || key.length > MAX_KEY ? undefined : key;
}

/** How this page holds a message, beside what the sender wrote. */
export interface Marks {
  readonly accountId: string;
  readonly read: boolean;
  readonly pinned: boolean;
}

/** @param base address of the page: images of its own origin are allowed */
export function parseMessage(message: Message, marks: Marks, base: string): InboxMessage {
  const { text, desp, extra } = message.message;
  return {
    accountId: marks.accountId,
    mid: message.mid,
    time: Number(message.mid),
    title: text,
    body: desp,
    markdown: readMarkdown(ownValue(extra, 'markdown')),
    sender: message.from.name,
    group: message.sendType === 'group' ? message.target : undefined,
    priority: readPriority(ownValue(extra, 'priority')) ?? 3,
    tags: readTags(ownValue(extra, 'tags')),
    click: safeLink(ownValue(extra, 'click')) ?? safeLink(ownValue(extra, 'scheme')),
    icon: safeImage(ownValue(extra, 'icon'), base),
    image: safeImage(ownValue(extra, 'image'), base),
    actions: readActions(ownValue(extra, 'actions')),
    read: marks.read,
    pinned: marks.pinned,
  };
}
