// Messages as Gotify's programs send and get them.
import { type Content, readContent } from '../../../shared/content.ts';
import type { Message } from '../../../shared/message.ts';
import { isObject, type JsonObject, ownValue } from '../../../shared/object.ts';
import type { Priority } from '../../../shared/priority.ts';
import { answerActions } from '../kit/answer-actions.ts';

/** What a sender says. */
export interface Given {
  readonly message: string;
  readonly title: string;
  /** Absent when the sender gave none. */
  readonly priority?: number;
  readonly extras?: JsonObject;
}

/** A message, keys in the order in which Gotify writes them. */
export interface GotifyMessage {
  readonly id: number;
  /** The number of the key that sent it. */
  readonly appid: number;
  readonly message: string;
  readonly title: string;
  readonly priority: number;
  readonly extras?: JsonObject;
  /** RFC 3339. */
  readonly date: string;
}

/** The key that sent a message, or the relay itself. */
export interface Application {
  readonly number: number;
  readonly name: string;
}

const NORMAL: Priority = 3;
/** Gotify's number for each priority. */
const NUMBERS: Readonly<Record<Priority, number>> = { 1: 0, 2: 2, 3: 5, 4: 8, 5: 10 };
/** The most that a message has which must not ring. */
const SILENT = 1;
/** Names of extras that the Android app reads without a check, each with the entry that it takes for an object. */
const CHECKED = /^(?:client|android)::/;
const INNER = ['click', 'onReceive'];

/** Gotify's number for a priority. */
export function numberOf(priority: number = NORMAL): number {
  return NUMBERS[priority as Priority] ?? NUMBERS[NORMAL];
}

/** The priority for Gotify's number. */
export function priorityOf(number: number): Priority {
  if (number <= 0) return 1;
  if (number <= 3) return 2;
  if (number <= 7) return 3;
  return number <= 9 ? 4 : 5;
}

function entryIn(extras: JsonObject, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((found, name) => (isObject(found) ? ownValue(found, name) : undefined), extras);
}

/** The content of what a sender says. @param name of the application, for a message without a title */
export function contentOf({ message, title, priority, extras = {} }: Given, name: string): Content {
  const text = (...path: readonly string[]) => {
    const value = entryIn(extras, ...path);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const isMarkdown = text('client::display', 'contentType') === 'text/markdown';
  const click = text('client::notification', 'click', 'url');
  const image = text('client::notification', 'bigImageUrl');
  const own = {
    ...(priority === undefined ? {} : { priority }),
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
  };
  return readContent({
    text: title.trim() === '' ? name : title,
    desp: message,
    extra: {
      markdown: isMarkdown ? '1' : '0',
      ...(priority === undefined ? {} : { priority: priorityOf(priority) }),
      ...(click === undefined ? {} : { click }),
      ...(image === undefined ? {} : { image }),
      ...(Object.keys(own).length === 0 ? {} : { gotify: own }),
    },
  });
}

/** The extras without what the Android app dies of. */
function safeExtras(extras: JsonObject): JsonObject {
  const isSafe = ([name, value]: [string, unknown]) =>
    !CHECKED.test(name) ||
    (isObject(value) && INNER.every((inner) => !Object.hasOwn(value, inner) || isObject(value[inner])));
  return Object.fromEntries(Object.entries(extras).filter(isSafe));
}

/** The extras of content that another dialect took in. */
function ownExtras({ format, click, image, answerUrl }: Content): JsonObject {
  const url = answerUrl ?? click;
  const notification = {
    ...(url === undefined ? {} : { click: { url } }),
    ...(image === undefined ? {} : { bigImageUrl: image }),
  };
  return {
    ...(format === 'markdown' ? { 'client::display': { contentType: 'text/markdown' } } : {}),
    ...(Object.keys(notification).length === 0 ? {} : { 'client::notification': notification }),
  };
}

/** What Gotify's programs have no field for: where a question is answered, and a file. */
function linksOf(content: Content): string {
  const { answerUrl, attachment } = content;
  const labels = answerActions(content).map(({ label }) => label);
  const answer = answerUrl === undefined ? '' : `\n\n${labels.join(' / ')}: ${answerUrl}`;
  return attachment === undefined ? answer : `${answer}\n\n${attachment.name ?? 'File'}: ${attachment.url}`;
}

/** A message of the log. @param isSilent whether it must not ring here */
export function toGotify(
  { content, createdAt }: Pick<Message, 'content' | 'createdAt'>,
  id: number,
  { number, name }: Application,
  isSilent = false,
): GotifyMessage {
  const { title, body, extra } = content;
  const mark = ownValue(extra, 'gotify');
  const [given, ownMark] = isObject(mark) ? [ownValue(mark, 'priority'), ownValue(mark, 'extras')] : [];
  const priority = Number.isSafeInteger(given) ? Number(given) : numberOf(content.priority);
  const extras = isObject(mark) ? safeExtras(isObject(ownMark) ? ownMark : {}) : ownExtras(content);
  return {
    id,
    appid: number,
    message: (body === '' ? title : body) + linksOf(content),
    title: body === '' || title === '' ? name : title,
    priority: isSilent ? Math.min(priority, SILENT) : priority,
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
    date: new Date(createdAt).toISOString(),
  };
}
