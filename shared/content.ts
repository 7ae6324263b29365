// The content of a message. Only this file reads and writes its form on mpush's wire: a text, a description, and extras
// under the names of the fields.
import { type MessageAction, readActions } from './actions.ts';
import { safeLink, safeWebLink } from './links.ts';
import { fromJsonText, isObject, type JsonObject, ownValue } from './object.ts';
import { type Priority, readPriority } from './priority.ts';

/** The format of the body. */
export type Format = 'plain' | 'markdown';

/** The state of an alert. */
export type AlertState = 'firing' | 'ok' | 'resolved' | 'info';

/** What a question asks for: one of its options, a text, or only that someone has seen it. */
export type AskKind = 'choice' | 'text' | 'acknowledge';

/** The question that a message asks. */
export interface Ask {
  /** 30 letters and digits. Of an emergency, its receipt. */
  readonly id: string;
  readonly kind: AskKind;
  /** Of a choice: 2 to 5, each with 1 to 40 characters. */
  readonly options?: readonly string[];
  /** What the sender takes for the answer if no one answers. */
  readonly default?: string;
  /** When it is over, in ms since 1970. */
  readonly until: number;
  /** Of an emergency: 1 for the first message, 2 for the first repeat. */
  readonly round?: number;
}

/** A file that belongs to the message. */
export interface Attachment {
  readonly url: string;
  readonly name?: string;
  /** MIME type. */
  readonly type?: string;
  /** In bytes. */
  readonly size?: number;
  /** When the file expires, in seconds since 1970. */
  readonly expires?: number;
}

/** The content of a message. It is the same for every dialect. */
export interface Content {
  readonly title: string;
  readonly body: string;
  readonly format: Format;
  /** Absent when the sender gave none. */
  readonly priority?: Priority | undefined;
  /** As the sender wrote them: short codes are not replaced by emoji yet. */
  readonly tags: readonly string[];
  /** Where a click leads: a link that is safe to follow. */
  readonly click?: string | undefined;
  /** Address of an image, not checked. */
  readonly icon?: string | undefined;
  /** Address of an image, not checked. */
  readonly image?: string | undefined;
  readonly actions: readonly MessageAction[];
  readonly attachment?: Attachment | undefined;
  /** Messages of one target with the same key are one alert. */
  readonly key?: string | undefined;
  readonly state?: AlertState | undefined;
  /** When the message is no longer worth showing, in seconds since 1970. */
  readonly expires?: number | undefined;
  readonly ask?: Ask | undefined;
  /** Where the question can be answered without a credential; only with `ask`. */
  readonly answerUrl?: string | undefined;
  /** All fields that Herald does not know, and all values that it could not read. */
  readonly extra: JsonObject;
}

/** The content on mpush's wire, keys in the order in which mpush writes them. */
export interface WireBody {
  readonly text: string;
  readonly desp: string;
  readonly extra: JsonObject;
}

const OFF = new Set(['0', 'false', 'no', 'off']);
const STATES: ReadonlySet<string> = new Set<AlertState>(['firing', 'ok', 'resolved', 'info']);
const MAX_TAGS = 16;
const MAX_TAG = 64;
const MAX_KEY = 256;
const NONE: readonly never[] = [];
const NO_EXTRA: JsonObject = {};

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Reads an array, its JSON text, or text with commas. */
export function readTags(value: unknown): readonly string[] {
  const given = fromJsonText(value);
  const list: unknown[] = Array.isArray(given) ? given : typeof given === 'string' ? given.split(',') : [given];
  const tags = new Set<string>();
  for (const item of list.slice(0, 4 * MAX_TAGS)) {
    if (typeof item !== 'string' && typeof item !== 'number') continue;
    const tag = String(item).trim();
    if (tag !== '' && tag.length <= MAX_TAG && tags.size < MAX_TAGS) tags.add(tag);
  }
  return [...tags];
}

/** Reads `markdown`: plain only if the sender switched it off; undefined for a value that is neither yes nor no. */
function readFormat(value: unknown): Format | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  return OFF.has(String(value).trim().toLowerCase()) ? 'plain' : 'markdown';
}

/** Reads a key: text or a number of reasonable length. */
export function readKey(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const key = String(value);
  return key === '' || key.length > MAX_KEY ? undefined : key;
}

function readState(value: unknown): AlertState | undefined {
  return typeof value === 'string' && STATES.has(value) ? (value as AlertState) : undefined;
}

/** Reads a time in seconds since 1970, as a number or as text. */
function readSeconds(value: unknown): number | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return /^\d{9,11}$/.test(text) ? Number(text) : undefined;
}

function readAttachment(value: unknown): Attachment | undefined {
  const given = fromJsonText(value);
  if (!isObject(given)) return undefined;
  const url = textOf(ownValue(given, 'url'));
  if (url === undefined) return undefined;
  const [name, type] = [textOf(ownValue(given, 'name')), textOf(ownValue(given, 'type'))];
  const [size, expires] = [ownValue(given, 'size'), ownValue(given, 'expires')];
  return {
    url,
    ...(name === undefined ? {} : { name }),
    ...(type === undefined ? {} : { type }),
    ...(typeof size === 'number' ? { size } : {}),
    ...(typeof expires === 'number' ? { expires } : {}),
  };
}

const ASK_ID = /^[A-Za-z0-9]{30}$/;
const KINDS: ReadonlySet<unknown> = new Set<AskKind>(['choice', 'text', 'acknowledge']);
const OPTIONS = { least: 2, most: 5, length: 40 } as const;

/** Whether these are options of a choice: texts that differ, neither too few nor too long. */
export function areOptions(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length < OPTIONS.least || value.length > OPTIONS.most) return false;
  const isOption = (option: unknown) =>
    typeof option === 'string' &&
    option.length <= OPTIONS.length &&
    option.trim() === option &&
    /^[^\p{Cc}\p{Surrogate}]+$/u.test(option);
  return value.every(isOption) && new Set(value).size === value.length;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function readAsk(value: unknown): Ask | undefined {
  const given = fromJsonText(value);
  if (!isObject(given)) return undefined;
  const [id, kind, options, preset, until, round] = ['id', 'kind', 'options', 'default', 'until', 'round'].map((name) =>
    ownValue(given, name),
  );
  if (typeof id !== 'string' || !ASK_ID.test(id) || !KINDS.has(kind) || !isWhole(until)) return undefined;
  if (kind === 'choice' && !areOptions(options)) return undefined;
  return {
    id,
    kind: kind as AskKind,
    ...(kind === 'choice' ? { options: options as readonly string[] } : {}),
    ...(typeof preset === 'string' ? { default: preset } : {}),
    until,
    ...(isWhole(round) ? { round } : {}),
  };
}

/** Takes known fields out of the extras, and keeps the extras that are left. */
class Extras {
  readonly #given: JsonObject;
  readonly #read = new Set<string>();

  constructor(given: JsonObject) {
    this.#given = given;
  }

  /** Takes a field out, if it can be read. */
  take<T>(name: string, read: (value: unknown) => T | undefined): T | undefined {
    const value = Object.hasOwn(this.#given, name) ? read(this.#given[name]) : undefined;
    if (value !== undefined) this.#read.add(name);
    return value;
  }

  /** Takes a list out, unless it is empty. */
  list<T>(name: string, read: (value: unknown) => readonly T[]): readonly T[] {
    const some = (value: unknown) => {
      const items = read(value);
      return items.length === 0 ? undefined : items;
    };
    return this.take(name, some) ?? NONE;
  }

  rest(): JsonObject {
    if (this.#read.size === 0) return this.#given;
    return Object.fromEntries(Object.entries(this.#given).filter(([name]) => !this.#read.has(name)));
  }
}

function isEmpty(object: JsonObject): boolean {
  for (const _ in object) return false;
  return true;
}

/**
 * Content that came over mpush's wire. It keeps the body that it was read from, so that the relay passes it on byte for
 * byte. A copy with other fields does not keep it.
 */
class WireContent implements Content {
  readonly title: string;
  readonly body: string;
  readonly format: Format;
  readonly priority: Priority | undefined;
  readonly tags: readonly string[];
  readonly click: string | undefined;
  readonly icon: string | undefined;
  readonly image: string | undefined;
  readonly actions: readonly MessageAction[];
  readonly attachment: Attachment | undefined;
  readonly key: string | undefined;
  readonly state: AlertState | undefined;
  readonly expires: number | undefined;
  readonly ask: Ask | undefined;
  readonly answerUrl: string | undefined;
  readonly extra: JsonObject;
  readonly #source: WireBody;

  constructor(source: WireBody) {
    this.title = source.text;
    this.body = source.desp;
    this.#source = source;
    // A shortcut, because every message passes here and most have no extras.
    const extras = isEmpty(source.extra) ? undefined : new Extras(source.extra);
    this.format = extras?.take('markdown', readFormat) ?? 'markdown';
    this.priority = extras?.take('priority', readPriority);
    this.tags = extras?.list('tags', readTags) ?? NONE;
    // `scheme` is mpush's older name.
    this.click = extras?.take('click', safeLink) ?? extras?.take('scheme', safeLink);
    this.icon = extras?.take('icon', textOf);
    this.image = extras?.take('image', textOf);
    this.actions = extras?.list('actions', readActions) ?? NONE;
    this.attachment = extras?.take('attachment', readAttachment);
    this.key = extras?.take('key', readKey);
    this.state = extras?.take('state', readState);
    this.expires = extras?.take('expires', readSeconds);
    this.ask = extras?.take('ask', readAsk);
    this.answerUrl = this.ask === undefined ? undefined : extras?.take('answer', safeWebLink);
    this.extra = extras?.rest() ?? NO_EXTRA;
  }

  static sourceOf(content: Content): WireBody | undefined {
    return #source in content ? content.#source : undefined;
  }
}

/** Reads content from mpush's wire. Never throws: extras that cannot be read stay in `extra`. */
export function readContent(body: WireBody): Content {
  return new WireContent(body);
}

function writeExtra(content: Content): JsonObject {
  const fields: [string, unknown][] = [
    ['markdown', content.format === 'plain' ? 0 : undefined],
    ['priority', content.priority],
    ['tags', content.tags.length === 0 ? undefined : content.tags],
    ['click', content.click],
    ['icon', content.icon],
    ['image', content.image],
    ['actions', content.actions.length === 0 ? undefined : content.actions.map(writeAction)],
    ['attachment', content.attachment],
    ['key', content.key],
    ['state', content.state],
    ['expires', content.expires],
    ['ask', content.ask],
    ['answer', content.answerUrl],
  ];
  return Object.fromEntries([...Object.entries(content.extra), ...fields.filter(([, value]) => value !== undefined)]);
}

function writeAction({ kind, ...rest }: MessageAction): JsonObject {
  return { action: kind, ...rest };
}

/** Writes content for mpush's wire: unchanged if it came from there, otherwise with its fields as extras. */
export function writeContent(content: Content): WireBody {
  return WireContent.sourceOf(content) ?? { text: content.title, desp: content.body, extra: writeExtra(content) };
}

/** Content with only a title and a body. */
export function plainContent(title: string, body = '', extra: JsonObject = NO_EXTRA): Content {
  return { title, body, format: 'markdown', tags: NONE, actions: NONE, extra };
}
