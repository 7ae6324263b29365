// Handles pusher:subscribe and pusher:unsubscribe for one socket.
import type { Grant } from '../../../channel/admission.ts';
import type { App } from '../../../channel/app.ts';
import { type ChannelKind, checkChannelName, kindOfChannel } from '../../../channel/channel-name.ts';
import type { Socket } from '../../dialect.ts';
import { cacheMiss, subscriptionError, subscriptionSucceeded, unsubscriptionSucceeded } from '../frames.ts';
import type { PusherPorts } from '../ports.ts';
import { type ErrorSink, INVALID, quote, type SubscriptionRefusal, subscribeRefusal } from '../refusals.ts';
import { type Authorized, authorize, type User } from './authorize.ts';
import type { ConnectionQuota } from './connection-quota.ts';
import { wakeDevice } from './device.ts';

type Ports = Pick<PusherPorts, 'channels' | 'report' | 'relayApp' | 'wake'>;
type Data = Readonly<Record<string, unknown>>;

/** The subscriptions of one socket. */
export class Subscriptions {
  readonly #socket: Socket;
  readonly #ports: Ports;
  readonly #errors: ErrorSink;
  readonly #quota: ConnectionQuota;

  constructor(socket: Socket, ports: Ports, errors: ErrorSink, quota: ConnectionQuota) {
    this.#socket = socket;
    this.#ports = ports;
    this.#errors = errors;
    this.#quota = quota;
  }

  /** @param user the user that the socket has signed in as */
  subscribe(app: App, user: User | undefined, data: Data): void {
    const { channel } = data;
    if (typeof channel !== 'string') {
      this.#errors.error(null, INVALID);
      return;
    }
    const refusal = this.#join(app, user, channel, data);
    if (refusal === undefined) return;
    this.#errors.error(refusal.code, refusal.message);
    if (refusal.error !== undefined) this.#socket.send(subscriptionError(channel, refusal.error));
  }

  unsubscribe(app: App, { channel }: Data): void {
    if (typeof channel !== 'string') {
      this.#errors.error(null, INVALID);
      return;
    }
    const left = this.#ports.channels.unsubscribe(app, this.#socket, channel);
    if (!left.ok) {
      this.#errors.error(null, `No current subscription to channel ${quote(channel)}, or subscription in progress`);
    } else if (app.webman) this.#socket.send(unsubscriptionSucceeded(channel));
  }

  /** Subscribes. Returns undefined on success, and after closing the socket for its quota. */
  #join(app: App, user: User | undefined, channel: string, data: Data): SubscriptionRefusal | undefined {
    const kind = kindOfChannel(channel);
    const proof = kind.private || kind.user ? this.#prove(app, user, channel, kind, data) : undefined;
    if (proof !== undefined && 'message' in proof) return proof;
    const wasReserved = this.#quota.reserved;
    if (proof !== undefined && !this.#quota.reserve(app)) return undefined;
    const grant = this.#ports.channels.subscribe(app, this.#socket, channel, {
      member: proof?.member,
      greet: (granted) => this.#greet(app, granted),
    });
    if (!grant.ok) {
      // A refused subscription does not count as the proof that the app demands.
      if (!wasReserved) this.#quota.release();
      return subscribeRefusal(grant.reason, channel);
    }
    if (proof !== undefined) this.#quota.proven();
    wakeDevice(this.#ports, app, grant);
    return undefined;
  }

  #prove(
    app: App,
    user: User | undefined,
    channel: string,
    kind: ChannelKind,
    data: Data,
  ): Authorized | SubscriptionRefusal {
    const badName = checkChannelName(channel, app.limits.channelNameLen);
    if (badName !== undefined) return subscribeRefusal(badName, channel);
    if (this.#ports.channels.subscription(app, this.#socket, channel)) return subscribeRefusal('exists', channel);
    return authorize({ app, socketId: this.#socket.id, user }, channel, kind, data);
  }

  #greet(app: App, granted: Grant): void {
    const { channel, cached } = granted;
    this.#socket.send(subscriptionSucceeded(granted));
    if (cached === 'miss') {
      this.#socket.send(cacheMiss(channel));
      this.#ports.report(app, { name: 'cache_miss', channel });
    } else if (cached !== undefined) this.#socket.deliver([cached], channel);
  }
}
