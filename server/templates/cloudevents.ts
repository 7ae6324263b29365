// CloudEvents 1.0: with its attributes in headers, in the body, or a list of events.
import { fromJsonText, isObject, type JsonObject } from '../../shared/object.ts';
import { readJson, readText } from './generic.ts';
import { stateOf } from './severity.ts';
import type { Payload, Template, Told } from './template.ts';
import { escapeMarkdown, firstOf, joined, textAt, textOf } from './values.ts';

interface Event {
  readonly type: string;
  readonly source: string;
  readonly id: string;
  readonly subject: string;
  readonly data: unknown;
}

const MAX_LINES = 20;

/** An attribute in a header is percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function dataOf(event: JsonObject): unknown {
  const encoded = textAt(event, 'data_base64');
  return encoded === '' ? event['data'] : Buffer.from(encoded, 'base64').toString();
}

function eventOf(object: JsonObject): Event {
  const [type = '', source = '', id = '', subject = ''] = ['type', 'source', 'id', 'subject'].map((name) =>
    textAt(object, name),
  );
  return { type, source, id, subject, data: dataOf(object) };
}

function fromHeaders({ header, body: data }: Payload): Event | undefined {
  if (header('ce-specversion') === '') return undefined;
  const attribute = (name: string) => decoded(header(`ce-${name}`)).trim();
  return {
    type: attribute('type'),
    source: attribute('source'),
    id: attribute('id'),
    subject: attribute('subject'),
    data,
  };
}

/** Such as `backup failed` for `com.example.backup.failed`. */
function wordsOf(type: string): string {
  return type.split('.').slice(-2).join(' ');
}

function titleOf({ type, subject, data }: Event): string {
  const given = firstOf(...['title', 'summary', 'subject'].map((name) => textAt(data, name)));
  return given || joined(': ', wordsOf(type), subject);
}

function readEvent(event: Event): Told {
  const { type, source, id, subject } = event;
  const data = fromJsonText(event.data);
  const isStructured = isObject(data) || Array.isArray(data);
  const generic = isStructured ? readJson(data as JsonObject | readonly unknown[]) : readText(textOf(data));
  // A text has its first line as a title, which is not the title here.
  const body = isStructured ? (generic.body ?? '') : textOf(data);
  const isPlain = generic.format === 'plain';
  const state = stateOf(type.split('.').at(-1) ?? '');
  const last = type.includes('.') ? type.slice(0, type.lastIndexOf('.')) : type;
  return {
    ...generic,
    title: titleOf({ ...event, data }) || 'CloudEvents',
    body: joined('\n\n', body, isPlain ? source : escapeMarkdown(source)),
    state,
    identity: state === undefined ? '' : joined('/', source, subject || last),
    ...(id === '' ? {} : { repeats: `${source}\n${id}` }),
  };
}

/** CloudEvents. */
export const cloudevents: Template = (payload) => {
  const { body } = payload;
  const inHeaders = fromHeaders(payload);
  if (inHeaders !== undefined) return readEvent(inHeaders);
  if (Array.isArray(body)) {
    const events = body.filter(isObject).map(eventOf);
    if (events.length === 0) return undefined;
    const [first] = events;
    if (events.length === 1 && first !== undefined) return readEvent(first);
    const lines = events.slice(0, MAX_LINES).map((event) => joined(' – ', titleOf(event), event.source));
    const more = events.length - lines.length;
    const all = more > 0 ? [...lines, `and ${more} more`] : lines;
    return { title: `${events.length} events`, body: all.join('\n'), format: 'plain' };
  }
  return isObject(body) && textAt(body, 'type') !== '' ? readEvent(eventOf(body)) : undefined;
};
