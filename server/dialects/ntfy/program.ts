// A publication that names the program whose payload its body is: the same templates as of webhooks.
import type { Reading } from '../../templates/index.ts';
import type { Payload } from '../../templates/template.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { parseStructure } from '../kit/json.ts';
import type { FoundTemplate } from '../kit/templates.ts';
import { type Fields, readPriorityText } from './fields.ts';
import { randomId } from './listening.ts';
import type { Publication } from './message.ts';

/** The beginning of a text, at most this many bytes. A character that is cut in two is left out. */
export function cutBytes(bytes: Buffer, limit: number): string {
  if (bytes.length <= limit) return bytes.toString().trim();
  return new TextDecoder().decode(bytes.subarray(0, limit), { stream: true }).trim();
}

type Told = Pick<Publication, 'title' | 'message' | 'priority' | 'tags' | 'click' | 'icon' | 'actions' | 'isMarkdown'>;

/** Reads a payload with the template that the publication names, or with another one. */
export type ReadPayload = (payload: Payload, as?: FoundTemplate) => Reading;

/**
 * What a payload says. Never fails: what the template cannot read is told as well as it can be.
 * @param fields what the publication says itself
 * @param limit most bytes of a message
 */
export function toldBy(
  read: ReadPayload,
  bytes: Buffer,
  request: HttpRequest,
  fields: Fields,
  limit: number,
): Told & Partial<Pick<Publication, 'alert'>> & { readonly as: string } {
  const text = bytes.toString();
  const payload = { body: parseStructure(text) ?? text, header: (name: string) => request.header(name) };
  const { as, content } = contentIn(read(payload), () => read(payload, 'json'));
  const { title, body, format, priority, tags, click = '', icon = '', actions, key, state } = content;
  const views = actions.flatMap((one) =>
    one.kind === 'open' ? [{ id: randomId(), action: 'view', label: one.label, url: one.url, clear: false }] : [],
  );
  return {
    title: body === '' ? '' : title,
    message: cutBytes(Buffer.from(body === '' ? title : body), limit),
    priority: priority ?? readPriorityText(fields.priority),
    tags: [...tags, ...fields.tags],
    click: fields.click || click,
    icon: fields.icon || icon,
    actions: fields.actions.length > 0 ? fields.actions : views,
    isMarkdown: format === 'markdown',
    as,
    ...(key === undefined ? {} : { alert: { key, state } }),
  };
}

/** The content of a reading. Who publishes gets a message back, even of a step that is not told to the owners of webhooks. */
function contentIn(reading: Reading, other: () => Reading): Extract<Reading, { content: unknown }> {
  if ('content' in reading) return reading;
  return contentIn(other(), other);
}
