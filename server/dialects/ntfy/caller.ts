// Who makes a request, with ntfy's refusals. Rights belong to the request.
import type { Action, Principal } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { type Asking, readCaller } from '../kit/caller.ts';
import { NtfyError } from './errors.ts';
import type { NtfyPorts } from './ports.ts';

/**
 * The caller of a request, or of an upgrade.
 * @throws NtfyError 40101 for a wrong credential, 42909 after too many
 */
export async function callerOf(request: Asking, { access }: Pick<NtfyPorts, 'access'>): Promise<Principal> {
  try {
    return await readCaller(request, access, { dialect: 'ntfy' });
  } catch (cause) {
    if (!(cause instanceof RelayError)) throw cause;
    const { code, retryAfter } = cause;
    if (code === 'too_many') {
      throw new NtfyError(42909, '', { cause, ...(retryAfter === undefined ? {} : { retryAfter }) });
    }
    if (code === 'unauthorized' || code === 'revoked') throw new NtfyError(40101, '', { cause });
    throw cause;
  }
}

/** Whether the caller may do this to a topic. Strangers receive nothing, whatever devices may do without a token. */
export function mayUse(caller: Principal, action: Action, topic: string): boolean {
  return (action !== 'receive' || caller.kind !== 'stranger') && caller.may(action, topic);
}

/**
 * Refuses a caller without a credential if a page of another site may have made its browser ask.
 * @throws NtfyError 40301
 */
export function refuseForeign(
  caller: Principal,
  { headers }: Pick<Asking, 'headers'>,
  { foreignPages }: Pick<NtfyPorts, 'foreignPages'>,
): void {
  const cause = caller.proven ? undefined : foreignPages.refusalOf(headers);
  if (cause !== undefined) throw new NtfyError(40301, '', { cause });
}
