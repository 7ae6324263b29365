// Messages for chats as messages of Herald.
import type { Content } from '../../../shared/content.ts';
import { type JsonObject, parseObject } from '../../../shared/object.ts';
import type { Key } from '../../access/keys.ts';
import { type ChatMessage, chatTold } from '../../templates/chat.ts';
import { alertKey } from '../../templates/content.ts';
import { FieldMap, type SentFields, type SentFile } from './fields.ts';
import { keyContent } from './key-sends.ts';

/** The paths of webhooks at Discord, in all versions of its interface that programs use. */
export const DISCORD_PATHS: readonly string[] = ['', ...[6, 7, 8, 9, 10, 11].map((version) => `/v${version}`)].map(
  (version) => `/api${version}/webhooks/:id/:key`,
);

/** The JSON of a webhook, and what a signature of it may cover. */
export interface ChatPayload {
  /** Undefined for what is no JSON object. */
  readonly payload: JsonObject | undefined;
  readonly texts: readonly (string | Buffer)[];
}

/** Finds the JSON of a webhook: it is the body, or in a field of a form. */
export function chatPayload(fields: SentFields, name: string): ChatPayload {
  const inForm = fields.json === undefined ? new FieldMap(fields).text(name) : '';
  if (inForm === '') return { payload: fields.json, texts: [fields.bytes] };
  return { payload: parseObject(inForm), texts: [fields.bytes, inForm] };
}

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
