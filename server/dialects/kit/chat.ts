// Messages for chats as messages of Herald.
import type { Content } from '../../../shared/content.ts';
import type { Key } from '../../access/keys.ts';
import { type ChatMessage, chatTold } from '../../templates/chat.ts';
import { alertKey } from '../../templates/content.ts';
import type { SentFile } from './fields.ts';
import { keyContent } from './key-sends.ts';

/** The content of a message for a chat. @param dialect part of the keys of its alerts */
export function chatContent(
  dialect: string,
  { name }: Key,
  message: ChatMessage,
  files: readonly SentFile[] = [],
): Content {
  const {
    title,
    body = '',
    format,
    priority,
    tags,
    click,
    image,
    icon,
    actions = [],
    state,
    identity,
  } = chatTold(message);
  const buttons = actions.map(({ kind, ...rest }) => ({ action: kind, ...rest }));
  return keyContent({
    title,
    body,
    format: format === 'plain' ? 'text' : 'markdown',
    extra: [
      ['priority', priority],
      ['click', click?.[0] || undefined],
      ['image', image],
      ['icon', icon],
      ['actions', buttons.length === 0 ? undefined : buttons],
      ['key', identity === undefined ? undefined : alertKey(name, dialect, identity)],
      ['state', state],
    ],
    tags,
    files,
  });
}
