// All outboxes of a relay, made when a device first needs one.
import type { Message } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';
import { BoundedMap } from '../base/bounded-map.ts';
import type { Device } from './device.ts';
import type { Devices } from './devices.ts';
import { sizeOf } from './message.ts';
import { Outbox, type OutboxPorts } from './outbox.ts';
import type { MessageLog, Ownership, Settlement } from './ports.ts';
import { ReadAhead } from './read-ahead.ts';

/** One warning a minute for each device whose queue is full: a sender in a loop must not fill the log. */
const QUIET = { maxEntries: 1000, ttl: 60_000 };

/** For ends that no one waits for. One that could not be stored is found overdue later. */
const UNTOLD: Settlement = { settled() {}, failed() {} };

/** What the outboxes need, in addition to what each of them needs. */
export interface OutboxesPorts extends Omit<OutboxPorts, 'readAhead'> {
  readonly devices: Pick<Devices, 'get' | 'catchUp'>;
  readonly log: MessageLog;
  /** The most unsettled deliveries of one device. */
  readonly maxQueued: number;
  readonly ownership: Ownership;
  /** Whether a device of that name was removed. */
  wasRemoved(name: string): boolean;
  /** The most bytes of messages that the outboxes hold in memory. */
  readonly maxReadAhead: number;
}

/** The delivery side of every device. */
export interface Outboxes {
  /** Starts the outboxes of all devices of this node that have deliveries in the log. */
  start(): Promise<void>;
  /** Gives a new device the messages that wait under its name since the registry was lost. */
  adopt(device: Device): Promise<void>;
  /** Reserves a place in the device's queue for a message that is about to be stored. False if the queue is full. */
  reserve(device: string): boolean;
  /** Frees reserved places, because the message is stored, or could not be. */
  release(devices: readonly string[]): void;
  /**
   * Queues a message that is durable for these devices.
   * @param isLate whether messages with greater mids may have been queued before it
   */
  enqueue(message: Message, devices: readonly string[], isLate?: boolean): void;
  /** Sets the status `ok`, which is durable when this resolves. Resolves to false if there is no such open delivery. */
  acknowledge(mid: string, device: string): Promise<boolean>;
  /** The same without a promise. */
  acknowledged(mid: string, device: string, told: Settlement): void;
  /** Sets the status `failed` of a delivery whose time to live has passed. */
  fail(mid: string, device: string): Promise<boolean>;
  /** Notes that another node settled a delivery. */
  settledElsewhere(mid: string, device: string): void;
  /** Raises the status by a receipt, such as that of a service worker. A receipt does not settle a delivery. */
  receipt(mid: string, device: string, status: Status, transport: string): void;
  /** Called when the receiver on this route is there: sends its backlog at once. */
  wake(device: string, transport: string): void;
  /** Called when the receiver on this route left. */
  sleep(device: string, transport: string): void;
  /** Called when a route was added or its address changed. */
  routed(device: Device, transport: string): void;
  /** Called when a route was removed. Its deliveries in flight stay queued. */
  unrouted(device: string, transport: string): void;
  /** Drops the outbox of a device that was removed. */
  remove(device: string): void;
  /** Unsettled deliveries of all devices, or of one. */
  queued(device?: string): number;
  /**
   * Refuses messages to a device until the returned function is called. Returns undefined if messages wait for the device
   * or are being stored for it.
   */
  hold(device: string): (() => void) | undefined;
  /** Whether messages to the device are refused. */
  isHeld(device: string): boolean;
  /** Starts no further attempt on lanes without acknowledgements; resolves when those under way are over. */
  drain(): Promise<void>;
  close(): void;
}

/** Makes the outboxes of one relay. */
export function createOutboxes(ports: OutboxesPorts): Outboxes {
  const outboxes = new Map<string, Outbox>();
  const readAhead = new ReadAhead(ports.maxReadAhead);
  const shared: OutboxPorts = { ...ports, readAhead };
  /**
   * Messages that are being stored, per device. Otherwise a burst could exceed the bound before its first message
   * counts.
   */
  const reserved = new Map<string, number>();
  const held = new Set<string>();
  let draining = false;
  /** Devices with a warning about a full queue in the last minute. */
  const toldFull = new BoundedMap<string, true>(ports.clock, QUIET);
  /**
   * Names with messages in the log but without a device in the registry, and how many: the registry was lost, or this node
   * has not yet been told of the device that another node registered.
   */
  const strangers = new Map<string, number>();

  function release(devices: readonly string[]): void {
    for (const name of devices) {
      const left = (reserved.get(name) ?? 0) - 1;
      if (left > 0) reserved.set(name, left);
      else reserved.delete(name);
    }
  }

  function tellFull(device: string): void {
    if (toldFull.has(device)) return;
    toldFull.set(device, true);
    const facts = { device, maxQueued: ports.maxQueued };
    ports.logger.warn(facts, 'a message is given up: the queue of the device is full');
  }

  /** Whether a message can go to the device now: it is connected, or has a route that does not depend on that. */
  function isReachable({ name, routes }: Device): boolean {
    return Object.keys(routes).some((route) => {
      const transport = ports.transports.get(route);
      return transport !== undefined && transport.isThere?.(name) !== false;
    });
  }

  function open(device: Device, queued: number): Outbox {
    const outbox = new Outbox(device, queued, shared);
    outboxes.set(device.name, outbox);
    return outbox;
  }

  function settle(mid: string, device: string, status: 'ok' | 'failed', told: Settlement): void {
    const outbox = outboxes.get(device);
    if (outbox === undefined) settleForOwner(mid, device, status, told);
    else outbox.settle(mid, status, told);
  }

  function settling(mid: string, device: string, status: 'ok' | 'failed'): Promise<boolean> {
    return new Promise((settled, failed) => settle(mid, device, status, { settled, failed }));
  }

  /** Settles a delivery of a device that has no outbox here, because it has no messages or belongs to another node. */
  function settleForOwner(mid: string, device: string, status: 'ok' | 'failed', told: Settlement): void {
    ports.log.settle(mid, device, status, {
      settled(changed) {
        if (changed) ports.onStatus(mid, device, status, undefined);
        told.settled(changed);
      },
      failed: (error) => told.failed(error),
    });
  }

  /** Starts the outboxes of the devices that this node takes over, or at the start of all its devices. */
  async function take(isTaken: (device: string) => boolean): Promise<void> {
    const waiting = await ports.log.queued();
    // Messages may wait for a device that another node has just registered, perhaps again after a removal.
    if (ports.ownership.isShared) await ports.devices.catchUp();
    for (const [name, count] of waiting) {
      // They may have gone to another node during the reads.
      if (!isTaken(name) || !ports.ownership.owns(name)) continue;
      const device = ports.devices.get(name);
      if (device !== undefined) {
        const outbox = outboxes.get(name);
        if (outbox === undefined) open(device, count);
        // It has read the log itself, or is about to.
        else outbox.recount(count);
      } else if (ports.wasRemoved(name)) {
        // The relay crashed after it removed the device from the registry and before it removed it from the log.
        await ports.log.forget(name);
      } else {
        strangers.set(name, count);
        ports.logger.warn(
          { device: name, queued: count },
          'messages wait for a device that the registry does not know',
        );
      }
    }
  }

  /** Ends the outboxes of devices that go to another node. Resolves when no attempt is under way. */
  async function give(isGiven: (device: string) => boolean): Promise<void> {
    const given = [...outboxes].filter(([name]) => isGiven(name));
    // If they come back before an attempt has ended, they get new outboxes.
    for (const [name] of given) outboxes.delete(name);
    await Promise.all(given.map(([, outbox]) => outbox.leave()));
  }

  ports.ownership.onGained(take);
  ports.ownership.onLost(give);
  ports.ownership.onResumed(() => {
    for (const outbox of outboxes.values()) outbox.resume();
  });
  ports.ownership.onMissed(() => {
    for (const outbox of outboxes.values()) outbox.refresh();
  });

  return {
    start: () => take(ports.ownership.owns),
    async adopt(device) {
      const { name } = device;
      const waiting = strangers.get(name);
      if (waiting === undefined) return;
      strangers.delete(name);
      const queued = ports.ownership.isShared ? waiting : (await ports.log.queued()).get(name);
      if (queued !== undefined && ports.ownership.owns(name)) open(device, queued);
    },
    reserve(device) {
      const taken = reserved.get(device) ?? 0;
      if ((outboxes.get(device)?.queued ?? 0) + taken >= ports.maxQueued) {
        tellFull(device);
        return false;
      }
      reserved.set(device, taken + 1);
      return true;
    },
    release,
    enqueue(message, devices, isLate = false) {
      const held = readAhead.share(message, sizeOf(message));
      // One without any time to live is only for those who are there now.
      const isForNow = message.expiresAt <= message.createdAt;
      for (const name of devices) {
        // The device may have been removed, or have changed its routes, while the message was being stored.
        const device = ports.devices.get(name);
        if (device === undefined) {
          if (ports.ownership.isShared) strangers.set(name, (strangers.get(name) ?? 0) + 1);
          continue;
        }
        const outbox = outboxes.get(name);
        if (outbox !== undefined) outbox.enqueue(held, isLate);
        // While the relay shuts down, no new outbox opens: the message waits in the log for the next start.
        else if (!draining && ports.ownership.owns(name)) open(device, 0).enqueue(held);
        if (isForNow && !isReachable(device)) settle(message.mid, name, 'failed', UNTOLD);
      }
    },
    acknowledge: (mid, device) => settling(mid, device, 'ok'),
    acknowledged: (mid, device, told) => settle(mid, device, 'ok', told),
    fail: (mid, device) => settling(mid, device, 'failed'),
    settledElsewhere: (mid, device) => outboxes.get(device)?.settledElsewhere(mid),
    receipt: (mid, device, status, transport) => outboxes.get(device)?.progress(mid, status, transport),
    wake: (device, transport) => outboxes.get(device)?.wake(transport),
    sleep: (device, transport) => outboxes.get(device)?.sleep(transport),
    routed(device, transport) {
      outboxes.get(device.name)?.open(transport, device.routes[transport]);
    },
    unrouted: (device, transport) => outboxes.get(device)?.closeLane(transport),
    remove(device) {
      strangers.delete(device);
      outboxes.get(device)?.close();
      outboxes.delete(device);
    },
    queued(device) {
      if (device !== undefined) return outboxes.get(device)?.queued ?? 0;
      let total = 0;
      for (const outbox of outboxes.values()) total += outbox.queued;
      return total;
    },
    hold(device) {
      if (reserved.has(device) || (outboxes.get(device)?.queued ?? 0) > 0 || held.has(device)) return undefined;
      held.add(device);
      return () => held.delete(device);
    },
    isHeld: (device) => held.has(device),
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
