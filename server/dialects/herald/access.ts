// Who is calling: the holder of the token, or a device that shows its own.
import type { Context } from 'koa';
import { RelayError } from '../../base/errors.ts';
import type { HeraldPorts } from './ports.ts';

/** The caller. A device of the owner may see what the owner sees; `name` is undefined for the token's holder. */
export interface Caller {
  readonly name: string | undefined;
}

/** @throws RelayError `unauthorized` or `revoked` unless the request shows the token or a device's own, `too_many` after wrong ones */
export async function callerOf(
  context: Context,
  ports: Pick<HeraldPorts, 'token' | 'auth' | 'throttle' | 'devices'>,
): Promise<Caller> {
  await ports.throttle.check(context.ip);
  const shown = context.get('authorization').replace(/^Bearer +/i, '');
  if (shown === '') throw new RelayError('unauthorized', 'expected the token in the authorization header');
  if (ports.token.matches(shown)) return { name: undefined };
  const name = await verify(shown, context.ip, ports);
  // Where sockets need no token, anybody may bear a name that was never proven; the owner's things are not theirs.
  if (ports.devices.get(name)?.secured !== true) {
    throw new RelayError(
      'forbidden',
      'expected the token, or that of a device which was paired or has shown the token',
    );
  }
  return { name };
}

async function verify(jwt: string, address: string, { auth, throttle }: Pick<HeraldPorts, 'auth' | 'throttle'>) {
  try {
    return (await auth.verify(jwt)).name;
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    throttle.fail(address);
    const text = error.code === 'revoked' ? 'the token of this device has ended' : 'the token is wrong';
    throw new RelayError(error.code, text, { cause: error });
  }
}

/** @throws RelayError `forbidden` unless the caller is that device, or holds the token */
export function requireOwn(caller: Caller, name: string): void {
  if (caller.name === undefined || caller.name === name) return;
  throw new RelayError('forbidden', 'a device may see its own messages alone');
}
