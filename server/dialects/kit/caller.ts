// Who makes a request, for every dialect. Where a credential may stand is in access/credentials.ts.
import type { IncomingHttpHeaders } from 'node:http';
import type { Authenticator } from '../../access/authenticator.ts';
import { type CredentialPlaces, readCredential } from '../../access/credentials.ts';
import type { Principal } from '../../access/principal.ts';
import type { Source } from '../../access/throttle.ts';

/** What is needed of a request, or of an upgrade. */
export interface Asking {
  readonly headers: IncomingHttpHeaders;
  /** Read only if the headers have no credential. */
  readonly query: Iterable<readonly [name: string, value: string]>;
  /** The address of the peer. */
  readonly ip: string;
  readonly path: string;
}

/** Where else a request may show a credential, and what the log says of it. */
export interface CallerPlaces extends Pick<CredentialPlaces, 'tokens' | 'keys'> {
  /** The name of the dialect, for the log. */
  readonly dialect: string;
  /** The path for the log, where the real one has a credential. */
  readonly path?: string;
  /**
   * What counts in `token` and `auth` of the query: any credential (the default), only keys, or nothing.
   */
  readonly inQuery?: 'any' | 'keys' | 'none';
}

/** Where a request comes from, for counting wrong credentials. @param path for the log, where the real one has a credential */
export function sourceOf(request: Pick<Asking, 'ip' | 'path'>, dialect: string, path = request.path): Source {
  return { address: request.ip, path, dialect };
}

/**
 * The caller of a request. The first credential counts: in `X-Gotify-Key`, in `Authorization` (bare, `Bearer`, `Basic`), in `token` or
 * `auth` of the query, in `tokens`, in `keys`. In `X-Gotify-Key` and `keys` only keys count. Without one, the caller is the stranger.
 *
 * A dialect whose path or body has the key whatever the headers say calls `access.key(key, sourceOf(…))`.
 * @throws RelayError (rejects) `unauthorized`, `revoked` or `too_many` for a wrong credential, `invalid` if the query is not UTF-8
 */
export function readCaller(
  request: Asking,
  access: Pick<Authenticator, 'authenticate' | 'key'>,
  { dialect, path, inQuery = 'any', tokens, keys }: CallerPlaces,
): Principal | Promise<Principal> {
  const query = inQuery === 'none' ? undefined : () => request.query;
  const shown = readCredential(request.headers, { query, isKeyInQuery: inQuery === 'keys', tokens, keys });
  const source = sourceOf(request, dialect, path);
  return shown?.isKey === true ? access.key(shown.text, source) : access.authenticate(shown?.text, source);
}
