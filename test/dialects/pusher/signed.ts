// Requests of the HTTP API, signed by hand.
import { createHash } from 'node:crypto';
import { sign } from '../../../server/channel/signature.ts';
import type { Answer, World } from '../../world.ts';
import { ID, KEY, SECRET } from './hands.ts';

export interface Signed {
  readonly method?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly app?: string;
  /** Seconds since 1970; the clock of the world when it is not said. */
  readonly at?: number | string;
}

/** A request signed by hand. */
export function call(
  relay: World,
  path: string,
  { method = 'POST', query = '', body = '', headers, app = ID, at = Math.floor(relay.clock.now() / 1000) }: Signed = {},
) {
  const full = `/apps/${app}/${path}`;
  const parts = [`auth_key=${KEY}`, `auth_timestamp=${at}`, 'auth_version=1.0'];
  if (body !== '') parts.push(`body_md5=${createHash('md5').update(body).digest('hex')}`);
  if (query !== '') parts.push(...query.split('&'));
  const sorted = parts.sort().join('&');
  const signature = sign(SECRET, `${method}\n${full}\n${sorted}`);
  return relay.fetch(`${full}?${sorted}&auth_signature=${signature}`, {
    method,
    ...(body === '' ? {} : { body }),
    headers: headers ?? {},
  });
}

export const post = (relay: World, path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(relay, path, { body: typeof body === 'string' ? body : JSON.stringify(body), headers });
export const get = (relay: World, path: string, query = '') => call(relay, path, { method: 'GET', query });
export const said = ({ status, json }: Answer) => [status, json];

export const EVENT = { name: 'e', channel: 'a', data: 'x' };
