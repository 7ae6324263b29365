// Handles pusher:subscribe and pusher:unsubscribe for one socket.
import { then } from '../../../base/maybe-promise.ts';
import type { Grant } from '../../../channel/admission.ts';
import type { App } from '../../../channel/app.ts';
import { type ChannelKind, checkChannelName, kindOfChannel } from '../../../channel/channel-name.ts';
import type { Socket } from '../../dialect.ts';
import { cacheMiss, subscriptionError, subscriptionSucceeded, unsubscriptionSucceeded } from '../frames.ts';
import type { PusherPorts } from '../ports.ts';
import { type ErrorSink, INVALID, quote, type SubscriptionRefusal, subscribeRefusal } from '../refusals.ts';
import { type Authorized, authorize, type User } from './authorize.ts';
import type { ConnectionQuota } from './connection-quota.ts';
import { type DeviceSink, deviceOf, wakeDevice } from './device.ts';

type Ports = Pick<PusherPorts, 'channels' | 'report' | 'relayApp' | 'wake'>;
type Data = Readonly<Record<string, unknown>>;

/** The subscriptions of one socket. */
export class Subscriptions {
  readonly #socket: Socket;
  readonly #ports: Ports;
  readonly #session: ErrorSink & DeviceSink;
  readonly #quota: ConnectionQuota;

  constructor(socket: Socket, ports: Ports, session: ErrorSink & DeviceSink, quota: ConnectionQuota) {
    this.#socket = socket;
    this.#ports = ports;
    this.#session = session;
    this.#quota = quota;
  }

  /**
   * @param user the user that the socket has signed in as
   * @returns a promise only while it is being found out elsewhere whether the app has a place for the socket
   */
  subscribe(app: App, user: User | undefined, data: Data): void | Promise<void> {
    const { channel } = data;
    if (typeof channel !== 'string') {
      this.#session.error(null, INVALID);
      return undefined;
    }
    const kind = kindOfChannel(channel);
    if (!kind.private && !kind.user) return this.#join(app, channel, undefined);
    const proof = this.#prove(app, user, channel, kind, data);
    if ('message' in proof) return this.#refuse(channel, proof);
    const wasReserved = this.#quota.reserved;
    return then(this.#quota.reserve(app), (isPlaced) => {
      return isPlaced ? this.#join(app, channel, proof, wasReserved) : undefined;
    });
  }

  unsubscribe(app: App, { channel }: Data): void {
    if (typeof channel !== 'string') {
      this.#session.error(null, INVALID);
      return;
    }
    const left = this.#ports.channels.unsubscribe(app, this.#socket, channel);
    if (!left.ok) {
      this.#session.error(null, `No current subscription to channel ${quote(channel)}, or subscription in progress`);
    } else if (app.webman) this.#socket.send(unsubscriptionSucceeded(channel));
  }

  /** @param wasReserved whether the socket had a place in the quota before it showed the proof */
  #join(app: App, channel: string, proof: Authorized | undefined, wasReserved = true): void | Promise<void> {
    const device = app.id === this.#ports.relayApp.id ? deviceOf(channel, proof?.member) : undefined;
    if (device !== undefined && !this.#session.becomesDevice(device)) return undefined;
    const grant = this.#ports.channels.subscribe(app, this.#socket, channel, {
      member: proof?.member,
      greet: (granted) => this.#greet(app, granted),
    });
    return then(grant, (settled) => {
      if (!settled.ok) {
        // A refused subscription does not count as the proof that the app demands.
        if (!wasReserved) this.#quota.release();
        this.#refuse(channel, subscribeRefusal(settled.reason, channel));
        return;
      }
      if (proof !== undefined) this.#quota.proven();
      wakeDevice(this.#ports, app, settled);
    });
  }

  #refuse(channel: string, { code, message, error }: SubscriptionRefusal): void {
    this.#session.error(code, message);
    if (error !== undefined) this.#socket.send(subscriptionError(channel, error));
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
