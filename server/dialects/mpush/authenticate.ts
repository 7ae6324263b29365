// The AUTH packet: decides who may have a name. Sockets and HTTP share this check. Over HTTP nothing is registered.
import type { DeviceIdentity } from '../../access/device-auth.ts';
import { isKeyForm } from '../../access/key-record.ts';
import type { Principal } from '../../access/principal.ts';
import type { Source } from '../../access/throttle.ts';
import { RelayError } from '../../base/errors.ts';
import { checkName, checkNewName, deviceName, readGroups } from '../../delivery/device.ts';
import { field, optionalText, requiredText } from './packets.ts';
import type { MpushPorts } from './ports.ts';

/** The name and the groups that an AUTH packet asked for and may have. */
export interface Claim extends DeviceIdentity {
  /** Whether the packet showed the relay's token, a proven token of the same device, or a key for it. */
  readonly proven: boolean;
}

/**
 * Who shows a key in place of the relay's token. Undefined for anything else.
 * @param required whether every name needs a proof. If not, a wrong key is as good as none
 * @throws RelayError (rejects) `too_many` after many wrong ones
 */
export async function readKey(
  { access }: Pick<MpushPorts, 'access'>,
  data: unknown,
  required: boolean,
  source: Source,
): Promise<Principal | undefined> {
  const token = optionalText(data, 'token');
  if (!isKeyForm(token) || access.isOwner(token)) return undefined;
  try {
    return await access.key(token, source);
  } catch (error) {
    const isWrong =
      error instanceof RelayError && (error.code === 'unauthorized' || (!required && error.code === 'too_many'));
    if (isWrong) return undefined;
    throw error;
  }
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
 * @param keyed who shows a key, see {@link readKey}
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
  keyed?: Principal,
  foreign?: RelayError,
): Promise<Claim> {
  const token = optionalText(data, 'token');
  // A caller that shows a key need not know the name of its device.
  const own = optionalText(data, 'name') === '' ? keyed?.key?.settings.device : undefined;
  const name = deviceName(own ?? optionalText(data, 'name'), devices);
  const proven = access.isOwner(token) || (known?.name === name && known.proven) || keyed !== undefined;
  if (!proven && (required || !access.stranger.may('receive', name))) {
    const refusal = new RelayError('unauthorized', 'Token invalid');
    throw token === '' ? refusal : access.refuse(token, source, refusal);
  }
  if (!proven && foreign !== undefined) throw foreign;
  checkName(own ?? requiredText(data, 'name'));
  const device = devices.get(name);
  if (device === undefined) checkNewName(name);
  if ('webhook' in (device?.routes ?? {})) {
    throw new RelayError('forbidden', `The name [${name}] is already used`);
  }
  const groups = readGroups(field(data, 'group'), device?.groups);
  if (keyed !== undefined) checkGrants(keyed, name, groups, device?.groups ?? []);
  return { name, groups, manage: known?.name === name ? known.manage : undefined, proven };
}

/** Checks that a key may receive as the device, and that the device joins no group that is not the key's. @throws RelayError `forbidden` */
function checkGrants(
  { key, may }: Principal,
  name: string,
  groups: readonly string[],
  before: readonly string[],
): void {
  const own = key?.settings.device === name ? (key.settings.groups ?? []) : [];
  const joins = groups.filter((group) => !before.includes(group) && !own.includes(group));
  const refused = [name, ...joins].find((target) => !may('receive', target));
  if (refused === undefined) return;
  throw new RelayError('forbidden', `the key ${key?.name} may not receive what is sent to ${refused}`);
}
