// Who makes a request: an application, a client, or a user.

import { readBasic } from '../../access/credentials.ts';
import type { Key } from '../../access/keys.ts';
import type { Principal, TargetKind } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { type Device, deviceName } from '../../delivery/device.ts';
import { type Asking, readCaller } from '../kit/caller.ts';
import { unknownCaller } from './errors.ts';
import type { GotifyPorts } from './ports.ts';

/** A caller with a credential. */
export interface GotifyCaller {
  readonly principal: Principal;
  /** The name that a user gave, which is a group; `""` for none. Undefined for a key. */
  readonly user?: string;
}

/** Where an application sends. */
export interface Target {
  readonly sendType: TargetKind;
  readonly name: string;
}

/** The user and the password of a request. */
function basicOf({
  headers,
}: Pick<Asking, 'headers'>): { readonly user: string; readonly password: string } | undefined {
  const [, encoded] = /^Basic +(.*)$/is.exec(headers.authorization ?? '') ?? [];
  const pair = encoded === undefined ? undefined : readBasic(encoded);
  if (pair === undefined) return undefined;
  return pair.password === '' ? { user: '', password: pair.user } : pair;
}

/**
 * The caller of a request, or of an upgrade. Devices of the relay show nothing that counts here.
 * @throws RelayError (rejects) `unauthorized` without a right credential, `too_many` after too many wrong ones
 */
export async function callerOf(request: Asking, { access }: Pick<GotifyPorts, 'access'>): Promise<GotifyCaller> {
  let principal: Principal;
  try {
    principal = await readCaller(request, access, { dialect: 'gotify', inQuery: 'keys' });
  } catch (cause) {
    const isWrong = cause instanceof RelayError && (cause.code === 'unauthorized' || cause.code === 'revoked');
    throw isWrong ? unknownCaller(cause) : cause;
  }
  if (principal.kind === 'owner') return { principal, user: basicOf(request)?.user ?? '' };
  if (principal.kind === 'key') return { principal };
  throw unknownCaller();
}

/** The default target of a key, if it may send there: then it is an application. */
export function targetOf({ settings: { device, group }, sends }: Key): Target | undefined {
  const name = device ?? group;
  if (name === undefined || sends?.(name) === false) return undefined;
  return { sendType: device === undefined ? 'group' : 'personal', name };
}

/** The device of a key, if it may receive as it: then it is a client. */
export function clientDevice(
  { settings: { device }, receives }: Key,
  devices: { get(name: string): Device | undefined },
): string | undefined {
  if (device === undefined) return undefined;
  const name = deviceName(device, devices);
  return receives(name) || receives(device) ? name : undefined;
}
