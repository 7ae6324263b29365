// What arrives from outside, made into messages that can be trusted: shapes, links, actions, plain text. Used by the page
// and the service worker. Nothing is stored or shown here.

import type { Message } from '../../../../shared/message.ts';
import { isObject } from '../../../../shared/object.ts';

/** An own property; what the prototype has is not what a sender wrote. */
export function ownValue(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Whether the value is the id of a message: a decimal integer that a number can hold. */
export function isMid(value: unknown): value is string {
  return typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value));
}

/** The message in this value, with what is missing or of a wrong type left empty; undefined when it is none. */
export function readMessage(value: unknown): Message | undefined {
  if (!isObject(value)) return undefined;
  const mid = ownValue(value, 'mid');
  if (!isMid(mid)) return undefined;
  const [from, message] = [ownValue(value, 'from'), ownValue(value, 'message')];
  const source = isObject(from) ? from : {};
  const body = isObject(message) ? message : {};
  const extra = ownValue(body, 'extra');
  return {
    sendType: ownValue(value, 'sendType') === 'group' ? 'group' : 'personal',
    target: textOf(ownValue(value, 'target')),
    from: {
      method: ownValue(source, 'method') === 'websocket' ? 'websocket' : 'http',
      name: textOf(ownValue(source, 'name')),
    },
    message: {
      text: textOf(ownValue(body, 'text')),
      desp: textOf(ownValue(body, 'desp')),
      extra: isObject(extra) ? { ...extra } : {},
    },
    mid,
  };
}

/** The value, or what the JSON text of it says: GET parameters can carry lists and objects as text alone. */
export function fromJsonText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
