// What a request of the HTTP API says, wherever it says it: in its query or in the JSON of its body.

import { RelayError } from '../../../base/errors.ts';
import { readObject } from '../../kit/body.ts';

/** Parameters by name; nothing is known of their values. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Parameters of a query, decoded, in order. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** Whether a parameter proves the request and says nothing. */
export function isProof(name: string): boolean {
  return /^(?:auth_|body_md5$)/i.test(name);
}

/** The parameters of a query: of several with one name the first counts, and `channels[]` is a list. */
export function readQuery(pairs: Pairs): Parameters {
  const channels = pairs.filter(([name]) => name === 'channels[]').map(([, value]) => value);
  return { ...Object.fromEntries(pairs.toReversed()), ...(channels.length > 0 ? { channels } : {}) };
}

/**
 * The parameters of a POST: those of its body, JSON whatever its type says, and those of the query which it has not.
 * @throws RelayError `invalid` unless the body is empty or a JSON object
 */
export function readParameters(query: Pairs, body: Buffer): Parameters {
  const asked = readQuery(query);
  if (body.length === 0) return asked;
  const told = readObject(body);
  // One channel and several are the same parameter in two forms.
  const isAddressed = Object.hasOwn(told, 'channel') || Object.hasOwn(told, 'channels');
  return { ...asked, ...(isAddressed ? { channel: undefined, channels: undefined } : {}), ...told };
}

/**
 * The attributes that an answer is asked to tell, separated by commas.
 * @throws RelayError `invalid` for one that is not known
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
