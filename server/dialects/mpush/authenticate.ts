// The AUTH packet: who may bear a name. The same over HTTP, where nothing is registered, and over a socket.
import type { DeviceIdentity } from '../../access/device-auth.ts';
import { RelayError } from '../../base/errors.ts';
import { checkName, type Device, readGroups } from '../../delivery/device.ts';
import { field, optionalText, requiredText } from './packets.ts';
import type { MpushPorts } from './ports.ts';

/** What an AUTH packet asks for, once it is granted. */
export interface Claim extends DeviceIdentity {
  /** The token, or a token of this very device, was shown and is right. */
  readonly proven: boolean;
}

/** What {@link authenticate} needs. */
export type AuthenticatePorts = Pick<MpushPorts, 'token' | 'throttle' | 'devices'>;

/** Whether a token of this name was given to somebody who had proven to be the owner's; senders are no devices at all. */
export function isTrusted(device: Device | undefined): boolean {
  return device?.secured !== false;
}

/** Whether an error of {@link authenticate} is answered by an AUTH packet with 403, as mpush does for a wrong token too. */
export function isAuthRefusal({ code }: RelayError): boolean {
  return code === 'unauthorized' || code === 'forbidden';
}

/**
 * Checks the data of an AUTH packet.
 *
 * @param known whom the packet's own `auth` names, if it carries one
 * @param required whether a proof is needed from everybody; without, only for names that were once proven
 * @throws RelayError `invalid` for a wrong field, `too_many` after repeated wrong tokens; with mpush's text `unauthorized`
 * for a wrong token, and `forbidden` for the name of a webhook
 */
export async function authenticate(
  ports: AuthenticatePorts,
  data: unknown,
  known: DeviceIdentity | undefined,
  required: boolean,
  address: string,
): Promise<Claim> {
  await ports.throttle.check(address);
  const token = optionalText(data, 'token');
  const byToken = ports.token.matches(token);
  const name = optionalText(data, 'name');
  const device = ports.devices.get(name);
  // A name that nobody had to prove gave out tokens that prove nothing.
  const proven = byToken || (known?.name === name && isTrusted(device));
  if (!proven && (required || device?.secured === true)) {
    if (token !== '') ports.throttle.fail(address);
    throw new RelayError('unauthorized', 'Token invalid');
  }
  checkName(requiredText(data, 'name'));
  if (device !== undefined && 'webhook' in device.routes) {
    throw new RelayError('forbidden', `The name [${name}] is already used`);
  }
  return { name, groups: readGroups(field(data, 'group')), proven };
}
