// Bark's parameters: names in any case, from the path, the query and the body. What wins depends on the type of the body.
import { isObject, type JsonObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import { decode, essenceOf } from '../kit/body.ts';
import { fieldText, readFields, requireSoundPairs } from '../kit/fields.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { parseExact, requireSound } from '../kit/json.ts';

/** Parameters by their names in lower case. None is empty. */
export type BarkParameters = ReadonlyMap<string, string>;

/** What a request says beside its path. */
export interface BarkBody {
  readonly query: readonly (readonly [string, string])[];
  readonly body: readonly (readonly [string, string])[];
  readonly isJson: boolean;
  /** The keys of a batch, as the JSON has them. */
  readonly keys: unknown;
}

type Given = readonly (readonly [name: string, value: string])[];

/** The type alone decides that JSON outranks forms, as in the original. */
const isJson = (request: HttpRequest) => request.header('content-type').trim().startsWith('application/json');

function bindFailed(text: string, cause?: unknown): RelayError {
  return new RelayError('invalid', `request bind failed: ${text}`, { cause });
}

function readJson(bytes: Buffer): JsonObject {
  let value: unknown;
  try {
    value = parseExact(decode(bytes));
  } catch (cause) {
    throw bindFailed('unexpected end of JSON input', cause);
  }
  if (value === null) return {};
  if (!isObject(value)) throw bindFailed('json: cannot unmarshal it into Go value of type map[string]interface {}');
  try {
    requireSound(value);
  } catch (cause) {
    throw cause instanceof RelayError ? bindFailed(cause.message, cause) : cause;
  }
  return value;
}

/** The texts of an object. The entries of an object in it are parameters of their own. */
function flatten(object: JsonObject): [string, string][] {
  return Object.entries(object).flatMap(([name, value]): [string, string][] => {
    if (!isObject(value)) return [[name, fieldText(value)]];
    return Object.entries(value).map(([inner, one]) => [inner, fieldText(one)]);
  });
}

/** Reads a request. @throws RelayError `invalid` with Bark's text for a body that is not what its type says, `too_large` beyond the limit */
export async function readBarkBody(request: HttpRequest, limit: number): Promise<BarkBody> {
  const { query } = request;
  if (isJson(request)) {
    const object = readJson(await request.read(limit));
    const named = Object.entries(object).find(([name]) => name.toLowerCase() === 'device_keys');
    return { query, body: flatten(object), isJson: true, keys: named?.[1] };
  }
  if (essenceOf(request.header('content-type')) === 'text/plain') {
    const text = decode(await request.read(limit));
    return { query, body: [['body', text]], isJson: false, keys: undefined };
  }
  const { body } = await readFields(request, limit);
  return { query, body: body.map(([name, value]) => [name, fieldText(value)]), isJson: false, keys: undefined };
}

/** All parameters. Those of the path win. @throws RelayError `invalid` for texts that hold a NUL */
export function mergeParameters({ query, body, isJson: json }: BarkBody, path: Given): BarkParameters {
  const merged = new Map<string, string>();
  for (const pairs of [query, path]) requireSoundPairs(pairs);
  if (!json) requireSoundPairs(body);
  for (const [name, value] of [...(json ? [...body, ...query] : [...query, ...body]), ...path]) {
    if (value !== '') merged.set(name.toLowerCase(), value);
  }
  return merged;
}

/**
 * The texts of a path below the key: `body`, `title/body` or `title/subtitle/body`. They are decoded after they were split, as
 * a query is: `+` is a blank.
 * @returns undefined if it has more parts, or an empty one
 * @throws RelayError `invalid` for a broken escape
 */
export function readBarkPath(parts: readonly string[]): Given | undefined {
  const names = [[], ['body'], ['title', 'body'], ['title', 'subtitle', 'body']][parts.length];
  if (names === undefined || parts.includes('')) return undefined;
  return names.map((name, at) => [name, decodeText(parts[at] ?? '')]);
}

function decodeText(text: string): string {
  const [broken] = /%(?![\da-f]{2}).{0,2}/i.exec(text) ?? [];
  if (broken !== undefined) {
    throw new RelayError('invalid', `url path parse failed: invalid URL escape "${broken}"`);
  }
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new RelayError('invalid', 'url path parse failed: expected text in UTF-8', { cause });
  }
}
