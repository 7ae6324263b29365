// Actions: the buttons of a notification, as a JSON array or in ntfy's short form.
import { randomInt } from 'node:crypto';
import { isObject, type JsonObject } from '../../../shared/object.ts';
import { NtfyError } from './errors.ts';

/** An action as ntfy's programs get it. */
export interface NtfyAction {
  readonly id: string;
  readonly action: string;
  readonly label: string;
  readonly clear: boolean;
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly intent?: string;
  readonly extras?: Readonly<Record<string, string>>;
  readonly value?: string;
}

type Draft = { -readonly [Key in keyof NtfyAction]?: NtfyAction[Key] };

const MAX_ACTIONS = 3;
/** What an action may do. */
export const NTFY_ACTIONS: ReadonlySet<string> = new Set(['view', 'broadcast', 'http', 'copy']);
const TEXTS = ['action', 'label', 'url', 'method', 'body', 'value', 'intent'] as const;
const ID_LENGTH = 10;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function invalid(reason: string): NtfyError {
  return new NtfyError(40018, reason);
}

function newId(): string {
  return Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function readClear(text: string): boolean {
  const word = text.toLowerCase();
  if (['true', 'yes', '1'].includes(word)) return true;
  if (['false', 'no', '0'].includes(word)) return false;
  throw invalid(`parameter 'clear' cannot be '${text}', only boolean values are allowed (true/yes/1/false/no/0)`);
}

/** Checks an action, and gives it its id. */
function finish(draft: Draft): NtfyAction {
  const { action = '', label = '', url = '', value = '', method = '', body = '', intent = '' } = draft;
  if (!NTFY_ACTIONS.has(action)) {
    throw invalid(`parameter 'action' cannot be '${action}', valid values are 'view', 'broadcast', 'http' and 'copy'`);
  }
  if (label === '') throw invalid("parameter 'label' is required");
  if ((action === 'view' || action === 'http') && url === '') {
    throw invalid(`parameter 'url' is required for action '${action}'`);
  }
  if (action === 'copy' && value === '') throw invalid("parameter 'value' is required for action 'copy'");
  const verb = method.toUpperCase();
  if (action === 'http' && (verb === 'GET' || verb === 'HEAD') && body !== '') {
    throw invalid(`parameter 'body' cannot be set if method is ${verb}`);
  }
  const { headers = {}, extras = {} } = draft;
  return {
    id: newId(),
    action,
    label,
    clear: draft.clear === true,
    ...(url === '' ? {} : { url }),
    ...(verb === '' ? {} : { method: verb }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(body === '' ? {} : { body }),
    ...(intent === '' ? {} : { intent }),
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
    ...(value === '' ? {} : { value }),
  };
}

function readTexts(value: unknown, name: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw invalid(`JSON error: '${name}' must be an object of texts`);
  const pairs = Object.entries(value).map(([key, text]) => {
    if (typeof text !== 'string') throw invalid(`JSON error: '${name}' must be an object of texts`);
    return [key, text] as const;
  });
  return Object.fromEntries(pairs);
}

function fromObject(given: unknown): NtfyAction {
  if (!isObject(given)) throw invalid('JSON error: expected an array of objects');
  const object: JsonObject = given;
  const own = (name: string) => (Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined);
  const draft: Draft = {};
  for (const name of TEXTS) {
    const text = own(name);
    if (text === undefined) continue;
    if (typeof text !== 'string') throw invalid(`JSON error: '${name}' must be a text`);
    draft[name] = text;
  }
  const clear = own('clear');
  if (clear !== undefined && typeof clear !== 'boolean') throw invalid("JSON error: 'clear' must be true or false");
  draft.clear = clear === true;
  draft.headers = readTexts(own('headers'), 'headers');
  draft.extras = readTexts(own('extras'), 'extras');
  return finish(draft);
}

/** Reads the short form. Positions in errors count bytes. */
class ShortForm {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): NtfyAction[] {
    const actions: NtfyAction[] = [];
    while (this.#at < this.#text.length) {
      if (actions.length === MAX_ACTIONS) throw invalid(`only ${MAX_ACTIONS} actions allowed`);
      actions.push(this.#action());
    }
    return actions;
  }

  #action(): NtfyAction {
    const draft: Draft = { headers: {}, extras: {} };
    for (let place = 0; ; place += 1) {
      const { key, value, end } = this.#part();
      this.#place(draft, place, key, value);
      if (end !== ',') return finish(draft);
    }
  }

  #place(draft: Draft, place: number, key: string, value: string): void {
    if (key === '') {
      const name = bareName(place, draft.action);
      if (name === undefined) throw invalid(`term '${value}' unknown`);
      draft[name] = value;
      return;
    }
    const [, group, name = ''] = /^(headers|extras)\.(.+)$/i.exec(key) ?? [];
    if (group !== undefined) {
      const field = group.toLowerCase() === 'headers' ? 'headers' : 'extras';
      draft[field] = Object.fromEntries([...Object.entries(draft[field] ?? {}), [name, value]]);
      return;
    }
    const known = key.toLowerCase();
    const text = TEXTS.find((one) => one === known);
    if (text !== undefined) draft[text] = value;
    else if (known === 'clear') draft.clear = readClear(value);
    else throw invalid(`key '${key}' unknown`);
  }

  #blanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #part(): { readonly key: string; readonly value: string; readonly end: string } {
    this.#blanks();
    const [matched = '', key = ''] = /^([-.\w]+)\s*=\s*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += matched.length;
    const quote = this.#text[this.#at] ?? '';
    return { key, ...(quote === '"' || quote === "'" ? this.#quoted(quote) : this.#bare()) };
  }

  #bare(): { readonly value: string; readonly end: string } {
    const [value = ''] = /^[^,;]*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += value.length;
    return { value: value.trim(), end: this.#end() };
  }

  #quoted(quote: string): { readonly value: string; readonly end: string } {
    const start = this.#at;
    let value = '';
    for (this.#at += 1; ; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === undefined) {
        throw invalid(`unexpected end of input, quote started at position ${this.#bytesTo(start)}`);
      }
      if (character === quote) break;
      if (character === '\\' && this.#text[this.#at + 1] === quote) {
        value += quote;
        this.#at += 1;
      } else value += character;
    }
    this.#at += 1;
    this.#blanks();
    const next = this.#text[this.#at] ?? '';
    if (!['', ',', ';'].includes(next)) {
      const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
      throw invalid(`unexpected character '${character}' at position ${this.#bytesTo(this.#at)}`);
    }
    return { value, end: this.#end() };
  }

  /** Steps over what ends a part. */
  #end(): string {
    const end = this.#text[this.#at] ?? '';
    this.#at += end.length;
    if (end === ';') this.#blanks();
    return end;
  }

  #bytesTo(at: number): number {
    return Buffer.byteLength(this.#text.slice(0, at));
  }
}

/** What a part without a key is, by its place. */
function bareName(place: number, action: string | undefined): 'action' | 'label' | 'url' | 'value' | undefined {
  if (place === 0) return 'action';
  if (place === 1) return 'label';
  if (place !== 2) return undefined;
  if (action === 'view' || action === 'http') return 'url';
  return action === 'copy' ? 'value' : undefined;
}

/** Reads a list of actions from JSON. @throws NtfyError 40018 */
export function readActionList(list: unknown): NtfyAction[] {
  if (!Array.isArray(list)) throw invalid('JSON error: expected an array');
  if (list.length > MAX_ACTIONS) throw invalid(`only ${MAX_ACTIONS} actions allowed`);
  return list.map(fromObject);
}

/** Reads actions from a parameter, in either form. @throws NtfyError 40018 */
export function readActionText(text: string): NtfyAction[] {
  if (!text.startsWith('[')) return new ShortForm(text).read();
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new NtfyError(40018, `JSON error: ${(cause as Error).message}`, { cause });
  }
  return readActionList(list);
}
