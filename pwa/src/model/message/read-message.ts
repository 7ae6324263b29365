// Reads untrusted messages. Used by the page and the service worker.
import type { WireMessage } from '../../../../shared/message.ts';
import { isObject, ownValue } from '../../../../shared/object.ts';

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Whether the value is a mid: a decimal integer that a number can hold. */
export function isMid(value: unknown): value is string {
  return typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value));
}

/** Whether the value is a time that `Date` can hold. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 8.64e15;
}

/** Reads the message in a value; undefined if there is none. Fields that are missing or have a wrong type become empty. */
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
    ...(ownValue(value, 'silent') === true ? { silent: true } : {}),
    mid,
    ...(isTime(createdAt) ? { createdAt } : {}),
  };
}
