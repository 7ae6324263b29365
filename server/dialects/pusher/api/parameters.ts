// The parameters of a request of the HTTP API, from its query and from the JSON of its body.

import { RelayError } from '../../../base/errors.ts';
import { readObject } from '../../kit/body.ts';

/** Parameters by name. Their values are not checked yet. */
export type Parameters = Readonly<Record<string, unknown>>;

/** The decoded parameters of a query, in order. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** The parameters of a query by name. If a name repeats, the first one counts, except that `channels[]` is a list. */
export function readQuery(pairs: Pairs): Parameters {
  const channels = pairs.filter(([name]) => name === 'channels[]').map(([, value]) => value);
  return { ...Object.fromEntries(pairs.toReversed()), ...(channels.length > 0 ? { channels } : {}) };
}

/**
 * The parameters of a POST: those of its body, and those of the query that the body does not have. The body is JSON,
 * whatever its type.
 * @throws RelayError `invalid` unless the body is empty or a JSON object
 */
export function readParameters(query: Pairs, body: Buffer): Parameters {
  const fromBody = body.length === 0 ? {} : readObject(body);
  // Most requests have all of their parameters in the body.
  if (query.length === 0) return fromBody;
  const fromQuery = readQuery(query);
  // `channel` and `channels` are two forms of one parameter, so either one in the body replaces both of the query.
  const isAddressed = Object.hasOwn(fromBody, 'channel') || Object.hasOwn(fromBody, 'channels');
  return { ...fromQuery, ...(isAddressed ? { channel: undefined, channels: undefined } : {}), ...fromBody };
}

/**
 * The requested attributes of a channel, separated by commas.
 * @throws RelayError `invalid` for an unknown one
 */
export function readInfo(info: unknown, known: readonly string[]): string[] {
  if (info === undefined || info === null) return [];
  if (typeof info !== 'string') throw new RelayError('invalid', 'expected info as text');
  const names = info
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RelayError(
      'invalid',
      `unknown attribute ${unknown.slice(0, 100)} in info; expected ${known.join(' or ')}`,
    );
  }
  return names;
}
