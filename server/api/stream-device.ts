// A stream that is a device's socket: it gets what the device gets, and its reader acknowledges.
import { randomInt } from 'node:crypto';
import { isObject, parseObject } from '../../shared/object.ts';
import type { NameHolder, NameHolders } from '../access/name-holders.ts';
import { BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import { letGo } from '../base/maybe-promise.ts';
import type { App } from '../channel/app.ts';
import type { Channels } from '../channel/channels.ts';
import type { ChannelEvent, Connection } from '../channel/connection.ts';
import { deviceChannel } from '../channel/relay-app.ts';
import type { Settlement } from '../delivery/ports.ts';
import type { LiveStream } from '../dialects/kit/live-stream.ts';

/** What such streams need. */
export interface DeviceStreamPorts {
  readonly channels: Pick<Channels, 'subscribe' | 'disconnect' | 'publish'>;
  readonly relayApp: App;
  readonly nameHolders: NameHolders;
  readonly devices: {
    acknowledge(mid: string, name: string): Promise<boolean>;
    acknowledged(mid: string, name: string, told: Settlement): void;
  };
  readonly clock: Clock;
}

/** A stream of a device. */
export interface DeviceStreamOptions {
  readonly name: string;
  readonly stream: LiveStream;
  /** Sends one delivery. @param text the message on mpush's wire */
  send(text: string, mid: string): void;
}

/** The streams of devices. */
export interface DeviceStreams {
  /** Acknowledges everything that was sent to the device before this message on its last stream here, and the message. */
  acknowledge(name: string, mid: string): Promise<boolean>;
  /** Begins. The backlog follows. Rejects with RelayError `unavailable` if the other nodes cannot be told. */
  open(options: DeviceStreamOptions): Promise<() => void>;
}

const ID_PART = 2 ** 31;
/** Tells the node that has the stream of a device what was acknowledged elsewhere. */
const ACKNOWLEDGED = 'acknowledged';
/** The most mids that are known of one stream. The window of the transport is smaller; what is beyond is sent again. */
const MAX_SENT = 1024;
/** How long in ms it is known what a stream sent that has ended. */
const REMEMBERED = 600_000;
const MAX_REMEMBERED = 10_000;

/** No one waits for these, and what is not settled is sent again. */
const UNTOLD: Settlement = { settled() {}, failed() {} };

/** Makes the streams of the devices of one node. */
export function createDeviceStreams(ports: DeviceStreamPorts): DeviceStreams {
  const { channels, relayApp, nameHolders, devices, clock } = ports;
  /** Mids in the order in which a stream sent them first, by device. */
  const sent = new BoundedMap<string, string[]>(clock, { maxEntries: MAX_REMEMBERED, ttl: REMEMBERED });

  /** Settles what was sent before a message, if it is known here that it was sent. */
  function settleBefore(name: string, mid: string): void {
    const all = sent.get(name) ?? [];
    const at = all.indexOf(mid);
    for (const earlier of all.splice(0, at + 1)) if (earlier !== mid) devices.acknowledged(earlier, name, UNTOLD);
  }

  class DeviceConnection implements Connection, NameHolder {
    readonly id = `${randomInt(ID_PART)}.${randomInt(ID_PART)}`;
    readonly #options: DeviceStreamOptions;
    readonly #sent: string[] = [];

    constructor(options: DeviceStreamOptions) {
      this.#options = options;
    }

    deliver(events: readonly ChannelEvent[]): void {
      for (const { type, name, data } of events) {
        if (type !== 'event') continue;
        const value = parseObject(data);
        const mid = isObject(value) ? value['mid'] : undefined;
        if (typeof mid !== 'string') continue;
        if (name === ACKNOWLEDGED) settleBefore(this.#options.name, mid);
        else if (name === 'message') this.#send(data, mid);
      }
    }

    #send(text: string, mid: string): void {
      const { name, send } = this.#options;
      send(text, mid);
      if (this.#sent.includes(mid) || this.#sent.length >= MAX_SENT) return;
      this.#sent.push(mid);
      sent.set(name, this.#sent);
    }

    taken(): void {
      this.#options.stream.cut();
    }

    removed(): void {
      this.#options.stream.cut();
    }

    close(): void {
      this.#options.stream.cut();
    }
  }

  return {
    async acknowledge(name, mid) {
      settleBefore(name, mid);
      const changed = await devices.acknowledge(mid, name);
      const channel = deviceChannel(name);
      const data = JSON.stringify({ mid });
      letGo(channels.publish(relayApp, [channel], { type: 'event', name: ACKNOWLEDGED, channel, data }));
      return changed;
    },
    async open(options) {
      const { name, stream } = options;
      const connection = new DeviceConnection(options);
      const leave = () => {
        channels.disconnect(connection);
        nameHolders.release(name, connection);
      };
      // What an earlier stream sent and no one acknowledged is sent again.
      sent.delete(name);
      await nameHolders.hold(name, connection);
      if (stream.isOpen) await channels.subscribe(relayApp, connection, deviceChannel(name));
      if (!stream.isOpen) leave();
      return leave;
    },
  };
}
