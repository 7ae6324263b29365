// The path and the parameters of sends that are not packets.
import type { SendType } from '../../../shared/message.ts';
import { HEADER_PARAMETERS } from '../../access/credentials.ts';
import { RelayError } from '../../base/errors.ts';
import { checkName } from '../../delivery/device.ts';
import type { HttpRequest, Pairs } from '../kit/http-message.ts';
import { toText } from './packets.ts';

/** The target that a send path names. */
export interface PathTarget {
  readonly sendType: SendType;
  readonly target: string;
}

const SEND_PATH = /^\/(.*)\.(send|group|ask)$/s;
const ASK = '.ask';

/**
 * Reads `/<name>.send` or `/<group>.group`. Only the last suffix counts, so a name may contain dots.
 * @throws RelayError `not_found` for any other path, `invalid` for a name that is not UTF-8 or not allowed
 */
export function readPath(path: string): PathTarget {
  const { name, suffix } = readName(path);
  if (suffix === 'ask') throw unknownPath(path);
  return { sendType: suffix === 'send' ? 'personal' : 'group', target: name };
}

/** The name in `/<name>.ask`. @throws RelayError as {@link readPath} */
export function readAskPath(path: string): string {
  return readName(path).name;
}

function readName(path: string): { readonly name: string; readonly suffix: string | undefined } {
  const [, name, suffix] = SEND_PATH.exec(decode(path)) ?? [];
  if (name === undefined || name.includes('/')) throw unknownPath(path);
  return { name: checkName(name), suffix };
}

/** True for a path that ends like a send path, even if its name is wrong. */
export function isSendPath(path: string): boolean {
  return path.endsWith('.send') || path.endsWith('.group') || isAskPath(path);
}

/** True for a path that ends like that of a question. */
export function isAskPath(path: string): boolean {
  return path.endsWith(ASK);
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

/** Parameters in their order. A repeated parameter has several values. */
export type Parameters = ReadonlyMap<string, readonly unknown[]>;

/** Collects pairs. Values from JSON have any type, those from a query or a form are strings. */
export function collect(pairs: Iterable<readonly [string, unknown]>): Parameters {
  const parameters = new Map<string, unknown[]>();
  for (const [key, value] of pairs) {
    const values = parameters.get(key);
    if (values === undefined) parameters.set(key, [value]);
    else values.push(value);
  }
  return parameters;
}

/** The parameters of a send in its address, without those that hold a credential and nothing for the message. */
export function sendQuery({ query }: Pick<HttpRequest, 'query'>): Pairs {
  return query.filter(([name]) => !HEADER_PARAMETERS.has(name));
}

/** One parameter as text; `""` if it is missing. Joins the values of a repeated parameter with commas. */
export function text(parameters: Parameters, key: string): string {
  return toText(parameters.get(key));
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

/** One parameter that is a single string. Undefined if it is missing, repeated or of another type. */
export function single(parameters: Parameters, key: string): string | undefined {
  const values = parameters.get(key);
  const [value] = values ?? [];
  return values?.length === 1 && typeof value === 'string' ? value : undefined;
}

/**
 * Whether a send that reaches no one gets an error status: the `strict` parameter, or the preset.
 * @throws RelayError `invalid` unless it is 0 or 1
 */
export function readStrict(parameters: Parameters, preset: boolean): boolean {
  if (!parameters.has('strict')) return preset;
  const asked = text(parameters, 'strict');
  if (!/^(?:0|1|true|false)$/.test(asked)) throw new RelayError('invalid', 'strict must be 0 or 1');
  return asked === '1' || asked === 'true';
}
