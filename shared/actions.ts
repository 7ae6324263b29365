// Reads the buttons that a sender put on a message, in Herald's form and in ntfy's.

import { safeLink, safeWebLink } from './links.ts';
import { fromJsonText, isObject, type JsonObject, ownValue } from './object.ts';

/** A button that a sender put on a message. */
export type MessageAction =
  | { readonly kind: 'open'; readonly label: string; readonly url: string }
  | { readonly kind: 'copy'; readonly label: string; readonly text: string }
  | {
      readonly kind: 'http';
      readonly label: string;
      readonly url: string;
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string;
    };

const MAX_ACTIONS = 3;
const MAX_LABEL = 60;
const MAX_BODY = 65_536;
const MAX_HEADERS = 32;
/** Methods that `fetch` refuses. */
const DENIED_METHODS = new Set(['CONNECT', 'TRACE', 'TRACK']);
const TOKEN = /^[\w!#$%&'*+.^`|~-]{1,64}$/;

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

function readHeaders(value: unknown): Record<string, string> {
  const headers = fromJsonText(value);
  if (!isObject(headers)) return {};
  const pairs = Object.entries(headers)
    .slice(0, MAX_HEADERS)
    .map(([name, content]) => [name, text(content)] as const)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
    .filter(([name, content]) => TOKEN.test(name) && !/[\u0000-\u001f\u007f]|[^\u0000-\u00ff]/.test(content));
  return Object.fromEntries(pairs);
}

function readBody(value: unknown): { body?: string } {
  const isStructured = typeof value === 'object' && value !== null;
  const body = isStructured ? JSON.stringify(value) : typeof value === 'number' ? String(value) : value;
  return typeof body === 'string' && body !== '' && body.length <= MAX_BODY ? { body } : {};
}

function hostOf(url: string): string {
  return new URL(url).host || url;
}

function readHttp(fields: JsonObject, label: string): MessageAction | undefined {
  const url = safeWebLink(ownValue(fields, 'url'));
  const method = (text(ownValue(fields, 'method')) || 'POST').toUpperCase();
  if (url === undefined || !TOKEN.test(method) || DENIED_METHODS.has(method)) return undefined;
  // `fetch` allows no body with these methods.
  const body = method === 'GET' || method === 'HEAD' ? {} : readBody(ownValue(fields, 'body'));
  return {
    kind: 'http',
    label: label || hostOf(url),
    url,
    method,
    headers: readHeaders(ownValue(fields, 'headers')),
    ...body,
  };
}

function readAction(value: unknown): MessageAction | undefined {
  if (!isObject(value)) return undefined;
  const label = text(ownValue(value, 'label')).slice(0, MAX_LABEL);
  const word = text(ownValue(value, 'action') ?? ownValue(value, 'kind')).toLowerCase();
  if (word === 'open' || word === 'view') {
    const url = safeLink(ownValue(value, 'url'));
    return url === undefined ? undefined : { kind: 'open', label: label || hostOf(url), url };
  }
  if (word === 'copy') {
    const copied = text(ownValue(value, 'text') ?? ownValue(value, 'value'));
    return copied === '' ? undefined : { kind: 'copy', label: label || copied.slice(0, MAX_LABEL), text: copied };
  }
  return word === 'http' ? readHttp(value, label) : undefined;
}

/** Reads up to three actions from a list, a single action, or JSON text of either. Unusable actions are left out. */
export function readActions(value: unknown): readonly MessageAction[] {
  const given = fromJsonText(value);
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const actions: MessageAction[] = [];
  for (const item of list.slice(0, 2 * MAX_ACTIONS)) {
    const action = readAction(fromJsonText(item));
    if (action !== undefined && actions.length < MAX_ACTIONS) actions.push(action);
  }
  return actions;
}
