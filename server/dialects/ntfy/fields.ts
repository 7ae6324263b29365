// What a request says of a message: in its headers and query, or in JSON, which goes before them.

import { isObject, type JsonObject } from '../../../shared/object.ts';
import { readPriority } from '../../../shared/priority.ts';
import { breakLines } from '../../templates/language/run.ts';
import { requireSound } from '../kit/json.ts';
import { type NtfyAction, readActionList, readActionText } from './actions.ts';
import { NtfyError } from './errors.ts';
import { type ParameterName, type ParameterSource, readParameter, readYes } from './parameters.ts';

/** The fields of a publication, before the body is read. Absent texts are `""`. */
export interface Fields {
  readonly topic: string;
  readonly sequence: string;
  readonly message: string;
  readonly title: string;
  readonly priority: string;
  readonly tags: readonly string[];
  readonly click: string;
  readonly icon: string;
  readonly actions: readonly NtfyAction[];
  readonly attach: string;
  readonly filename: string;
  readonly delay: string;
  readonly email: string;
  readonly call: string;
  readonly template: string;
  readonly pollId: string;
  readonly isMarkdown: boolean;
  readonly isCached: boolean;
  readonly isUnifiedPush: boolean;
}

const WEB_ADDRESS = /^https?:\/\//i;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Checks what counts whatever the body is. @throws NtfyError */
function check(fields: Fields): Fields {
  const { icon, attach, email, call, delay, isCached } = fields;
  if (icon !== '' && !WEB_ADDRESS.test(icon)) throw new NtfyError(40021);
  if (attach !== '' && !(WEB_ADDRESS.test(attach) && URL.canParse(attach))) throw new NtfyError(40013);
  if (email !== '' && readYes(email, true)) {
    if (!EMAIL.test(email) && !readYes(email, false)) throw new NtfyError(40050);
    throw new NtfyError(40001);
  }
  if (call !== '' && readYes(call, true)) throw new NtfyError(40032);
  if (delay !== '' && !isCached) throw new NtfyError(40002);
  return fields;
}

/** Reads tags from a list with commas. */
export function readTagText(text: string): string[] {
  return text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

/** Reads a priority; undefined for none. @throws NtfyError 40007 */
export function readPriorityText(text: string): number | undefined {
  if (text === '') return undefined;
  const word = text.trim().toLowerCase();
  // Words that only others have.
  const priority = word === 'lowest' || word === 'normal' ? undefined : readPriority(word);
  if (priority === undefined) throw new NtfyError(40007);
  return priority;
}

/** The fields in the headers and the query. @param contentType of a body that is no JSON */
export function readFields(request: ParameterSource, topic: string, contentType: string): Fields {
  const get = (name: ParameterName) => readParameter(request, name);
  const actions = get('actions');
  const template = get('template');
  // Of a template, only what is outside of its braces breaks lines.
  const withLines = template === '' ? (text: string) => text.replaceAll('\\n', '\n') : breakLines;
  return check({
    topic,
    sequence: get('sequence'),
    message: withLines(get('message')),
    title: template === '' ? get('title') : breakLines(get('title')),
    priority: get('priority'),
    tags: readTagText(get('tags')),
    click: get('click'),
    icon: get('icon'),
    actions: actions === '' ? [] : readActionText(actions),
    attach: get('attach'),
    filename: get('filename'),
    delay: get('delay'),
    email: get('email'),
    call: get('call'),
    template,
    pollId: get('pollId'),
    isMarkdown: readYes(get('markdown'), false) || contentType.toLowerCase() === 'text/markdown',
    isCached: readYes(get('cache'), true),
    isUnifiedPush: readYes(get('unifiedPush'), false),
  });
}

/** Reads fields of JSON, where `null` counts as absent. @throws NtfyError 40024 for a field of another type */
class JsonFields {
  readonly #object: JsonObject;

  constructor(object: JsonObject) {
    this.#object = object;
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined;
  }

  text(name: string): string {
    const value = this.#own(name);
    if (value !== undefined && typeof value !== 'string') throw new NtfyError(40024);
    return value ?? '';
  }

  texts(name: string): readonly string[] {
    const value = this.#own(name);
    if (value === undefined) return [];
    const isText = (one: unknown): one is string => typeof one === 'string';
    if (!Array.isArray(value) || !value.every(isText)) throw new NtfyError(40024);
    return value.map((tag) => tag.trim()).filter((tag) => tag !== '');
  }

  flag(name: string): boolean {
    const value = this.#own(name);
    if (value !== undefined && typeof value !== 'boolean') throw new NtfyError(40024);
    return value === true;
  }

  /** A whole number as text. 0 counts as absent. */
  number(name: string): string {
    const value = this.#own(name);
    if (value === undefined || value === 0) return '';
    if (!Number.isInteger(value)) throw new NtfyError(40024);
    return String(value);
  }

  actions(): readonly NtfyAction[] {
    const value = this.#own('actions');
    if (value === undefined) return [];
    if (!Array.isArray(value) || !value.every(isObject)) throw new NtfyError(40024);
    return readActionList(value);
  }
}

/** The topic that JSON names. @throws NtfyError 40024 if it is no object, or the topic no text */
export function readJsonTopic(bytes: Buffer): { readonly topic: string; readonly object: JsonObject } {
  let object: unknown;
  try {
    object = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new NtfyError(40024, '', { cause });
  }
  if (!isObject(object)) throw new NtfyError(40024);
  requireSoundJson(object);
  return { topic: new JsonFields(object).text('topic'), object };
}

function requireSoundJson(object: JsonObject): void {
  try {
    requireSound(object);
  } catch (cause) {
    throw new NtfyError(40024, '', { cause });
  }
}

/** The fields of JSON, and those that it leaves out from the headers and the query. */
export function readJsonFields(object: JsonObject, request: ParameterSource, topic: string): Fields {
  const json = new JsonFields(object);
  const [tags, actions, cache] = [json.texts('tags'), json.actions(), json.text('cache')];
  // A firebase that is no text is refused like the others, and otherwise says nothing here.
  json.text('firebase');
  const own = {
    sequence: json.text('sequence_id'),
    message: json.text('message'),
    title: json.text('title'),
    priority: json.number('priority'),
    click: json.text('click'),
    icon: json.text('icon'),
    attach: json.text('attach'),
    filename: json.text('filename'),
    delay: json.text('delay'),
    email: json.text('email'),
    call: json.text('call'),
  };
  const isMarkdown = json.flag('markdown');
  const others = readFields(request, topic, '');
  const given = Object.fromEntries(Object.entries(own).filter(([, text]) => text.trim() !== ''));
  return check({
    ...others,
    ...given,
    tags: tags.length > 0 ? tags : others.tags,
    actions: actions.length > 0 ? actions : others.actions,
    isMarkdown: isMarkdown || others.isMarkdown,
    isCached: cache === '' ? others.isCached : readYes(cache, true),
  });
}
