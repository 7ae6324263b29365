// Who makes a request: an application, a client, or a user.

import type { Message } from '../../../shared/message.ts';
import { readBasic } from '../../access/credentials.ts';
import type { Key } from '../../access/keys.ts';
import type { Principal, TargetKind } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { type Device, deviceName } from '../../delivery/device.ts';
import { type Asking, readCaller } from '../kit/caller.ts';
import { unknownCaller } from './errors.ts';
import type { Application } from './message.ts';
import type { GotifyPorts } from './ports.ts';

/** What sent the messages that came without a key. */
export const RELAY: Application = { number: 1, name: 'Herald' };

/** What a person may type as a pairing code. A wrong one counts as any other wrong password. */
const CODE = /^(?:[0-9a-z][\s-]*){12}$/i;

/** A caller with a credential. */
export interface GotifyCaller {
  readonly principal: Principal;
  /** The name that a user gave, which is a group; `""` for none. Undefined for a key. */
  readonly user?: string;
  /** The pairing code that the user gave as the password. */
  readonly code?: string;
}

/** A client: a key that receives as its device. */
export interface Client {
  readonly key: Key;
  readonly device: string;
  /** Rejects once the key has ended. */
  proof(): Promise<unknown>;
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
export async function callerOf(
  request: Asking,
  { access, pairings, devices }: Pick<GotifyPorts, 'access' | 'pairings' | 'devices'>,
): Promise<GotifyCaller> {
  const { user, password } = basicOf(request) ?? {};
  if (password !== undefined && CODE.test(password) && !request.headers['x-gotify-key']) {
    const pairing = await pairings.find(password);
    if (pairing !== undefined && pairing.manage !== true) {
      return { principal: access.stranger, user: user ?? '', code: password };
    }
  }
  let principal: Principal;
  try {
    principal = await readCaller(request, access, { dialect: 'gotify', inQuery: 'keys' });
  } catch (cause) {
    const isWrong = cause instanceof RelayError && (cause.code === 'unauthorized' || cause.code === 'revoked');
    throw isWrong ? unknownCaller(cause) : cause;
  }
  if (principal.kind === 'owner') return { principal, user: user ?? '' };
  if (principal.kind === 'key') {
    const { device } = principal.key?.settings ?? {};
    // Another node may have just made the client.
    if (device !== undefined && devices.get(device) === undefined) await devices.catchUp();
    return { principal };
  }
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

/**
 * The client that a caller is.
 * @throws RelayError `unauthorized` for an application and for a client whose device was removed, `forbidden` for a user
 */
export function requireClient({ principal }: GotifyCaller, { devices }: Pick<GotifyPorts, 'devices'>): Client {
  const { key, proof } = principal;
  if (key === undefined) throw new RelayError('forbidden', 'make a client first: POST /client');
  const device = clientDevice(key, devices);
  if (device === undefined || proof === undefined || devices.get(device) === undefined) throw unknownCaller();
  return { key, device, proof };
}

/** The application that sent a message: the key of that name, or the relay itself. */
export function applicationOf(
  { from }: Pick<Message, 'from'>,
  { get }: Pick<GotifyPorts['senderKeys'], 'get'>,
): Application {
  return get(from.name) ?? RELAY;
}
