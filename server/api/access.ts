// Finds out who is calling: the owner, or one of the owner's devices.
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import { readCaller } from '../dialects/kit/caller.ts';
import type { HttpRequest } from '../dialects/kit/http-message.ts';
import type { ApiPorts } from './ports.ts';

/** What the log calls the relay's own interface, beside the dialects. */
export const API = 'api';

/**
 * The caller of a request.
 * @param target the device whose messages the caller wants, where a key that may read them is enough
 * @throws RelayError `unauthorized` or `revoked` unless the request shows the relay's token or a device's, `forbidden` for the
 * token of a device that may not read, `too_many` after wrong tokens
 */
export async function callerOf(
  request: HttpRequest,
  { access }: Pick<ApiPorts, 'access'>,
  target?: string,
): Promise<Principal> {
  const caller = await readCaller(request, access, { dialect: API, inQuery: 'none' });
  if (caller.kind === 'stranger') {
    throw new RelayError('unauthorized', 'expected the token in the authorization header');
  }
  // If sockets need no token, anyone can take a name that no one has proven. That does not open the owner's messages to them.
  if (!caller.may('read', caller.kind === 'key' ? target : undefined)) {
    throw new RelayError(
      'forbidden',
      "expected the relay's token, or the token of a device that was paired or has shown the relay's token",
    );
  }
  return caller;
}

/** Lets only callers pass that may read the messages of the device. @throws RelayError `forbidden` */
export function requireOwn(caller: Principal, name: string): void {
  if (!caller.may('read', name)) throw new RelayError('forbidden', 'a device may see only its own messages');
}

/** Lets only the owner pass. @param text of the refusal @throws RelayError `forbidden` */
export function requireOwner(caller: Principal, text: string): void {
  if (!caller.may('manage')) throw new RelayError('forbidden', text);
}

/** The name of the device that calls; undefined for the owner. */
export function deviceOf({ kind, name }: Principal): string | undefined {
  return kind === 'device' ? name : undefined;
}
