// The auth endpoints of the app `relay`. They sign for the channels of devices and their groups, and for devices as users.
import type { Authenticator } from '../../../access/authenticator.ts';
import type { Principal } from '../../../access/principal.ts';
import { RelayError } from '../../../base/errors.ts';
import { hmacHex } from '../../../base/hmac.ts';
import { type App, activeKey } from '../../../channel/app.ts';
import { escapeName } from '../../../channel/escape.ts';
import { deviceChannel, deviceOfChannel, groupChannel } from '../../../channel/relay-app.ts';
import { checkName, type Device, readGroups } from '../../../delivery/device.ts';
import { readCaller } from '../../kit/caller.ts';
import { type HttpRequest, json } from '../../kit/http-message.ts';
import type { Route } from '../../kit/route.ts';
import type { PusherConfig, PusherPorts } from '../ports.ts';
import type { PusherSessions } from '../session/pusher-sessions.ts';
import { channelText, userText } from '../signature.ts';
import { type Fields, MAX_BODY, readFields, readSocketId } from './fields.ts';
import { answerScript, isJsonp } from './jsonp.ts';

interface AuthPorts extends Pick<PusherPorts, 'relayApp' | 'access' | 'bodyBudget' | 'devices'> {
  readonly sessions: Pick<PusherSessions, 'admitDevice'>;
}

/** A request for a signature, with its caller. */
interface Asked {
  readonly caller: Principal;
  /** The device that the caller is. A request with the owner's token may name any device, or none: `''`. */
  readonly name: string;
  readonly socketId: string;
  readonly fields: Fields;
}

/** `/pusher/auth` signs subscriptions, `/pusher/user-auth` signs in a device as a user. */
export function authRoutes(ports: AuthPorts, config: PusherConfig): Route[] {
  const { relayApp, sessions, access } = ports;

  const endpoint = (pattern: string, sign: (asked: Asked) => object | Promise<object>): Route => {
    const answerTo = (caller: Principal, fields: Fields) =>
      sign({ caller, name: nameOf(caller, fields), socketId: readSocketId(fields), fields });
    const callerOf = (request: HttpRequest, fields?: Fields) => {
      const tokens = fields === undefined ? [] : [fields('token'), fields('auth')];
      return principalOf(request, tokens, access);
    };
    const answerPost = async (request: HttpRequest) => {
      const inHeader = await callerOf(request);
      if (inHeader.kind !== 'stranger') return answerTo(inHeader, await readFields(request));
      // Without the header, the token may be in the body.
      const lease = ports.bodyBudget.take(request.ip, request.headers['content-length'], MAX_BODY);
      const fields = await readFields(request, lease.limit);
      const caller = await callerOf(request, fields);
      if (caller.kind !== 'stranger') lease.refund();
      return answerTo(caller, fields);
    };
    return {
      method: '*',
      pattern,
      limit: MAX_BODY,
      async answer(request) {
        request.answerHeaders['cache-control'] = 'no-store';
        if (config.http.cors) allowOrigin(request);
        if (request.method === 'OPTIONS') return { status: config.http.cors ? 204 : 403, headers: {}, body: '' };
        if (request.method === 'POST') return json(await answerPost(request));
        if (isJsonp(request)) {
          return answerScript(request, async (fields) => answerTo(await callerOf(request, fields), fields));
        }
        request.answerHeaders['allow'] = 'POST';
        throw new RelayError('method_not_allowed', 'expected POST');
      },
    };
  };

  const auth = endpoint('/pusher/auth', async (asked) => {
    const channel = asked.fields('channel_name');
    const device = deviceOfChannel(channel);
    if (device !== undefined) {
      await admitDevice(device, asked, ports);
      return { auth: signed(relayApp, channelText(asked.socketId, channel)) };
    }
    const member = groupMember(channel, asked, ports);
    sessions.admitDevice(asked.socketId, member.name);
    const data = JSON.stringify({ user_id: member.name });
    return { auth: signed(relayApp, channelText(asked.socketId, channel, data)), channel_data: data };
  });

  const userAuth = endpoint('/pusher/user-auth', ({ name, socketId }) => {
    if (name === '') throw new RelayError('forbidden', 'expected the name of a device beside the token');
    // A user id is part of a channel name, so it must be escaped.
    const data = JSON.stringify({ id: escapeName(checkName(name)) });
    sessions.admitDevice(socketId, name);
    return { auth: signed(relayApp, userText(socketId, data)), user_data: data };
  });

  return [auth, userAuth];
}

function signed(app: App, text: string): string {
  const key = activeKey(app);
  if (key === undefined) throw new Error('the app of the relay has no key');
  return `${key.key}:${hmacHex(key.secret, text)}`;
}

function allowOrigin(request: HttpRequest): void {
  Object.assign(request.answerHeaders, {
    'access-control-allow-origin': request.header('origin') || '*',
    'access-control-allow-headers': request.header('access-control-request-headers') || 'authorization',
    'access-control-allow-methods': 'POST',
  });
}

/**
 * The device that a caller may be.
 * @throws RelayError `forbidden` for a stranger, and for a token that no longer counts
 */
function nameOf(caller: Principal, fields: Fields): string {
  // A key ends without its sockets being known here, so only devices have sockets of this app.
  if (caller.kind === 'stranger' || caller.kind === 'key') throw noProof();
  if (caller.kind === 'owner') return fields('name');
  // Once the relay asks for a proof, the tokens that it issued without one no longer count.
  if (!caller.may('receive', caller.name)) {
    throw new RelayError('forbidden', "expected the relay's token, or the token of a device that has shown it");
  }
  return caller.name;
}

const noProof = () => new RelayError('forbidden', "expected the relay's token, or the token of a device");

/** The caller of a credential. @throws RelayError `forbidden` for a wrong one, `too_many` after many wrong ones */
async function principalOf(request: HttpRequest, tokens: string[], access: Authenticator): Promise<Principal> {
  try {
    return await readCaller(request, access, { dialect: 'pusher', tokens });
  } catch (error) {
    throw error instanceof RelayError && error.code !== 'too_many' ? noProof() : error;
  }
}

/** Registers the device for the WebSocket transport. A known device keeps its groups unless the request names others. */
async function admitDevice(name: string, asked: Asked, { devices, sessions }: AuthPorts): Promise<void> {
  const { caller, socketId, fields } = asked;
  if (!caller.may('receive', name)) throw new RelayError('forbidden', 'a device may join only its own channels');
  const known = devices.get(name);
  if (known !== undefined && 'webhook' in known.routes) {
    throw new RelayError('forbidden', `The name [${name}] is already used`);
  }
  const group = fields('group');
  const groups = group === '' ? (known?.groups ?? []) : readGroups(group, known?.groups);
  // Noted before the registration, so that the socket closes if someone removes the device meanwhile.
  sessions.admitDevice(socketId, name);
  const registration = { name: checkName(name), groups, transport: 'websocket', address: {}, secured: caller.proven };
  await devices.register(registration, caller.proof);
}

/** The device that asks to join the channel of a group. @throws RelayError `forbidden` unless it is in the group */
function groupMember(channel: string, { name }: Asked, { devices }: AuthPorts): Device {
  const device = devices.get(name);
  if (device === undefined || !device.groups.some((group) => groupChannel(group) === channel)) {
    throw new RelayError(
      'forbidden',
      `expected ${deviceChannel(name === '' ? 'name' : name)}, or the channel of a group that the device is in`,
    );
  }
  return device;
}
