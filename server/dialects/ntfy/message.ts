// Messages as ntfy's programs get them, and back.
import { type Content, readContent, writeContent } from '../../../shared/content.ts';
import { lastPart } from '../../../shared/links.ts';
import type { Message } from '../../../shared/message.ts';
import { isObject, type JsonObject, ownValue } from '../../../shared/object.ts';
import { answerActions } from '../kit/answer-actions.ts';
import type { HttpAnswer } from '../kit/http-message.ts';
import { NTFY_ACTIONS, type NtfyAction } from './actions.ts';

/** The names of events. */
export type NtfyEvent = 'message' | 'message_clear' | 'message_delete' | 'open' | 'keepalive' | 'poll_request';

/** A file. Of one at another address only the name and the address are known. */
interface NtfyAttachment {
  readonly name: string;
  readonly type?: string;
  readonly size?: number;
  readonly expires?: number;
  readonly url: string;
}

/** An event, keys in the order in which ntfy writes them. Times are in seconds since 1970. */
export interface NtfyMessage {
  readonly id: string;
  readonly sequence_id?: string;
  readonly time: number;
  readonly expires?: number;
  readonly event: NtfyEvent;
  readonly topic: string;
  readonly title?: string;
  readonly message?: string;
  readonly priority?: number;
  readonly tags?: readonly string[];
  readonly click?: string;
  readonly icon?: string;
  readonly actions?: readonly NtfyAction[];
  readonly attachment?: NtfyAttachment;
  readonly poll_id?: string;
  readonly content_type?: 'text/markdown';
  readonly encoding?: 'base64';
}

/** What a sender says, all of it read and checked. */
export interface Publication {
  readonly topic: string;
  readonly sequence: string;
  readonly title: string;
  readonly message: string;
  readonly priority: number | undefined;
  readonly tags: readonly string[];
  readonly click: string;
  readonly icon: string;
  readonly actions: readonly NtfyAction[];
  readonly attachment: NtfyAttachment | undefined;
  /** The alert that it belongs to, if it has no sequence. */
  readonly alert?: Pick<Content, 'key' | 'state'>;
  readonly isMarkdown: boolean;
  readonly isBase64: boolean;
  readonly isCached: boolean;
}

/** What stands for a message that has no text. */
const NO_TEXT = 'triggered';
/** The longest text that is a title here, if the sender gave none. */
const MAX_LINE = 100;

/** The title and the text on mpush's wire. Nothing is invented that ntfy's receivers would see. */
function textsOf({ title, message: given, topic }: Publication): { readonly text: string; readonly desp: string } {
  const message = given === '' ? NO_TEXT : given;
  if (title !== '') return { text: title, desp: message };
  const isLine = !/[\r\n]/.test(message) && [...message].length <= MAX_LINE;
  return isLine ? { text: message, desp: '' } : { text: topic, desp: message };
}

/** The content of a publication. */
export function contentOf(publication: Publication): Content {
  const { title, sequence, priority, tags, click, icon, actions, attachment } = publication;
  const { text, desp } = textsOf(publication);
  const isImage = attachment?.type?.startsWith('image/') === true;
  const extra: JsonObject = {
    markdown: publication.isMarkdown ? 1 : 0,
    ...(title === '' && desp !== '' ? { untitled: 1 } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(click === '' ? {} : { click }),
    ...(icon === '' ? {} : { icon }),
    ...(actions.length === 0 ? {} : { actions }),
    ...(attachment === undefined ? {} : { attachment }),
    ...(isImage ? { image: attachment.url } : {}),
    ...(publication.isBase64 ? { encoding: 'base64' } : {}),
    ...(publication.isCached ? {} : { cache: 0 }),
    ...(sequence === '' ? publication.alert : { key: sequence }),
  };
  return readContent({ text, desp, extra });
}

/** Whether a message is kept for later readers of its topic. */
function isCached(content: Content): boolean {
  return content.extra['cache'] !== 0;
}

function textIn(extra: JsonObject, name: string): string {
  const value = ownValue(extra, name);
  return typeof value === 'string' ? value : '';
}

function actionsOf(content: Content, extra: JsonObject, id: string): readonly NtfyAction[] {
  const answers = answerActions(content);
  const given = ownValue(extra, 'actions');
  // Those of this dialect have everything; those of others are as the relay reads them.
  const isOwn = (one: unknown): one is NtfyAction =>
    isObject(one) && typeof one['id'] === 'string' && NTFY_ACTIONS.has(String(one['action']));
  if (answers.length === 0 && Array.isArray(given) && given.every(isOwn)) return given;
  const shown = answers.length > 0 ? answers : content.actions;
  return shown.map((action, index): NtfyAction => {
    // An answer settles the question.
    const common = { id: `${id.slice(0, 9)}${index}`, label: action.label, clear: answers.length > 0 };
    if (action.kind === 'open') return { ...common, action: 'view', url: action.url };
    if (action.kind === 'copy') return { ...common, action: 'copy', value: action.text };
    const { url, method, headers, body } = action;
    const hasHeaders = Object.keys(headers).length > 0;
    return {
      ...common,
      action: 'http',
      url,
      method,
      ...(hasHeaders ? { headers } : {}),
      ...(body === undefined ? {} : { body }),
    };
  });
}

function attachmentIn({ attachment, image }: Content): NtfyAttachment | undefined {
  if (attachment === undefined) {
    if (image === undefined || !URL.canParse(image)) return undefined;
    return { name: lastPart(image) || 'image', url: image };
  }
  const { name = 'attachment', type, size, expires, url } = attachment;
  return {
    name,
    ...(type === undefined ? {} : { type }),
    ...(size === undefined || size === 0 ? {} : { size }),
    ...(expires === undefined ? {} : { expires }),
    url,
  };
}

/** The part of an event after its topic. */
function fieldsOf(content: Content, id: string): Partial<NtfyMessage> {
  const { text, desp, extra } = writeContent(content);
  const { priority, tags } = content;
  const isUntitled = desp === '' || ownValue(extra, 'untitled') === 1;
  const [click, icon] = [textIn(extra, 'click') || textIn(extra, 'scheme'), textIn(extra, 'icon')];
  const actions = actionsOf(content, extra, id);
  const attachment = attachmentIn(content);
  return {
    ...(isUntitled ? {} : { title: text }),
    message: (desp === '' ? text : desp) || NO_TEXT,
    ...(priority === undefined ? {} : { priority }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(click === '' ? {} : { click }),
    ...(icon === '' ? {} : { icon }),
    ...(actions.length === 0 ? {} : { actions }),
    ...(attachment === undefined ? {} : { attachment }),
    ...(content.format === 'markdown' ? { content_type: 'text/markdown' } : {}),
    ...(ownValue(extra, 'encoding') === 'base64' ? { encoding: 'base64' } : {}),
  };
}

/** When a message is told and when it is forgotten. */
export interface NtfyTimes {
  /** ms since 1970. */
  readonly at: number;
  /** How long it is kept, in ms. */
  readonly historyTtl: number;
}

/** The event of content. */
export function messageEvent(id: string, topic: string, content: Content, { at, historyTtl }: NtfyTimes): NtfyMessage {
  const { key } = content;
  return {
    id,
    ...(key === undefined || key === id ? {} : { sequence_id: key }),
    time: Math.floor(at / 1000),
    ...(isCached(content) ? { expires: Math.floor((at + historyTtl) / 1000) } : {}),
    event: 'message',
    topic,
    ...fieldsOf(content, id),
  };
}

/** The event that says that a sequence was cleared or deleted. */
function noticeEvent(
  id: string,
  topic: string,
  { kind, key }: NonNullable<Message['notice']>,
  { at, historyTtl }: NtfyTimes,
): NtfyMessage {
  return {
    id,
    ...(key === id ? {} : { sequence_id: key }),
    time: Math.floor(at / 1000),
    expires: Math.floor((at + historyTtl) / 1000),
    event: kind === 'clear' ? 'message_clear' : 'message_delete',
    topic,
  };
}

/** A message of the log as an event. */
export function toNtfy({ id, target, content, notice, createdAt }: Message, historyTtl: number): NtfyMessage {
  const times = { at: createdAt, historyTtl };
  return notice === undefined ? messageEvent(id, target, content, times) : noticeEvent(id, target, notice, times);
}

/** An answer with one JSON object. */
export function jsonLine(value: object): HttpAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}
