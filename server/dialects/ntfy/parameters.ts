// Parameters of a request: in its headers under several names, or else in its query.
import type { HttpRequest } from '../kit/http-message.ts';
import { decodeWords } from './encoded-words.ts';

/** The names of each parameter, the first that is not empty counts. Those of the query are in lower case. */
const NAMES = {
  sequence: ['x-sequence-id', 'sequence-id', 'sid'],
  message: ['x-message', 'message', 'm'],
  title: ['x-title', 'title', 't'],
  priority: ['x-priority', 'priority', 'prio', 'p'],
  tags: ['x-tags', 'tags', 'tag', 'ta'],
  click: ['x-click', 'click'],
  icon: ['x-icon', 'icon'],
  attach: ['x-attach', 'attach', 'a'],
  filename: ['x-filename', 'filename', 'file', 'f'],
  delay: ['x-delay', 'delay', 'x-at', 'at', 'x-in', 'in'],
  actions: ['x-actions', 'actions', 'action'],
  markdown: ['x-markdown', 'markdown', 'md'],
  template: ['x-template', 'template', 'tpl'],
  cache: ['x-cache', 'cache'],
  retry: ['x-retry', 'retry'],
  expire: ['x-expire', 'expire'],
  escalation: ['x-then', 'then'],
  after: ['x-after', 'after'],
  email: ['x-email', 'x-e-mail', 'email', 'e-mail', 'mail', 'e'],
  call: ['x-call', 'call'],
  unifiedPush: ['x-unifiedpush', 'unifiedpush', 'up'],
  pollId: ['x-poll-id', 'poll-id'],
  poll: ['x-poll', 'poll', 'po'],
  since: ['x-since', 'since', 'si'],
  scheduled: ['x-scheduled', 'scheduled', 'sched'],
  filterId: ['x-id', 'id'],
  filterMessage: ['x-message', 'message', 'm'],
  filterTitle: ['x-title', 'title', 't'],
  filterPriority: ['x-priority', 'priority', 'prio', 'p'],
  filterTags: ['x-tags', 'tags', 'tag', 'ta'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What a request may say. */
export type ParameterName = keyof typeof NAMES;

/** Where parameters are read from. */
export type ParameterSource = Pick<HttpRequest, 'parameter'> & { readonly req: Pick<HttpRequest['req'], 'rawHeaders'> };

/** A `Priority` header of RFC 9218. Proxies add it, and it says nothing about the message. */
const HTTP_PRIORITY = /^\s*(?:u=\d|i)(?:\s*,\s*(?:u=\d|i))*\s*$/;

/** The bytes of a header as UTF-8. Node gives them as Latin-1. */
function headerText(latin1: string): string {
  return decodeWords(Buffer.from(latin1, 'latin1').toString('utf8')).trim();
}

/** The first header of each name. There are many names to look for, and few headers. */
const firsts = new WeakMap<readonly string[], ReadonlyMap<string, string>>();

function firstHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  let found = firsts.get(rawHeaders);
  if (found === undefined) {
    const made = new Map<string, string>();
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index]?.toLowerCase() ?? '';
      if (!made.has(name)) made.set(name, rawHeaders[index + 1] ?? '');
    }
    firsts.set(rawHeaders, made);
    found = made;
  }
  return found;
}

/** The first header of this name; Node joins repeated ones. */
function header({ req: { rawHeaders } }: ParameterSource, name: string): string {
  const value = firstHeaders(rawHeaders).get(name);
  return value === undefined ? '' : headerText(value);
}

/** A parameter; `""` if it is missing. */
export function readParameter(request: ParameterSource, name: ParameterName): string {
  for (const one of NAMES[name]) {
    const value = header(request, one);
    if (value !== '' && !(one === 'priority' && HTTP_PRIORITY.test(value))) return value;
  }
  for (const one of NAMES[name]) {
    const value = (request.parameter(one) ?? '').trim();
    if (value !== '') return value;
  }
  return '';
}

/** A word of yes or no; anything else, as a proxy may add it, is the preset. */
export function readYes(text: string, preset: boolean): boolean {
  const word = text.toLowerCase();
  if (['1', 'yes', 'true'].includes(word)) return true;
  return ['0', 'no', 'false'].includes(word) ? false : preset;
}
