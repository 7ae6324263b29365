// Sends that are not packets: a path that names the target, and parameters from a query, a form, JSON or plain text.
import type { MessageBody, SendType } from '../../../shared/message.ts';
import { isObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import { checkName } from '../../delivery/device.ts';
import { toText } from './packets.ts';

/** Whom a send path names. */
export interface PathTarget {
  readonly sendType: SendType;
  readonly target: string;
}

const SEND_PATH = /^\/(.*)\.(send|group)$/s;

/**
 * Reads `/<name>.send` or `/<group>.group`, percent-encoded; the last suffix splits.
 * @throws RelayError `not_found` for any other path, `invalid` for a name that is not UTF-8 or that no device may have
 */
export function readPath(path: string): PathTarget {
  const [, target, suffix] = SEND_PATH.exec(decode(path)) ?? [];
  if (target === undefined || target.includes('/')) throw unknownPath(path);
  return { sendType: suffix === 'send' ? 'personal' : 'group', target: checkName(target) };
}

/** True when the path names a target, well or badly. */
export function isSendPath(path: string): boolean {
  return path.endsWith('.send') || path.endsWith('.group');
}

/** The refusal of a path that names no target. */
export function unknownPath(path: string): RelayError {
  return new RelayError('not_found', `pathname verify error: ${path}`);
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    if (/%(?![\da-f]{2})/i.test(path)) throw unknownPath(path);
    throw new RelayError('invalid', 'expected a path in UTF-8', { cause });
  }
}

/** Parameters in the order in which they came; a repeated one has several values. */
export type Parameters = ReadonlyMap<string, readonly unknown[]>;

/** Collects pairs; JSON gives values of any type, a query and a form give strings. */
export function collect(pairs: Iterable<readonly [string, unknown]>): Parameters {
  const parameters = new Map<string, unknown[]>();
  for (const [key, value] of pairs) {
    const values = parameters.get(key);
    if (values === undefined) parameters.set(key, [value]);
    else values.push(value);
  }
  return parameters;
}

/** One parameter as text, `""` where it is missing; values of a repeated one are joined with a comma. */
function text(parameters: Parameters, key: string): string {
  return toText(parameters.get(key));
}

/** Parameters that have a meaning; all others, `wait` too, are the sender's `extra`. */
const NAMED = new Set(['text', 'title', 'desp', 'token']);

/**
 * What the sender wrote. `title` stands for a missing `text`. JSON may give an object called `extra`, whose keys go to
 * `extra`; null or an array there is nothing, as in a packet.
 */
export function readParameters(parameters: Parameters): MessageBody {
  const extra: [string, unknown][] = [];
  for (const [key, values] of parameters) {
    if (NAMED.has(key)) continue;
    const value = values.length === 1 ? values[0] : values;
    if (key !== 'extra' || typeof value === 'string' || values.length > 1) extra.push([key, value]);
    else if (isObject(value)) extra.push(...Object.entries(value));
  }
  return {
    text: parameters.has('text') ? text(parameters, 'text') : text(parameters, 'title'),
    desp: text(parameters, 'desp'),
    // Unlike an assignment, fromEntries makes an own property of a key called __proto__.
    extra: Object.fromEntries(extra),
  };
}

/**
 * How long the sender wants to wait, in ms: the `wait` parameter within `max`, or the preset.
 * @throws RelayError `invalid` unless it is one whole number
 */
export function readWait(parameters: Parameters, preset: number, max: number): number {
  if (!parameters.has('wait')) return Math.min(preset, max);
  const asked = text(parameters, 'wait');
  if (!/^\d{1,15}$/.test(asked)) {
    throw new RelayError('invalid', 'wait must be a whole number of milliseconds, 0 or more');
  }
  return Math.min(Number(asked), max);
}

/** One parameter as a single string, undefined where it is missing or repeated. */
export function single(parameters: Parameters, key: string): string | undefined {
  const values = parameters.get(key);
  const [value] = values ?? [];
  return values?.length === 1 && typeof value === 'string' ? value : undefined;
}
