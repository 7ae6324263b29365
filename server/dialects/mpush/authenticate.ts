// The AUTH packet: who may have a name. The same for sockets and for HTTP, where nothing is registered.
import type { DeviceIdentity } from '../../access/device-auth.ts';
import type { Principal } from '../../access/principal.ts';
import type { Source } from '../../access/throttle.ts';
import { RelayError } from '../../base/errors.ts';
import { checkName, checkNewName, deviceName, readGroups } from '../../delivery/device.ts';
import { field, optionalText, requiredText } from './packets.ts';
import type { MpushPorts } from './ports.ts';

/** What an AUTH packet asks for, when it is granted. */
export interface Claim extends DeviceIdentity {
  /** The relay's token, or one of this very device, was shown and is right. */
  readonly proven: boolean;
}

/** What {@link authenticate} needs. */
export type AuthenticatePorts = Pick<MpushPorts, 'access' | 'devices'>;

/** Whether an error of {@link authenticate} is answered by an AUTH packet with 403, as mpush does for a wrong token too. */
export function isAuthRefusal({ code }: RelayError): boolean {
  return code === 'unauthorized' || code === 'forbidden';
}

/**
 * Checks the data of an AUTH packet.
 *
 * @param known whose token of a device the packet carries as its own `auth`
 * @param required whether everyone needs a proof; otherwise only for names that were once proven
 * @param foreign why no one is let in without a proof: a page of another site is behind the socket
 * @throws RelayError `invalid` for a wrong field, `too_many` after many wrong tokens; with mpush's text `unauthorized`
 * for a wrong token, and `forbidden` for the name of a webhook
 */
export async function authenticate(
  { access, devices }: AuthenticatePorts,
  data: unknown,
  known: Principal | undefined,
  required: boolean,
  source: Source,
  foreign?: RelayError,
): Promise<Claim> {
  const token = optionalText(data, 'token');
  const name = deviceName(optionalText(data, 'name'), devices);
  const proven = access.isOwner(token) || (known?.name === name && known.proven);
  if (!proven && (required || !access.stranger.may('receive', name))) {
    const refusal = new RelayError('unauthorized', 'Token invalid');
    throw token === '' ? refusal : access.refuse(token, source, refusal);
  }
  if (!proven && foreign !== undefined) throw foreign;
  checkName(requiredText(data, 'name'));
  const device = devices.get(name);
  if (device === undefined) checkNewName(name);
  if ('webhook' in (device?.routes ?? {})) {
    throw new RelayError('forbidden', `The name [${name}] is already used`);
  }
  return { name, groups: readGroups(field(data, 'group'), device?.groups), proven };
}
