// What arrives from outside, made into messages that can be trusted: shapes, links, actions, plain text. Used by the page
// and the service worker. Nothing is stored or shown here.
import type { WireMessage } from '../../../../shared/message.ts';
import { isObject, ownValue } from '../../../../shared/object.ts';

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Whether the value is the id of a message: a decimal integer that a number can hold. */
export function isMid(value: unknown): value is string {
  return typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value));
}

/** Whether the value is a time that a date can show. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 8.64e15;
}

/** The message in this value, with what is missing or of a wrong type left empty; undefined when it is none. */
export function readMessage(value: unknown): WireMessage | undefined {
  if (!isObject(value)) return undefined;
  const mid = ownValue(value, 'mid');
  if (!isMid(mid)) return undefined;
  const createdAt = ownValue(value, 'createdAt');
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
    ...(isTime(createdAt) ? { createdAt } : {}),
  };
}
