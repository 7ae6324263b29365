// Finds the title and the text of a send. Other programs use other names for them than mpush.
import { isObject } from '../../../shared/object.ts';
import { type Parameters, text } from './query.ts';

/** The title and the text of a send, and the parameters that they came from. */
export interface Words {
  readonly text: string;
  readonly desp: string;
  readonly used: ReadonlySet<string>;
  /** Whether they were found in JSON of another program, whose fields mean nothing to the relay. */
  readonly isForeign?: true;
}

const TITLES = ['text', 'title', 'subject'];
const BODIES = ['desp', 'message', 'body', 'msg', 'content'];

/** The first parameter with a text. Under mpush's own name any type counts, under other names only text does. */
function pick(parameters: Parameters, names: readonly string[]): readonly [name: string, value: string] | undefined {
  for (const name of names) {
    const values = parameters.get(name) ?? [];
    const isText = values.every((value) => typeof value !== 'object' || value === null);
    const value = name === names[0] || isText ? text(parameters, name) : '';
    if (value.trim() !== '') return [name, value];
  }
  return undefined;
}

/** Reads `text` and `desp`, or what other programs call them. Both may be empty. */
function readWords(parameters: Parameters): Words {
  const title = pick(parameters, TITLES);
  const body = pick(parameters, BODIES);
  const used = new Set([title, body].flatMap((found) => (found === undefined ? [] : [found[0]])));
  return { text: title?.[1] ?? '', desp: body?.[1] ?? '', used };
}

/** Names of fields that may hold a title, best first. In lower case and without separators. */
const HEADLINES = ['title', 'subject', 'summary', 'headline', 'alertname', 'rulename', 'monitorname', 'name', 'event'];
const DETAILS = ['description', 'message', 'msg', 'details', 'detail', 'reason', 'body', 'content', 'text'];
const STATES = ['status', 'state'];
const KNOWN = new Set([...HEADLINES, ...DETAILS, ...STATES]);
/** Fields that are options of the send. */
const OPTIONS = new Set(
  'token wait strict from extra priority tags click scheme icon image actions markdown key ring ttl'.split(' '),
);
const MAX_TITLE = 200;
/** A longer text is a sentence, not a state. */
const MAX_STATE = 30;

/**
 * Finds a title and a text in JSON that has none of mpush's fields, such as the JSON of a monitor. Goes by the names of the
 * fields; fields nearer the top win. Undefined if the JSON holds no text at all.
 */
export function findWords(payload: Readonly<Record<string, unknown>>): Pick<Words, 'text' | 'desp'> | undefined {
  const found = new Map<string, string>();
  let any: string | undefined;
  let level: (readonly [name: string, value: unknown])[] = Object.entries(payload).filter(
    ([name]) => !OPTIONS.has(name),
  );
  while (level.length > 0) {
    const next: (readonly [string, unknown])[] = [];
    for (const [name, value] of level) {
      if (typeof value === 'object' && value !== null) {
        // The items of a list count under the name of the list.
        for (const [key, item] of Object.entries(value)) next.push([Array.isArray(value) ? name : key, item]);
      } else if (typeof value === 'string' && value.trim() !== '') {
        any ??= value;
        const plain = name.toLowerCase().replace(/[^a-z]/g, '');
        if (KNOWN.has(plain) && !found.has(plain)) found.set(plain, value);
      }
    }
    level = next;
  }
  if (any === undefined) return undefined;
  const first = (names: readonly string[]) => names.map((name) => found.get(name)).find((value) => value !== undefined);
  const detail = first(DETAILS);
  const headline = first(HEADLINES) ?? detail ?? any;
  const state = first(STATES);
  const addsState =
    state !== undefined && state.length <= MAX_STATE && !headline.toLowerCase().includes(state.toLowerCase());
  return {
    text: (addsState && state !== headline ? `${state}: ${headline}` : headline).slice(0, MAX_TITLE),
    desp: detail !== undefined && detail !== headline ? detail : headline.length > MAX_TITLE ? headline : '',
  };
}

/** The JSON body of a send, if it has one. */
export type Payload = Readonly<Record<string, unknown>> | undefined;

/** The title and the text of a send: from its parameters, or else from its JSON. Both may be empty. */
export function wordsOf(parameters: Parameters, payload: Payload): Words {
  const words = readWords(parameters);
  if (!isBlank(words) || !isObject(payload)) return words;
  const found = findWords(payload);
  return found === undefined ? words : { ...words, ...found, isForeign: true };
}

/** Whether there is no text to show. */
export function isBlank({ text, desp }: Pick<Words, 'text' | 'desp'>): boolean {
  return text.trim() === '' && desp.trim() === '';
}
