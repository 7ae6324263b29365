// Decides who may use HTTP, with mpush's error texts. authenticate.ts decides which name a device may have.
import type { Principal } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { readCaller, sourceOf } from '../kit/caller.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { Entrance } from '../kit/send-as.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';

/** The name of this dialect, for the log and for the uses of keys. */
export const MPUSH = 'mpush';

/** How a message of this request comes in. */
export function entranceOf({ ip }: HttpRequest): Entrance {
  return { dialect: MPUSH, address: ip };
}

/**
 * The caller, judged by the header and the query, before the body is read. Ignores tokens if the relay asks for none.
 * @throws RelayError (rejects) with mpush's text for a wrong token, or `too_many`
 */
export function callerOf(
  request: HttpRequest,
  { access }: Pick<MpushPorts, 'access'>,
  { http }: Pick<MpushConfig, 'http'>,
): Principal | Promise<Principal> {
  if (!http.verifyToken) return access.stranger;
  const caller = readCaller(request, access, { dialect: MPUSH });
  return caller instanceof Promise ? caller.catch(throwAsMpush) : caller;
}

/** The caller, judged by a token in the body. */
export async function bearerOf(
  token: string | undefined,
  request: HttpRequest,
  { access }: Pick<MpushPorts, 'access'>,
): Promise<Principal> {
  try {
    return await access.authenticate(token, sourceOf(request, MPUSH));
  } catch (error) {
    return throwAsMpush(error);
  }
}

/**
 * Why a caller may not send, if the request may come from a page of another site. A right token in the header shows that it
 * does not, because such a page cannot know the token. If the relay asks for no token, this is the only place that reads it.
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
  try {
    const caller = await readCaller(request, access, { dialect: MPUSH, inQuery: 'none' });
    return caller.proven ? undefined : refusal;
  } catch (error) {
    if (error instanceof RelayError) return refusal;
    throw error;
  }
}

/** Throws the error again, with mpush's text in place of its own. */
function throwAsMpush(error: unknown): never {
  if (!(error instanceof RelayError) || error.code === 'too_many') throw error;
  throw new RelayError(error.code, WRONG, { cause: error });
}

// Clients compare the first three words. The texts never repeat the credential, because answers end up in other programs' logs.
const WRONG = 'Authorization verify error: wrong token';
const MISSING = 'Authorization verify error: no token';

/** The refusal of a caller without the right to do what it asks for. */
export function unauthorized({ kind, name }: Principal): RelayError {
  if (kind === 'key') return new RelayError('forbidden', `the key ${name} may not send`);
  return new RelayError('unauthorized', kind === 'stranger' ? MISSING : WRONG);
}
