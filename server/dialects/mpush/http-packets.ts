// Packets over POST: what each command does, and its answer.
import { type Principal, senderOf } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { readOptions } from '../../messages/options.ts';
import { sourceOf } from '../kit/caller.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { authenticate, isAuthRefusal } from './authenticate.ts';
import { entranceOf, foreignRefusal, MPUSH, unauthorized } from './authorize.ts';
import { optionsContext, packetOption, withIdempotencyKey } from './options.ts';
import { authAccepted, authRefused, httpReply, info, type Packet, readMessage, requiredText } from './packets.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { registerPush } from './push.ts';
import { collect, readStrict, readWait, single } from './query.ts';
import { openOf, type StatusFollowers } from './status-followers.ts';
import { strictStatus } from './strict.ts';

/** What `cmd` may say. */
export const COMMANDS: ReadonlySet<unknown> = new Set([
  ...['AUTH', 'MESSAGE', 'MESSAGE_CALLBACK', 'MESSAGE_WEBPUSH_CALLBACK', 'MESSAGE_FCM_CALLBACK'],
  ...['REGISTER_WEBPUSH', 'REGISTER_FCM', 'TEST_HTTP'],
]);

/** An answer without its default parts. The status is 200 by default. */
export type Result = Pick<HttpAnswer, 'body'> & Partial<HttpAnswer>;

/**
 * The device whose token a packet carries.
 * @throws RelayError unless the caller or that device may send packets
 */
export async function readProof(
  request: HttpRequest,
  ports: MpushPorts,
  packet: Packet,
  caller: Principal,
): Promise<Principal | undefined> {
  const device = typeof packet.auth === 'string' ? await verify(packet.auth, request, ports) : undefined;
  if (!caller.may('send') && device?.may('send') !== true) throw unauthorized(device ?? caller);
  // AUTH asks for the token itself.
  if (device?.proven !== true && packet.cmd !== 'AUTH') {
    const refusal = await foreignRefusal(request, ports, caller);
    if (refusal !== undefined) throw refusal;
  }
  return device;
}

/**
 * Answers a packet.
 * @param asker who shows a credential beside the packet, and the result of {@link readProof}
 * @throws RelayError with mpush's text for whatever is wrong with the packet
 */
export async function answerPacket(
  request: HttpRequest,
  ports: MpushPorts,
  config: MpushConfig,
  followers: StatusFollowers,
  packet: Packet,
  caller: Principal,
  device: Principal | undefined,
): Promise<Result> {
  const { devices } = ports;
  switch (packet.cmd) {
    case 'AUTH':
      return answerAuth(request, ports, packet, device);
    case 'MESSAGE': {
      const draft = readMessage(packet.data, { method: 'http', name: device?.name ?? '' });
      const query = collect(request.query);
      const wait = readWait(query, config.http.waitTimeout, config.http.maxWaitTimeout);
      const strict = readStrict(query, config.http.strict);
      const value = (name: string) => packetOption(packet.data, name) ?? single(query, name);
      const { options } = readOptions(value, optionsContext(ports, config, caller, request));
      const sender = senderOf(device ?? caller);
      const admitted = await ports.admit(caller, draft, entranceOf(request));
      const reply = await ports.publish(admitted, wait, withIdempotencyKey(options, request), sender);
      if (device !== undefined) followers.follow(reply.mid, device.name, openOf(reply.statuses));
      return { status: strict ? strictStatus(reply) : 200, body: httpReply(reply, config.statusNames) };
    }
    case 'MESSAGE_CALLBACK':
      // As in the original, this error names the other command, and the error of the other command names this one.
      await devices.acknowledge(requiredText(packet.data, 'mid'), need(device, 'MESSAGE_WEBPUSH_CALLBACK').name);
      break;
    case 'MESSAGE_WEBPUSH_CALLBACK':
    case 'MESSAGE_FCM_CALLBACK':
      devices.receipt(requiredText(packet.data, 'mid'), need(device, 'MESSAGE_CALLBACK').name);
      break;
    case 'REGISTER_WEBPUSH':
    case 'REGISTER_FCM': {
      const { name, proof } = need(device, packet.cmd);
      if (devices.get(name) === undefined) {
        throw new RelayError('not_found', `The Client ${name} is not register`);
      }
      await registerPush(packet, name, devices, proof);
      break;
    }
    case 'TEST_HTTP':
      return { body: '' };
    default:
      throw new RelayError('invalid', `Unknow cmd: ${packet.cmd}`);
  }
  return { body: info('ok') };
}

async function verify(jwt: string, request: HttpRequest, { access }: MpushPorts): Promise<Principal> {
  try {
    return await access.device(jwt, sourceOf(request, MPUSH));
  } catch (error) {
    if (!(error instanceof RelayError) || error.code === 'too_many') throw error;
    throw new RelayError(error.code, `parse ClientSocketPacket error: ${error.message}`, { cause: error });
  }
}

/** The device for which a packet speaks. @throws RelayError without one, and for a token that no longer counts */
function need(device: Principal | undefined, cmd: string): Principal {
  if (device === undefined) throw new RelayError('unauthorized', `The ${cmd} cmd must need auth.`);
  // Once the relay asks for a proof, the tokens that it issued without one no longer count.
  if (!device.may('receive', device.name)) throw unauthorized(device);
  return device;
}

/** AUTH over HTTP always checks the token and registers nothing. It issues a token that names a sender. */
async function answerAuth(
  request: HttpRequest,
  ports: MpushPorts,
  packet: Packet,
  known: Principal | undefined,
): Promise<Result> {
  try {
    const { name, groups, manage } = await authenticate(ports, packet.data, known, true, sourceOf(request, MPUSH));
    return { body: authAccepted(await ports.auth.sign({ name, groups, manage }), ports.keys) };
  } catch (error) {
    if (!(error instanceof RelayError) || !isAuthRefusal(error)) throw error;
    return { status: 403, body: authRefused(403, error.message) };
  }
}
