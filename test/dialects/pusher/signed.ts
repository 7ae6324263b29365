// Requests of the HTTP API, signed by hand.
import { createHash } from 'node:crypto';
import { hmacHex } from '../../../server/base/hmac.ts';
import type { Answer, World } from '../../world.ts';
import { ID, KEY, SECRET } from './helpers.ts';

export interface Signed {
  readonly method?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly app?: string;
  readonly key?: string;
  readonly secret?: string;
  /** Seconds since 1970; the clock of the world when it is not said. */
  readonly at?: number | string;
}

/** Path and query of a request, signed. */
export function target(relay: World, path: string, options: Signed = {}): string {
  const { method = 'POST', query = '', body = '', app = ID, key = KEY, secret = SECRET } = options;
  const { at = Math.floor(relay.clock.now() / 1000) } = options;
  const full = `/apps/${app}/${path}`;
  const parts = [`auth_key=${key}`, `auth_timestamp=${at}`, 'auth_version=1.0'];
  if (body !== '') parts.push(`body_md5=${createHash('md5').update(body).digest('hex')}`);
  if (query !== '') parts.push(...query.split('&'));
  const sorted = parts.sort().join('&');
  return `${full}?${sorted}&auth_signature=${hmacHex(secret, `${method}\n${full}\n${sorted}`)}`;
}

/** A request signed by hand. */
export function call(relay: World, path: string, options: Signed = {}) {
  const { method = 'POST', body = '', headers = {} } = options;
  return relay.fetch(target(relay, path, options), { method, ...(body === '' ? {} : { body }), headers });
}

export const post = (relay: World, path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(relay, path, { body: typeof body === 'string' ? body : JSON.stringify(body), headers });
export const get = (relay: World, path: string, query = '') => call(relay, path, { method: 'GET', query });
export const said = ({ status, json }: Answer) => [status, json];

export const EVENT = { name: 'e', channel: 'a', data: 'x' };
