// The AUTH packet: decides who may have a name. Sockets and HTTP share this check. Over HTTP nothing is registered.
import type { DeviceIdentity } from '../../access/device-auth.ts';
import type { Principal } from '../../access/principal.ts';
import type { Source } from '../../access/throttle.ts';
import { RelayError } from '../../base/errors.ts';
import { checkName, checkNewName, deviceName, readGroups } from '../../delivery/device.ts';
import { field, optionalText, requiredText } from './packets.ts';
import type { MpushPorts } from './ports.ts';

/** The name and the groups that an AUTH packet asked for and may have. */
export interface Claim extends DeviceIdentity {
  /** Whether the packet showed the relay's token, or a proven token of the same device. */
  readonly proven: boolean;
}

/** What {@link authenticate} needs. */
export type AuthenticatePorts = Pick<MpushPorts, 'access' | 'devices'>;

/** Whether the answer to an error of {@link authenticate} is an AUTH packet with 403. mpush answers a wrong token like this. */
export function isAuthRefusal({ code }: RelayError): boolean {
  return code === 'unauthorized' || code === 'forbidden';
}

/**
 * Checks the data of an AUTH packet.
 *
 * @param known the device whose token is in the packet's `auth`
 * @param required whether every name needs a proof; otherwise only names that were once proven do
 * @param foreign the error for a caller without a proof, if a page of another site opened the socket
 * @throws RelayError `invalid` for a wrong field, `too_many` after many wrong tokens. With mpush's text: `unauthorized`
 * for a wrong token, `forbidden` for the name of a webhook
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
  return {
    name,
    groups: readGroups(field(data, 'group'), device?.groups),
    manage: known?.name === name ? known.manage : undefined,
    proven,
  };
}
