// The title and the text of a send whose sender uses other words than mpush: a form of another program, a monitor's JSON.
import { isObject } from '../../../shared/object.ts';
import { type Parameters, text } from './query.ts';

/** What a send says, and the parameters that said it. */
export interface Words {
  readonly text: string;
  readonly desp: string;
  readonly used: ReadonlySet<string>;
}

const TITLES = ['text', 'title', 'subject'];
const BODIES = ['desp', 'message', 'body', 'msg', 'content'];

/** The first of the parameters that says something. mpush's own may be anything; an object elsewhere is a monitor's own. */
function pick(parameters: Parameters, names: readonly string[]): readonly [name: string, value: string] | undefined {
  for (const name of names) {
    const values = parameters.get(name) ?? [];
    const isText = values.every((value) => typeof value !== 'object' || value === null);
    const value = name === names[0] || isText ? text(parameters, name) : '';
    if (value.trim() !== '') return [name, value];
  }
  return undefined;
}

/** `text` and `desp`, or the words that other programs have for them. Both may be empty. */
function readWords(parameters: Parameters): Words {
  const title = pick(parameters, TITLES);
  const body = pick(parameters, BODIES);
  const used = new Set([title, body].flatMap((found) => (found === undefined ? [] : [found[0]])));
  return { text: title?.[1] ?? '', desp: body?.[1] ?? '', used };
}

/** Names of fields that may hold a title, the best first, in lower case and without separators. */
const HEADLINES = ['title', 'subject', 'summary', 'headline', 'alertname', 'rulename', 'monitorname', 'name', 'event'];
const DETAILS = ['description', 'message', 'msg', 'details', 'detail', 'reason', 'body', 'content', 'text'];
const STATES = ['status', 'state'];
const KNOWN = new Set([...HEADLINES, ...DETAILS, ...STATES]);
/** What a send says about itself and not about what happened. */
const OPTIONS = new Set(
  'token wait strict from extra priority tags click scheme icon image actions markdown key ring ttl'.split(' '),
);
const MAX_TITLE = 200;
/** A state is one word or two; what is longer is a sentence. */
const MAX_STATE = 30;

/**
 * The words of JSON that has none of our fields, such as a monitor's: found by the names of its fields, those nearer the
 * top first. Undefined where it holds no text at all.
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
        // The items of a list go by its name.
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
  const isNews =
    state !== undefined && state.length <= MAX_STATE && !headline.toLowerCase().includes(state.toLowerCase());
  return {
    text: (isNews && state !== headline ? `${state}: ${headline}` : headline).slice(0, MAX_TITLE),
    desp: detail !== undefined && detail !== headline ? detail : headline.length > MAX_TITLE ? headline : '',
  };
}

/** The object that a send was made from, where it came as JSON. */
export type Payload = Readonly<Record<string, unknown>> | undefined;

/** The words of a send: its own, or those of the JSON that it is. Both are empty where there are none. */
export function wordsOf(parameters: Parameters, payload: Payload): Words {
  const words = readWords(parameters);
  if (!isBlank(words) || !isObject(payload)) return words;
  return { ...words, ...findWords(payload) };
}

/** Whether there is nothing to show. */
export function isBlank({ text, desp }: Pick<Words, 'text' | 'desp'>): boolean {
  return text.trim() === '' && desp.trim() === '';
}
