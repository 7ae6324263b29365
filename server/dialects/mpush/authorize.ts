// Who may use HTTP, in mpush's words. Which names a device may have is authenticate.ts's.
import { readCredential } from '../../access/credentials.ts';
import type { Principal } from '../../access/principal.ts';
import type { Source } from '../../access/throttle.ts';
import { RelayError } from '../../base/errors.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { collect, single } from './query.ts';

/** Where a request shows its credentials, for counting wrong ones. */
export function sourceOf({ ip, path }: HttpRequest): Source {
  return { address: ip, path };
}

/** The token that a request shows before its body is read: in `authorization`, or as `token` in the query. */
function shownToken(request: HttpRequest): string | undefined {
  const { authorization: header } = request.headers;
  // Most requests have a header, and their query need not be read for a token.
  if (header !== undefined && header !== '') return readCredential({ header });
  return single(collect(request.query), 'token');
}

/**
 * Whoever makes a request, as far as one can tell before its body is read. Where no token is asked for, none is looked at.
 * @throws RelayError (rejects) in mpush's words for a wrong token, or `too_many`
 */
export function callerOf(
  request: HttpRequest,
  { access }: Pick<MpushPorts, 'access'>,
  { http }: Pick<MpushConfig, 'http'>,
): Principal | Promise<Principal> {
  if (!http.verifyToken) return access.stranger;
  const caller = access.authenticate(shownToken(request), sourceOf(request));
  return caller instanceof Promise ? caller.catch(inWordsOfMpush) : caller;
}

/** The same for a token that a body brought. */
export async function bearerOf(
  token: string | undefined,
  request: HttpRequest,
  { access }: Pick<MpushPorts, 'access'>,
): Promise<Principal> {
  try {
    return await access.authenticate(token, sourceOf(request));
  } catch (error) {
    return inWordsOfMpush(error);
  }
}

/**
 * Why a caller may not send, if a page of another site may be behind the request. Where no token is asked for, one that is
 * shown in a header is looked at only here: such a page cannot know it.
 */
export async function foreignRefusal(
  request: HttpRequest,
  { access, foreignPages }: Pick<MpushPorts, 'access' | 'foreignPages'>,
  { proven }: Principal,
): Promise<RelayError | undefined> {
  const { headers } = request;
  const refusal = proven ? undefined : foreignPages.refusalOf(headers);
  const site = headers['sec-fetch-site'];
  if (refusal === undefined || (site !== undefined && site !== 'same-origin')) return refusal;
  const shown = readCredential({ header: headers.authorization });
  if (shown === undefined) return refusal;
  try {
    const caller = await access.authenticate(shown, sourceOf(request));
    return caller.proven ? undefined : refusal;
  } catch (error) {
    if (error instanceof RelayError) return refusal;
    throw error;
  }
}

function inWordsOfMpush(error: unknown): never {
  if (!(error instanceof RelayError) || error.code === 'too_many') throw error;
  throw new RelayError(error.code, WRONG, { cause: error });
}

// Clients compare the first three words. What was shown is never repeated: answers end up in the logs of others.
const WRONG = 'Authorization verify error: wrong token';
const MISSING = 'Authorization verify error: no token';

/** The refusal of a caller that may not do what it asks for. */
export function unauthorized({ kind }: Principal): RelayError {
  return new RelayError('unauthorized', kind === 'stranger' ? MISSING : WRONG);
}
