// A message in Slack's form: texts, blocks and attachments. Mattermost and Rocket.Chat write the same.
import { isObject, type JsonObject, ownValue } from '../../shared/object.ts';
import { type ChatMessage, type Color, chatList, chatText, hookTold, meaningOf, securePicture } from './chat.ts';
import type { Template } from './template.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };
/** Depth to which rich text is read. */
const MAX_DEPTH = 8;

function special(whole: string, inner: string): string {
  const [target = '', label = ''] = inner.split('|', 2);
  if (/^!(?:channel|here|everyone)/.test(target)) return `@${target.slice(1)}`;
  if (/^[@#!]/.test(target)) return label === '' ? target : `${target.startsWith('#') ? '#' : ''}${label}`;
  if (!/^(?:https?|mailto):/i.test(target)) return whole;
  return label === '' ? target : `[${label}](${target})`;
}

/** mrkdwn as Markdown. Code stays as it is. */
export function fromMrkdwn(text: string): string {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((part, at) => {
      if (at % 2 === 1) return part;
      return part
        .replace(/<([^<>\n]{1,4096})>/g, special)
        .replace(/(^|[\s([{>])\*(?=\S)([^*\n]{1,2000})\*(?=$|[\s.,:;!?)\]}])/gm, '$1**$2**')
        .replace(/(^|[\s([{>])~(?=\S)([^~\n]{1,2000})~(?=$|[\s.,:;!?)\]}])/gm, '$1~~$2~~');
    })
    .join('')
    .replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** A text object: plain, or mrkdwn. */
function textObject(value: unknown): string {
  const text = chatText(value, 'text');
  return chatText(value, 'type') === 'mrkdwn' ? fromMrkdwn(text) : text;
}

function richText(value: unknown, depth = 0): string {
  if (!isObject(value) || depth > MAX_DEPTH) return '';
  const own = chatText(value, 'text') || chatText(value, 'url') || chatText(value, 'name');
  const inner = chatList(value, 'elements').map((one) => richText(one, depth + 1));
  return [own, ...inner].join('');
}

function blockText(block: JsonObject): string[] {
  const fields = chatList(block, 'fields').map(textObject);
  switch (chatText(block, 'type')) {
    case 'section':
      return [textObject(ownValue(block, 'text')), ...fields];
    case 'context':
      return [chatList(block, 'elements').map(textObject).filter(Boolean).join(' ')];
    case 'markdown':
      return [chatText(block, 'text')];
    case 'rich_text':
      return [richText(block)];
    case 'image':
      return [chatText(block, 'alt_text')];
    case 'divider':
      return ['---'];
    default:
      return [];
  }
}

function attachmentText(one: JsonObject, title: string, read: (text: string) => string): string[] {
  const name = chatText(one, 'title');
  const link = chatText(one, 'title_link');
  const blocks = chatList(one, 'blocks').flatMap(blockText);
  const fields = chatList(one, 'fields').map((field) =>
    [`**${chatText(field, 'title')}:**`, read(chatText(field, 'value'))].join(' '),
  );
  const shown = name === title ? '' : link === '' ? name : `[${name || link}](${link})`;
  const texts = [read(chatText(one, 'pretext')), shown, read(chatText(one, 'text')), ...blocks, ...fields];
  const all = [...texts, chatText(one, 'footer')].filter(Boolean);
  return all.length > 0 || name !== '' ? all : [read(chatText(one, 'fallback'))];
}

function colorOf(text: string): Color | undefined {
  if (text === 'danger' || text === 'warning' || text === 'good') return text;
  const [, hex] = /^#?([\da-f]{6})$/i.exec(text) ?? [];
  return hex === undefined ? undefined : meaningOf(Number.parseInt(hex, 16));
}

/** Text of Mattermost and Rocket.Chat: Markdown as it is. What its heading says is the title. */
function fromMarkdown(text: string): string {
  return text.replace(/^#{1,6} +/, '');
}

/**
 * Reads a message.
 * @param isMarkdown whether its texts are in Markdown in place of mrkdwn
 * @returns undefined if it has no text
 */
export function readSlack(payload: JsonObject, isMarkdown = false): ChatMessage | undefined {
  const attachments = chatList(payload, 'attachments');
  const [first] = attachments;
  const blocks = [...chatList(payload, 'blocks'), ...attachments.flatMap((one) => chatList(one, 'blocks'))];
  const isPlain = ownValue(payload, 'mrkdwn') === false;
  const marked = isMarkdown ? fromMarkdown : fromMrkdwn;
  const read = isPlain ? (text: string) => text : marked;
  const header = blocks.find((block) => chatText(block, 'type') === 'header');
  const heading = header === undefined ? '' : chatText(header, 'text', 'text');
  const titles = [heading, first === undefined ? '' : chatText(first, 'title')];
  const title = titles.find((one) => one !== '') ?? '';
  const paragraphs = [
    read(chatText(payload, 'text')),
    ...chatList(payload, 'blocks').flatMap(blockText),
    ...attachments.flatMap((one) => attachmentText(one, title, read)),
  ].filter(Boolean);
  if (title === '' && paragraphs.length === 0) return undefined;
  const buttons = blocks
    .flatMap((block) => chatList(block, 'elements'))
    .filter((one) => chatText(one, 'url') !== '' && chatText(one, 'type') === 'button')
    .map((one) => ({ action: 'open', label: chatText(one, 'text', 'text') || 'Open', url: chatText(one, 'url') }));
  const pictures = [...blocks, ...attachments].map((one) => securePicture(chatText(one, 'image_url')));
  return {
    titles,
    paragraphs,
    author: chatText(payload, 'username'),
    click: (first === undefined ? '' : chatText(first, 'title_link')) || buttons[0]?.url,
    image: pictures.find((one) => one !== undefined),
    icon: securePicture(chatText(payload, 'icon_url')),
    actions: buttons,
    color: first === undefined ? undefined : colorOf(chatText(first, 'color')),
    isPlain,
  };
}

/** Slack's form, at any address. */
export const slack: Template = ({ body }) => {
  const message = isObject(body) ? readSlack(body) : undefined;
  return message === undefined ? undefined : hookTold(message);
};
