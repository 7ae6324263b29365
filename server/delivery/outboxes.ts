// All outboxes of a relay, made when a device first needs one.
import type { Message } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';
import type { Device } from './device.ts';
import type { Devices } from './devices.ts';
import { sizeOf } from './message.ts';
import { Outbox, type OutboxPorts } from './outbox.ts';
import type { MessageLog } from './ports.ts';
import { ReadAhead } from './read-ahead.ts';

/** What the outboxes need, in addition to what each of them needs. */
export interface OutboxesPorts extends Omit<OutboxPorts, 'readAhead'> {
  readonly devices: Pick<Devices, 'get'>;
  readonly log: MessageLog;
  /** Most unsettled deliveries of one device. */
  readonly maxQueued: number;
  /** Whether a device of that name was removed. */
  wasRemoved(name: string): boolean;
  /** Most bytes of messages that the outboxes hold in memory. */
  readonly maxReadAhead: number;
}

/** The delivery side of every device. */
export interface Outboxes {
  /** Starts the outboxes of all devices that the log holds deliveries for. */
  start(): Promise<void>;
  /** Gives a new device what waits in the log under its name since the registry was lost. */
  adopt(device: Device): Promise<void>;
  /** Reserves a place in the device's queue for a message that is about to be stored. False if the queue is full. */
  reserve(device: string): boolean;
  /** Frees reserved places, because the message could not be stored. */
  release(devices: readonly Device[]): void;
  /** Queues a message that is durable for these devices. Each has a place reserved. */
  enqueue(message: Message, devices: readonly Device[]): void;
  /** The device has the message: the status is `ok`, durable when this resolves. False if there is no such open delivery. */
  acknowledge(mid: string, device: string): Promise<boolean>;
  /** The time to live of a delivery has passed. */
  fail(mid: string, device: string): Promise<boolean>;
  /** A receipt for what this transport brought, such as a service worker's. It is less than an acknowledgement. */
  receipt(mid: string, device: string, status: Status, transport: string): void;
  /** The receiver on this route is there: its backlog is sent at once. */
  wake(device: string, transport: string): void;
  /** The receiver on this route left. */
  sleep(device: string, transport: string): void;
  /** A route was added or its address changed. */
  routed(device: Device, transport: string): void;
  /** A route was taken away; what it had in flight stays queued. */
  unrouted(device: string, transport: string): void;
  /** The device is gone, and its queue with it. */
  remove(device: string): void;
  /** Unsettled deliveries of all devices, or of one. */
  queued(device?: string): number;
  /** Starts no further attempt where nothing is acknowledged; resolves when those under way are over. */
  drain(): Promise<void>;
  close(): void;
}

/** Makes the outboxes of one relay. */
export function createOutboxes(ports: OutboxesPorts): Outboxes {
  const outboxes = new Map<string, Outbox>();
  const readAhead = new ReadAhead(ports.maxReadAhead);
  const shared: OutboxPorts = { ...ports, readAhead };
  /** Messages that are being stored, per device. Without them a burst would pass the bound before its first message counts. */
  const reserved = new Map<string, number>();
  let draining = false;
  /** Names that the log has messages for and the registry has no device of: the registry was lost. */
  const strangers = new Set<string>();

  function release(devices: readonly Device[]): void {
    for (const { name } of devices) {
      const left = (reserved.get(name) ?? 0) - 1;
      if (left > 0) reserved.set(name, left);
      else reserved.delete(name);
    }
  }

  function open(device: Device, queued: number): Outbox {
    const outbox = new Outbox(device, queued, shared);
    outboxes.set(device.name, outbox);
    return outbox;
  }

  function settle(mid: string, device: string, status: 'ok' | 'failed'): Promise<boolean> {
    return outboxes.get(device)?.settle(mid, status) ?? ports.log.record(mid, device, status);
  }

  return {
    async start() {
      const queued = await ports.log.queued();
      for (const [name, count] of queued) {
        const device = ports.devices.get(name);
        if (device !== undefined) {
          open(device, count);
        } else if (ports.wasRemoved(name)) {
          // A crash came between the device's removal from the registry and from the log.
          await ports.log.forget(name);
        } else {
          strangers.add(name);
          ports.logger.warn(
            { device: name, queued: count },
            'messages wait for a device that the registry does not know',
          );
        }
      }
    },
    async adopt(device) {
      if (!strangers.delete(device.name)) return;
      const queued = (await ports.log.queued()).get(device.name);
      if (queued !== undefined) open(device, queued);
    },
    reserve(device) {
      const taken = reserved.get(device) ?? 0;
      if ((outboxes.get(device)?.queued ?? 0) + taken >= ports.maxQueued) return false;
      reserved.set(device, taken + 1);
      return true;
    },
    release,
    enqueue(message, devices) {
      release(devices);
      const held = readAhead.share(message, sizeOf(message));
      for (const { name } of devices) {
        // While the message was being stored, the device may have been removed, or have got another route.
        const device = ports.devices.get(name);
        if (device === undefined) continue;
        const outbox = outboxes.get(name);
        if (outbox !== undefined) outbox.enqueue(held);
        // While the relay ends, what a further device is to get waits in the log for the next start.
        else if (!draining) open(device, 0).enqueue(held);
      }
    },
    acknowledge: (mid, device) => settle(mid, device, 'ok'),
    fail: (mid, device) => settle(mid, device, 'failed'),
    receipt: (mid, device, status, transport) => outboxes.get(device)?.progress(mid, status, transport),
    wake: (device, transport) => outboxes.get(device)?.wake(transport),
    sleep: (device, transport) => outboxes.get(device)?.sleep(transport),
    routed(device, transport) {
      outboxes.get(device.name)?.open(transport, device.routes[transport]);
    },
    unrouted: (device, transport) => outboxes.get(device)?.closeLane(transport),
    remove(device) {
      outboxes.get(device)?.close();
      outboxes.delete(device);
    },
    queued(device) {
      if (device !== undefined) return outboxes.get(device)?.queued ?? 0;
      let total = 0;
      for (const outbox of outboxes.values()) total += outbox.queued;
      return total;
    },
    async drain() {
      draining = true;
      await Promise.all([...outboxes.values()].map((outbox) => outbox.drain()));
    },
    close() {
      for (const outbox of outboxes.values()) outbox.close();
      outboxes.clear();
    },
  };
}
