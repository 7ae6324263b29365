// Converts a message for the views. Never throws, and drops everything unsafe that a sender may write.
import { readContent } from '../../../../shared/content.ts';
import { safeImage } from '../../../../shared/links.ts';
import type { WireMessage } from '../../../../shared/message.ts';
import { isEncrypted } from '../../../../shared/sealed.ts';
import type { InboxMessage } from '../model.ts';
import { emojiOf } from './emoji.ts';
import { readFile } from './message-file.ts';

/** What this page knows about a message besides its content. */
export interface Marks {
  readonly accountId: string;
  readonly read: boolean;
  readonly pinned: boolean;
  /** When it arrived here, ms since 1970. Shown until the page knows when the relay accepted the message. */
  readonly arrivedAt: number;
}

/** @param base address of the page; its own origin may serve images */
export function parseMessage(message: WireMessage, marks: Marks, base: string): InboxMessage {
  const content = readContent(message.message);
  return {
    accountId: marks.accountId,
    mid: message.mid,
    time: message.createdAt ?? marks.arrivedAt,
    title: content.title,
    body: content.body,
    markdown: content.format === 'markdown',
    sender: message.from.name,
    group: message.sendType === 'group' ? message.target : undefined,
    priority: content.priority ?? 3,
    tags: [...new Set(content.tags.map((tag) => emojiOf(tag) ?? tag))],
    click: content.click,
    icon: safeImage(content.icon, base),
    image: safeImage(content.image, base),
    file: readFile(content.attachment),
    actions: content.actions,
    encrypted: isEncrypted(message.message),
    key: content.key,
    ask: content.ask,
    extra: content.extra,
    read: marks.read,
    pinned: marks.pinned,
  };
}
