// Who is calling: the owner, or one of the owner's devices.
import { readCredential } from '../access/credentials.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import type { HttpRequest } from '../dialects/kit/http-message.ts';
import type { ApiPorts } from './ports.ts';

/** @throws RelayError `unauthorized` or `revoked` unless the request shows the token or a device's own, `too_many` after wrong ones */
export async function callerOf(request: HttpRequest, { access }: Pick<ApiPorts, 'access'>): Promise<Principal> {
  const source = { address: request.ip, path: request.path };
  const caller = await access.authenticate(readCredential({ header: request.header('authorization') }), source);
  if (caller.kind === 'stranger') {
    throw new RelayError('unauthorized', 'expected the token in the authorization header');
  }
  // Where sockets need no token, anyone may have a name that was never proven; the owner's things are not theirs.
  if (!caller.may('read')) {
    throw new RelayError(
      'forbidden',
      'expected the token, or that of a device which was paired or has shown the token',
    );
  }
  return caller;
}

/** @throws RelayError `forbidden` unless the caller may read the messages of that device */
export function requireOwn(caller: Principal, name: string): void {
  if (!caller.may('read', name)) throw new RelayError('forbidden', 'a device may see only its own messages');
}

/** @throws RelayError `forbidden` unless the caller may manage the relay itself */
export function requireOwner(caller: Principal, text: string): void {
  if (!caller.may('manage')) throw new RelayError('forbidden', text);
}

/** The device that asks; undefined for the owner. */
export function deviceOf({ kind, name }: Principal): string | undefined {
  return kind === 'device' ? name : undefined;
}
