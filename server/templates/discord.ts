// A message in Discord's form: a text, and embeds.
import { isObject, type JsonObject, ownValue } from '../../shared/object.ts';
import { type ChatMessage, chatList, chatText, hookTold, meaningOf, securePicture } from './chat.ts';
import type { Template } from './template.ts';

/** The flag of messages that must not ring. */
const QUIET = 1 << 12;

/** Times and names in a text, as people read them. */
function readable(text: string): string {
  return text
    .replace(/<t:(-?\d{1,12})(?::[a-zA-Z])?>/g, (_, seconds) => new Date(Number(seconds) * 1000).toISOString())
    .replace(/<a?:(\w{1,64}):\d{1,20}>/g, ':$1:')
    .replace(/<([@#][!&]?\d{1,20})>/g, '$1');
}

function embedText(embed: JsonObject, title: string): string[] {
  const name = readable(chatText(embed, 'title'));
  const url = chatText(embed, 'url');
  const shown = name === title ? '' : url === '' ? name : `[${name || url}](${url})`;
  const fields = chatList(embed, 'fields').map(
    (field) => `**${readable(chatText(field, 'name'))}:** ${readable(chatText(field, 'value'))}`,
  );
  const pieces = [
    shown,
    readable(chatText(embed, 'description')),
    ...fields,
    readable(chatText(embed, 'footer', 'text')),
  ];
  return pieces.filter(Boolean);
}

/** Reads a message in Discord's form. */
export function readDiscord(payload: JsonObject): ChatMessage {
  const embeds = chatList(payload, 'embeds');
  const [first] = embeds;
  const title = first === undefined ? '' : readable(chatText(first, 'title'));
  const paragraphs = [readable(chatText(payload, 'content')), ...embeds.flatMap((one) => embedText(one, title))];
  const author = first === undefined ? '' : chatText(first, 'author', 'name');
  const color = first === undefined ? undefined : ownValue(first, 'color');
  const pictures = embeds.flatMap((one) => [chatText(one, 'image', 'url'), chatText(one, 'thumbnail', 'url')]);
  return {
    titles: [title],
    paragraphs: paragraphs.filter(Boolean),
    author: author || chatText(payload, 'username'),
    click: first === undefined ? undefined : chatText(first, 'url'),
    image: pictures.map(securePicture).find((one) => one !== undefined),
    icon: securePicture(chatText(payload, 'avatar_url')),
    color: typeof color === 'number' ? meaningOf(color) : undefined,
    isQuiet: (Number(chatText(payload, 'flags')) & QUIET) !== 0,
  };
}

/** Discord's form, at any address. */
export const discord: Template = ({ body }) => {
  if (!isObject(body)) return undefined;
  const message = readDiscord(body);
  return message.titles[0] === '' && message.paragraphs.length === 0 ? undefined : hookTold(message);
};
