// One socket of the dialect: authentication, then packets until it closes.

import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from '../../../shared/object.ts';
import type { DeviceIdentity } from '../../access/device-auth.ts';
import { isKeyForm } from '../../access/key-record.ts';
import type { NameHolder } from '../../access/name-holders.ts';
import { type Principal, senderOf } from '../../access/principal.ts';
import type { Source } from '../../access/throttle.ts';
import type { Timer } from '../../base/clock.ts';
import { type ErrorCode, RelayError } from '../../base/errors.ts';
import { letGo } from '../../base/maybe-promise.ts';
import type { MemberClaim } from '../../channel/presence.ts';
import { deviceChannel, eventsChannel, groupChannel, readChannel } from '../../channel/relay-app.ts';
import type { Draft } from '../../delivery/message.ts';
import type { Settlement } from '../../delivery/ports.ts';
import type { Reply } from '../../delivery/send.ts';
import { isRecipient, lateError } from '../../messages/answer-state.ts';
import { readOptions, type SendOptions } from '../../messages/options.ts';
import type { Session, Socket } from '../dialect.ts';
import { refusalOf } from '../kit/errors.ts';
import { closeIfLost } from '../kit/lost.ts';
import { authenticate, isAuthRefusal, readKey } from './authenticate.ts';
import { MPUSH } from './authorize.ts';
import type { KeySessions } from './key-sessions.ts';
import { optionsContext, packetOption } from './options.ts';
import {
  answerReply,
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
  toText,
} from './packets.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { registerPush } from './push.ts';
import { collect, readWait } from './query.ts';
import { openOf, type StatusFollowers } from './status-followers.ts';

const TAKEN_OVER = 4409;
const REMOVED = 4410;
/** Clients come back, as after a restart. */
const RECONNECT = 1012;
const AUTHENTICATION_TIMEOUT = 4408;
/** How many sends of one socket may wait for replies at once. Beyond that, the socket is not read. */
const MAX_WAITING = 256;

/** The device of a session, and whether it asked for events that mpush does not have. */
interface Identity extends DeviceIdentity {
  readonly events: boolean;
  /** Who showed a key for the device. Then the rights of the key bound what the socket may do. */
  readonly keyed: Principal | undefined;
}

/** The session of one socket. */
export class MpushSession implements Session, NameHolder, Settlement {
  readonly #socket: Socket;
  readonly #ports: MpushPorts;
  readonly #config: MpushConfig;
  readonly #followers: StatusFollowers;
  readonly #keySessions: KeySessions;
  /** Undefined once the device has authenticated, so that the timer is not kept. */
  #deadline: Timer;
  /** Sends that wait for replies. Most devices never send. */
  #waiting: Set<Promise<void>> | undefined;
  /** The error for a socket without a proof, if a page of another site opened the socket. */
  readonly #foreign: RelayError | undefined;
  #identity: Identity | undefined;
  /** The name that this socket is about to bear. */
  #wanted: string | undefined;
  /** The names of the keys with which the socket ends: the one that it was opened with, and one that it has just shown. */
  #endsWith: Set<string> | undefined;
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
    keySessions: KeySessions,
  ) {
    this.#socket = socket;
    this.#keySessions = keySessions;
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
    // A socket that was opened with a key got no token to show.
    if (packet.cmd !== 'AUTH' && (packet.auth === undefined || this.#identity?.keyed !== undefined)) {
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
    this.#endWithout(undefined);
  }

  /** From now on, the socket ends only with this key. */
  #endWithout(keyed: Principal | undefined): void {
    for (const name of this.#endsWith ?? []) {
      if (name === keyed?.name) continue;
      this.#keySessions.forget(name, this);
      this.#endsWith?.delete(name);
    }
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

  /** The token that the socket has shown may have ended: it has to show one again, and gets a new one. */
  tokensEnded(): void {
    if (this.#identity?.keyed === undefined) this.#end(RECONNECT, 'the token was replaced, please connect again');
  }

  /** The key with which the socket was opened has ended, or its rights have changed. */
  keyEnded(): void {
    this.#end(REMOVED, 'the key has ended or changed');
  }

  /** Handles a packet that carries a proof. If the proof is wrong, refuses the packet, whatever its command is. */
  async #handleProven(packet: Packet): Promise<void> {
    const { auth } = packet;
    if (packet.cmd === 'AUTH') this.#wantsCodes = field(packet.data, 'events') === true;
    let known: Principal | undefined;
    try {
      if (typeof auth === 'string' && !isEntryWithKey(packet))
        known = await this.#ports.access.device(auth, this.#source);
    } catch (error) {
      if (!(error instanceof RelayError) || error.code === 'too_many') throw error;
      throw new RelayError(error.code, `parse ClientSocketPacket error: ${error.message}`, { cause: error });
    }
    await (packet.cmd === 'AUTH' ? this.#authenticate(packet.data, known) : this.#handle(packet));
  }

  async #authenticate(data: unknown, known: Principal | undefined): Promise<void> {
    const { verifyToken } = this.#config.websocket;
    try {
      const keyed = await readKey(this.#ports, data, verifyToken, this.#source);
      const { name, groups, manage, proven } = await authenticate(
        this.#ports,
        data,
        known,
        verifyToken,
        this.#source,
        keyed,
        this.#foreign,
      );
      // Before the last proof, so that no end of the key is missed.
      if (keyed !== undefined) {
        this.#endsWith = (this.#endsWith ?? new Set()).add(keyed.name);
        this.#keySessions.add(keyed.name, this);
      }
      const registration = { name, groups, transport: 'websocket', address: {}, secured: proven };
      const proof = proven ? (keyed ?? known)?.proof : () => this.#checkUnproven(name, known);
      await this.#ports.devices.register(registration, proof);
      // A token of the device would outlive the key.
      const auth = keyed === undefined ? await this.#ports.auth.sign({ name, groups, manage }) : '';
      // Another device may have taken over the name while this token was being signed. Then the token must not be handed out.
      await proof?.();
      if (this.#hasEnded(name)) return;
      const { nameHolders } = this.#ports;
      const held = nameHolders.hold(name, this);
      if (held !== undefined) {
        this.#wanted = name;
        await held;
        this.#wanted = undefined;
        if (this.#hasEnded(name)) {
          nameHolders.release(name, this);
          return;
        }
      }
      this.#socket.send(authAccepted(auth, this.#ports.keys));
      this.#endWithout(keyed);
      await this.#takeName({ name, groups, events: field(data, 'events') === true, keyed });
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
    for (const mine of [name, this.#wanted]) if (mine !== undefined) this.#ports.nameHolders.release(mine, this);
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
        // Pushes would go on after the end of the key.
        if (identity.keyed !== undefined) throw notForKeys(packet.cmd);
        return registerPush(packet, identity.name, this.#ports.devices, () => this.#check(identity));
      case 'ANSWER':
        return this.#answer(packet.data, identity);
      case 'UNREGISTER':
        if (identity.keyed?.may('manage', identity.name) === false) throw notForKeys(packet.cmd);
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

  #send(data: unknown, { name, events, keyed }: Identity): void | Promise<void> {
    const draft = readMessage(data, { method: 'websocket', name });
    const { statusNames, websocket, http } = this.#config;
    const wait = readWait(
      collect(isObject(data) && 'wait' in data ? [['wait', data['wait']]] : []),
      websocket.waitTimeout,
      Math.max(http.maxWaitTimeout, websocket.waitTimeout),
    );
    const { channels, relayApp } = this.#ports;
    const context = optionsContext(this.#ports, this.#config, keyed ?? { may: () => true });
    const { options } = readOptions((key) => packetOption(data, key), context);
    this.#waiting ??= new Set();
    const waiting = this.#waiting;
    const reply = this.#publish(draft, wait, options, keyed ?? { kind: 'device', name })
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

  async #publish(
    draft: Draft,
    wait: number,
    options: SendOptions | undefined,
    sender: Principal | Pick<Principal, 'kind' | 'name'>,
  ): Promise<Reply> {
    const { admit, publish } = this.#ports;
    const entrance = { dialect: MPUSH, address: this.#socket.remoteAddress };
    const admitted = 'key' in sender ? await admit(sender, draft, entrance) : draft;
    return publish(admitted, wait, options, senderOf(sender));
  }

  /** Answers a question that the device has received. The reply goes to this socket. */
  async #answer(data: unknown, { name, keyed }: Identity): Promise<void> {
    const { answers, devices } = this.#ports;
    const asked = requiredText(data, field(data, 'id') === undefined ? 'mid' : 'id');
    const known = await answers.get(asked);
    const groups = devices.get(name)?.groups ?? [];
    const isKnown = known !== undefined && isRecipient({ name, groups }, known.info);
    const answerer = keyed ?? ({ kind: 'device', name } as const);
    const by = { name: answerer.name, id: senderOf(answerer) };
    const taken = isKnown ? await answers.answer(known.info.id, field(data, 'answer'), by) : undefined;
    if (taken === undefined) throw new RelayError('not_found', 'no such question was sent to this device');
    if (taken.outcome !== 'taken') throw lateError(taken.outcome, taken.info);
    this.#socket.send(answerReply(taken.info));
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

/** Whether a client that got no token, because it had shown a key, shows its key again beside the empty token. */
const isEntryWithKey = ({ cmd, auth, data }: Packet) =>
  auth === '' && cmd === 'AUTH' && isObject(data) && isKeyForm(toText(data['token']));

const notForKeys = (cmd: string) => new RelayError('forbidden', `${cmd} needs the token of the device, not a key`);

/** The channels that a device subscribes to. Presence channels come with the member. */
function channelsOf({ name, groups, events, keyed }: Identity): Map<string, MemberClaim | undefined> {
  const channels = new Map<string, MemberClaim | undefined>();
  for (const group of groups) channels.set(groupChannel(group), { id: name });
  if (events) {
    channels.set(eventsChannel(name), undefined);
    // What all devices have read is not for every key.
    if (keyed?.may('read') !== false) channels.set(readChannel(), undefined);
  }
  // Last, because this subscription starts the backlog.
  channels.set(deviceChannel(name), undefined);
  return channels;
}
