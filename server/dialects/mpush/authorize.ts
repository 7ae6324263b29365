// Who may use HTTP: the holder of the token, or of a device's own. Not here: who may bear a name (authenticate.ts).
import { RelayError } from '../../base/errors.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { isTrusted } from './authenticate.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { collect, single } from './query.ts';

/** The token that a request shows: bare or as Bearer in `authorization`, or as `token` in the query. */
function shownToken({ headers, querystring }: HttpRequest): string | undefined {
  const header = headers.authorization ?? '';
  if (header !== '') return header.replace(/^Bearer +/i, '');
  return single(collect(new URLSearchParams(querystring)), 'token') || undefined;
}

/** The refusal of a request that may not do what it asks for, in mpush's words. */
export function unauthorized({ headers }: HttpRequest): RelayError {
  const header = headers.authorization;
  return new RelayError('unauthorized', `Authorization verify error: ${header ?? 'undefined'}`);
}

/** Whether the request may do what it asks for. A wrong token is counted against its address, a missing one is not. */
export async function authorize(request: HttpRequest, ports: MpushPorts, config: MpushConfig): Promise<boolean> {
  if (!config.http.verifyToken) return true;
  await ports.throttle.check(request.ip);
  const shown = shownToken(request);
  if (shown === undefined) return false;
  if (ports.token.matches(shown)) return true;
  if (await isOfTrustedDevice(shown, ports)) return true;
  ports.throttle.fail(request.ip);
  return false;
}

/** True for a device's own token, unless its name was never proven. */
async function isOfTrustedDevice(jwt: string, { auth, devices }: MpushPorts): Promise<boolean> {
  try {
    const { name } = await auth.verify(jwt);
    return isTrusted(devices.get(name));
  } catch (error) {
    if (error instanceof RelayError) return false;
    throw error;
  }
}
