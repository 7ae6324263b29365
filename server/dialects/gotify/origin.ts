// Pages of other sites: they get nothing, whatever they show, unless the config lets them in.
import type { IncomingHttpHeaders } from 'node:http';
import type { HttpAnswer } from '../kit/http-message.ts';
import type { GotifyPorts, GotifySections } from './ports.ts';

/** The answer to a page of another site. */
export const FOREIGN: HttpAnswer = { status: 403, headers: {}, body: '' };

/** The answer that lets pages of other sites ask with a credential. */
export const PREFLIGHT: HttpAnswer = {
  status: 204,
  headers: {
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers': 'authorization, content-type, x-gotify-key',
    'access-control-max-age': '600',
  },
  body: '',
};

/** Makes the test whether a page of another site makes its browser ask. */
export function createOriginCheck(
  { publicUrl }: Pick<GotifyPorts, 'publicUrl'>,
  { http: { cors, hosts } }: Pick<GotifySections, 'http'>,
): (headers: IncomingHttpHeaders) => boolean {
  return (headers) => {
    const { origin, host } = headers;
    if (cors || origin === undefined) return false;
    if (!URL.canParse(origin)) return true;
    const from = new URL(origin);
    const own = new URL(publicUrl({ header: (name) => String(headers[name] ?? '') }));
    return from.host !== host && from.host !== own.host && !hosts.includes(from.hostname);
  };
}
