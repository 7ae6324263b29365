// Payloads of programs that are not known: JSON with the names that people use, and text.
import { isObject, type JsonObject } from '../../shared/object.ts';
import { type Priority, readPriority } from '../../shared/priority.ts';
import { severityOf, stateOf } from './severity.ts';
import type { Payload, Told } from './template.ts';
import { shownValue, textAt, textOf } from './values.ts';

/** Members that hold what the payload is about. */
const INNER = ['data', 'alert', 'event', 'incident', 'notification', 'message', 'payload', 'attributes'];
const TITLE = [
  'title',
  'subject',
  'summary',
  'headline',
  'alertname',
  'rulename',
  'name',
  'eventtype',
  'event',
  'type',
];
const BODY = ['message', 'body', 'text', 'desp', 'description', 'msg', 'content', 'details', 'detail', 'reason'];
const CLICK = ['url', 'link', 'click', 'htmlurl', 'weburl', 'href', 'permalink', 'dashboardurl'];
const KEY = ['key', 'dedupkey', 'fingerprint', 'incidentid', 'alertid', 'correlationid'];
const APPRISE: Readonly<Record<string, Priority>> = { info: 2, success: 3, warning: 4, failure: 4, error: 4 };

/** Names as they are compared: case, `_` and `-` do not matter. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/** What was found, and where. */
interface Found {
  readonly text: string;
  readonly name: string;
  readonly value: unknown;
  readonly use: () => void;
}

/** Finds members by their names, and keeps in mind which were used. */
class Members {
  readonly #levels: readonly JsonObject[];
  readonly #used = new Map<JsonObject, Set<string>>();

  constructor(object: JsonObject) {
    const inner = INNER.flatMap((wanted) =>
      Object.entries(object).flatMap(([name, value]) => (plainName(name) === wanted && isObject(value) ? [value] : [])),
    );
    this.#levels = [object, ...inner];
  }

  /** The first member with one of the names that `accept` takes. It counts as used. */
  take(
    names: readonly string[],
    accept: (value: unknown) => boolean = (value) => textOf(value) !== '',
  ): Found | undefined {
    const found = this.#find(names, accept);
    found?.use();
    return found;
  }

  text(names: readonly string[]): string {
    return this.take(names)?.text ?? '';
  }

  isUsed(object: JsonObject, name: string): boolean {
    return this.#used.get(object)?.has(name) === true;
  }

  #find(names: readonly string[], accept: (value: unknown) => boolean): Found | undefined {
    for (const level of this.#levels) {
      for (const wanted of names) {
        for (const [name, value] of Object.entries(level)) {
          if (plainName(name) !== wanted || this.isUsed(level, name) || !accept(value)) continue;
          const use = () => {
            this.#used.set(level, (this.#used.get(level) ?? new Set()).add(name));
          };
          return { text: textOf(value), name: wanted, value, use };
        }
      }
    }
    return undefined;
  }
}

function readUrgency(members: Members): Priority | undefined {
  const priorityOf = (value: unknown) => readPriority(value) ?? severityOf(textOf(value));
  const named = members.take(['priority', 'severity', 'level', 'criticality', 'urgency'], (value) =>
    Boolean(priorityOf(value)),
  );
  if (named !== undefined) {
    // A word of severity outranks the same word of priority, except where the sender says that it is a priority.
    const { name, value, text } = named;
    return name === 'priority' ? priorityOf(value) : (severityOf(text) ?? priorityOf(value));
  }
  const type = members.take(['type'], (value) => Object.hasOwn(APPRISE, textOf(value).toLowerCase()));
  return type === undefined ? undefined : APPRISE[type.text.toLowerCase()];
}

function readTags(members: Members): string[] {
  const isList = (value: unknown) => Array.isArray(value) && value.some((item) => textOf(item) !== '');
  const found = members.take(['tags', 'labels'], (value) => textOf(value) !== '' || isList(value));
  if (found === undefined) return [];
  if (Array.isArray(found.value)) return found.value.slice(0, 64).map(textOf).filter(Boolean);
  return found.text.split(',').map((tag) => tag.trim());
}

const MAX_LINES = 20;
const MAX_CHARACTERS = 2000;
const MAX_DEPTH = 3;

/** Writes what was not used, one line for each value. */
function summaryOf(value: unknown, isUsed: (object: JsonObject, name: string) => boolean): string {
  const lines: string[] = [];
  let count = 0;
  let length = 0;
  const write = (line: string) => {
    count += 1;
    length += line.length + 1;
    if (lines.length < MAX_LINES && length <= MAX_CHARACTERS) lines.push(line);
  };
  const walk = (inner: unknown, depth: number, mark: string): void => {
    const entries = Array.isArray(inner) ? inner.map((item) => ['', item] as const) : Object.entries(inner as object);
    for (const [name, item] of entries.slice(0, 200)) {
      const indent = '  '.repeat(depth);
      if (isObject(inner) && isUsed(inner, name)) continue;
      const label = name === '' ? '- ' : `${mark}${name}: `;
      if (typeof item === 'object' && item !== null) {
        if (Object.keys(item).length === 0) continue;
        const isSecret = shownValue(name, '') !== '';
        if (depth + 1 >= MAX_DEPTH || isSecret) write(`${indent}${label}…`);
        // The mark of an object in a list is its indent. A list in a list has none.
        else if (name === '') walk(item, Array.isArray(inner) && isObject(item) ? depth : depth + 1, '- ');
        else {
          const at = lines.length;
          write(`${indent}${mark}${name}:`);
          const before = count;
          walk(item, depth + 1, '');
          // Everything in it was used.
          if (count === before && lines.length === at + 1) {
            lines.pop();
            count -= 1;
          }
        }
      } else if (item !== null && item !== '') {
        write(
          `${indent}${label}${shownValue(
            name,
            String(item)
              .replace(/\s*\n\s*/g, ' ')
              .slice(0, 500),
          )}`,
        );
      }
    }
    const left = entries.length - 200;
    if (left > 0) count += left;
  };
  walk(value, 0, '');
  const more = count - lines.length;
  return more === 0 ? lines.join('\n') : [...lines, `and ${more} more`].join('\n');
}

function readObject(object: JsonObject): Told {
  const members = new Members(object);
  const priority = readUrgency(members);
  const key = members.text(KEY);
  const state =
    key === ''
      ? undefined
      : stateOf(members.take(['state', 'status'], (value) => stateOf(textOf(value)) !== undefined)?.text ?? '');
  const tags = readTags(members);
  const click = members.take(CLICK)?.text;
  const icon = members.text(['icon']);
  const image = members.text(['image', 'imageurl']);
  const format = members.text(['format']);
  const switched = members.take(['markdown'], (value) => ['0', '1', 'false', 'true'].includes(String(value)));
  // Beside `desp`, Herald's own name for the text, `text` is the title.
  const titles = textAt(object, 'desp') === '' ? TITLE : [...TITLE, 'text'];
  const given = members.take(titles);
  const written = members.take([...BODY, 'error', 'output', 'markdown']);
  const isMarkdown =
    (written?.name === 'desp' || written?.name === 'markdown') &&
    !['0', 'false'].includes(String(switched?.value)) &&
    format.toLowerCase() !== 'text';
  const isOn = ['1', 'true'].includes(String(switched?.value)) || format.toLowerCase() === 'markdown';
  const rest = written === undefined ? summaryOf(object, (inner, name) => members.isUsed(inner, name)) : '';
  return {
    title: given?.text ?? '',
    body: written?.text ?? rest,
    format: isMarkdown || (isOn && written !== undefined) ? 'markdown' : 'plain',
    priority,
    tags,
    state,
    ...(key === '' ? {} : { identity: key }),
    click: click === undefined ? [] : [click],
    icon,
    image,
  };
}

/** What an object or the items of an array say under the names that people use. Never fails. */
export function readJson(value: JsonObject | readonly unknown[]): Told {
  if (isObject(value)) return readObject(value);
  const first = value.find(isObject);
  if (first === undefined) return { title: '', body: summaryOf(value, () => false), format: 'plain' };
  const told = readObject(first);
  return { ...told, title: value.length === 1 || told.title === '' ? told.title : `${told.title} (${value.length})` };
}

const MAX_TITLE = 100;

/** The first line is the title, unless the text is one long line. */
export function readText(given: string): Told {
  const text = given.trim();
  const [first = '', ...rest] = text.split(/\r?\n/);
  if (rest.length === 0 && first.length > MAX_TITLE) return { title: '', body: text, format: 'plain' };
  return { title: first, body: rest.join('\n'), format: 'plain' };
}

/** Reads every payload. */
export function readAnything({ body }: Payload): Told {
  return typeof body === 'string' ? readText(body) : readJson(body);
}
