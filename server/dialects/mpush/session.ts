// One socket of the dialect: authentication, then packets until it closes.

import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from '../../../shared/object.ts';
import type { DeviceIdentity } from '../../access/device-auth.ts';
import type { NameHolder } from '../../access/name-holders.ts';
import type { Principal } from '../../access/principal.ts';
import type { Source } from '../../access/throttle.ts';
import type { Timer } from '../../base/clock.ts';
import { type ErrorCode, RelayError } from '../../base/errors.ts';
import { letGo } from '../../base/maybe-promise.ts';
import type { MemberClaim } from '../../channel/presence.ts';
import { deviceChannel, eventsChannel, groupChannel, readChannel } from '../../channel/relay-app.ts';
import type { Settlement } from '../../delivery/ports.ts';
import { readOptions } from '../../messages/options.ts';
import type { Session, Socket } from '../dialect.ts';
import { refusalOf } from '../kit/errors.ts';
import { closeIfLost } from '../kit/lost.ts';
import { authenticate, isAuthRefusal } from './authenticate.ts';
import { MPUSH } from './authorize.ts';
import { optionsContext } from './options.ts';
import {
  authAccepted,
  authRefused,
  field,
  info,
  type Packet,
  PONG,
  readFrame,
  readMessage,
  readPacket,
  replyData,
  requiredText,
} from './packets.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { registerPush } from './push.ts';
import { collect, readWait } from './query.ts';
import { openOf, type StatusFollowers } from './status-followers.ts';

const TAKEN_OVER = 4409;
const REMOVED = 4410;
const AUTHENTICATION_TIMEOUT = 4408;
/** How many sends of one socket may wait for replies at once. Beyond that, the socket is not read. */
const MAX_WAITING = 256;

/** The device of a session, and whether it asked for events that mpush does not have. */
interface Identity extends DeviceIdentity {
  readonly events: boolean;
}

/** The session of one socket. */
export class MpushSession implements Session, NameHolder, Settlement {
  readonly #socket: Socket;
  readonly #ports: MpushPorts;
  readonly #config: MpushConfig;
  readonly #followers: StatusFollowers;
  /** Undefined once the device has authenticated, so that the timer is not kept. */
  #deadline: Timer;
  /** Sends that wait for replies. Most devices never send. */
  #waiting: Set<Promise<void>> | undefined;
  /** The error for a socket without a proof, if a page of another site opened the socket. */
  readonly #foreign: RelayError | undefined;
  #identity: Identity | undefined;
  /** Whether refusals carry their codes. Only Herald's own clients, which ask for events, expect that. */
  #wantsCodes = false;
  #closed = false;

  /** @param headers of the upgrade */
  constructor(
    socket: Socket,
    headers: IncomingHttpHeaders,
    ports: MpushPorts,
    config: MpushConfig,
    followers: StatusFollowers,
  ) {
    this.#socket = socket;
    this.#foreign = ports.foreignPages.refusalOf(headers);
    this.#ports = ports;
    this.#config = config;
    this.#followers = followers;
    this.#deadline = ports.clock.setTimeout(
      () => this.#end(AUTHENTICATION_TIMEOUT, 'authentication timeout'),
      config.websocket.authTimeout,
    );
  }

  receive(text: string | null): void | Promise<void> {
    if (this.#closed) return undefined;
    let packet: Packet;
    try {
      packet = text === null ? readPacket({}) : readFrame(text);
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
    // The hot path, an authenticated device that acknowledges, needs no promise.
    if (packet.auth === undefined && packet.cmd !== 'AUTH') {
      try {
        return this.#handle(packet)?.catch((error: unknown) => this.#refuse(error));
      } catch (error) {
        this.#refuse(error);
        return undefined;
      }
    }
    return this.#handleProven(packet).catch((error: unknown) => this.#refuse(error));
  }

  closed(): void {
    this.#closed = true;
    this.#endDeadline();
    this.#leave();
  }

  /** Where this socket comes from, for counting wrong credentials. */
  get #source(): Source {
    return { address: this.#socket.remoteAddress, path: 'AUTH', dialect: MPUSH };
  }

  get id(): string {
    return this.#socket.id;
  }

  taken(): void {
    this.#end(TAKEN_OVER, 'taken over');
  }

  removed(): void {
    this.#end(REMOVED, 'removed');
  }

  /** Handles a packet that carries a proof. If the proof is wrong, refuses the packet, whatever its command is. */
  async #handleProven(packet: Packet): Promise<void> {
    const { auth } = packet;
    if (packet.cmd === 'AUTH') this.#wantsCodes = field(packet.data, 'events') === true;
    let known: Principal | undefined;
    try {
      if (typeof auth === 'string') known = await this.#ports.access.device(auth, this.#source);
    } catch (error) {
      if (!(error instanceof RelayError) || error.code === 'too_many') throw error;
      throw new RelayError(error.code, `parse ClientSocketPacket error: ${error.message}`, { cause: error });
    }
    await (packet.cmd === 'AUTH' ? this.#authenticate(packet.data, known) : this.#handle(packet));
  }

  async #authenticate(data: unknown, known: Principal | undefined): Promise<void> {
    const { verifyToken } = this.#config.websocket;
    try {
      const { name, groups, manage, proven } = await authenticate(
        this.#ports,
        data,
        known,
        verifyToken,
        this.#source,
        this.#foreign,
      );
      const registration = { name, groups, transport: 'websocket', address: {}, secured: proven };
      const proof = proven ? known?.proof : () => this.#checkUnproven(name, known);
      await this.#ports.devices.register(registration, proof);
      const auth = await this.#ports.auth.sign({ name, groups, manage });
      // Another device may have taken over the name while this token was being signed. Then the token must not be handed out.
      await proof?.();
      if (this.#hasEnded(name)) return;
      const { nameHolders } = this.#ports;
      const held = nameHolders.hold(name, this);
      if (held !== undefined) {
        await held;
        if (this.#hasEnded(name)) {
          nameHolders.release(name, this);
          return;
        }
      }
      this.#socket.send(authAccepted(auth, this.#ports.keys));
      await this.#takeName({ name, groups, events: field(data, 'events') === true });
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      if (isAuthRefusal(error)) this.#socket.send(authRefused(403, error.message, this.#codeFor(error.code)));
      else if (error.code === 'too_many') this.#socket.send(authRefused(429, error.message, this.#codeFor(error.code)));
      else throw error;
    }
  }

  /** Checks again that a socket without a proof may have the name: someone may have proven it meanwhile. */
  async #checkUnproven(name: string, known: Principal | undefined): Promise<void> {
    await known?.proof?.();
    if (!this.#ports.access.stranger.may('receive', name)) throw new RelayError('unauthorized', 'Token invalid');
  }

  /** Whether the socket closed, or its device was removed, while its token was being made. Closes it in the second case. */
  #hasEnded(name: string): boolean {
    if (this.#closed) return true;
    if (this.#ports.devices.get(name) !== undefined) return false;
    this.removed();
    return true;
  }

  /** Acts under a name that this session holds, and gives up its earlier name. The backlog follows at once. */
  #takeName(identity: Identity): void | Promise<void> {
    this.#endDeadline();
    this.#socket.authenticated();
    const { channels, nameHolders, relayApp } = this.#ports;
    const wanted = channelsOf(identity);
    for (const [channel] of this.#identity === undefined ? [] : channelsOf(this.#identity)) {
      if (!wanted.has(channel)) channels.unsubscribe(relayApp, this.#socket, channel);
    }
    if (this.#identity !== undefined && this.#identity.name !== identity.name) {
      nameHolders.release(this.#identity.name, this);
    }
    this.#identity = identity;
    const joined = [...wanted].map(([channel, member]) =>
      channels.subscribe(relayApp, this.#socket, channel, { member }),
    );
    return closeIfLost(this.#socket, joined);
  }

  #endDeadline(): void {
    this.#ports.clock.clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  /** Gives up the name and closes. Ignores later packets, because they could take the name back. */
  #end(code?: number, reason?: string): void {
    this.#closed = true;
    this.#leave();
    this.#socket.close(code, reason);
  }

  #leave(): void {
    this.#ports.channels.disconnect(this.#socket);
    const name = this.#identity?.name;
    this.#identity = undefined;
    if (name !== undefined) this.#ports.nameHolders.release(name, this);
  }

  #handle(packet: Packet): void | Promise<void> {
    const identity = this.#identity;
    // A device that was removed has to register again.
    if (identity === undefined || this.#ports.devices.get(identity.name) === undefined) {
      this.#socket.send(authRefused(401, 'Need Auth', this.#codeFor('unauthorized')));
      return undefined;
    }
    switch (packet.cmd) {
      case 'MESSAGE_CALLBACK':
        this.#ports.devices.acknowledged(requiredText(packet.data, 'mid'), identity.name, this);
        return undefined;
      case 'MESSAGE':
        return this.#send(packet.data, identity);
      case 'PING':
        this.#socket.send(PONG);
        return undefined;
      case 'MESSAGE_WEBPUSH_CALLBACK':
      case 'MESSAGE_FCM_CALLBACK':
        this.#ports.devices.receipt(requiredText(packet.data, 'mid'), identity.name);
        return undefined;
      case 'REGISTER_WEBPUSH':
      case 'REGISTER_FCM':
        return registerPush(packet, identity.name, this.#ports.devices, () => this.#check(identity));
      case 'UNREGISTER':
        return this.#unregister(identity.name);
      default:
        this.#socket.send(info(`Unknow cmd: ${packet.cmd}`, this.#codeFor('invalid')));
        return undefined;
    }
  }

  /** Checks that the socket still has the name. @throws RelayError `unauthorized` once it has lost the name or was closed */
  #check(identity: Identity): void {
    if (this.#identity?.name !== identity.name) throw new RelayError('unauthorized', 'Need Auth');
  }

  /** Called when an acknowledgement is durable. The device gets no answer. */
  settled(): void {}

  /** Called when an acknowledgement could not be stored. */
  failed(error: unknown): void {
    this.#refuse(error);
  }

  #send(data: unknown, { name, events }: Identity): void | Promise<void> {
    const draft = readMessage(data, { method: 'websocket', name });
    const { statusNames, websocket, http } = this.#config;
    const wait = readWait(
      collect(isObject(data) && 'wait' in data ? [['wait', data['wait']]] : []),
      websocket.waitTimeout,
      Math.max(http.maxWaitTimeout, websocket.waitTimeout),
    );
    const { channels, relayApp, publish } = this.#ports;
    const { options } = readOptions((key) => field(data, key), optionsContext(this.#ports, this.#config));
    this.#waiting ??= new Set();
    const waiting = this.#waiting;
    const reply = publish(draft, wait, options, `device/${name}`)
      .then((published) => {
        // The reply goes to the name, not to this socket, so that a sender that has reconnected gets it too.
        const channel = deviceChannel(name);
        letGo(
          channels.publish(relayApp, [channel], {
            type: 'event',
            name: 'reply',
            channel,
            data: replyData(published, statusNames),
          }),
        );
        if (events) this.#followers.follow(published.mid, name, openOf(published.statuses));
      })
      .catch((error: unknown) => this.#refuse(error))
      .finally(() => waiting.delete(reply));
    waiting.add(reply);
    return waiting.size < MAX_WAITING ? undefined : Promise.race(waiting);
  }

  async #unregister(name: string): Promise<void> {
    // Leaves first, so that this socket is not told about its own removal.
    this.#leave();
    await this.#ports.devices.remove(name, name);
    this.#end();
  }

  /** Tells the peer about its mistake. Any other error is a bug: it is logged, and the peer does not see its text. */
  #refuse(error: unknown): void {
    const { message, code } = refusalOf(error, this.#ports.logger, { path: 'socket' });
    this.#socket.send(info(message, this.#codeFor(code)));
  }

  #codeFor(code: ErrorCode): ErrorCode | undefined {
    return this.#wantsCodes ? code : undefined;
  }
}

/** The channels that a device subscribes to. Presence channels come with the member. */
function channelsOf({ name, groups, events }: Identity): Map<string, MemberClaim | undefined> {
  const channels = new Map<string, MemberClaim | undefined>();
  for (const group of groups) channels.set(groupChannel(group), { id: name });
  if (events) {
    channels.set(eventsChannel(name), undefined);
    channels.set(readChannel(), undefined);
  }
  // Last, because this subscription starts the backlog.
  channels.set(deviceChannel(name), undefined);
  return channels;
}
