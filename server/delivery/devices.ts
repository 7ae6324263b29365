// All devices in memory, kept in step with the store: by name, by group, in the order of registration.
import type { SendType } from '../../shared/message.ts';
import type { Clock } from '../clock.ts';
import { RelayError } from '../errors.ts';
import type { Device } from './device.ts';
import type { DeviceStore } from './ports.ts';

/** What a registration says of a device; routes not named stay as they are. */
export interface Registration {
  readonly name: string;
  readonly groups: readonly string[];
  readonly transport: string;
  readonly address: unknown;
  /** The caller proved to hold the token. */
  readonly secured: boolean;
}

/** The known devices. Every change resolves when it is durable. */
export interface Devices {
  get(name: string): Device | undefined;
  list(): Device[];
  groups(): string[];
  /** The recipients of a send, as of now. */
  resolve(sendType: SendType, target: string): Device[];
  /** Adds the device, or gives it these groups and this route. @throws RelayError `too_many` when the registry is full */
  register(registration: Registration): Promise<Device>;
  /** Takes one route away; the device stays known. */
  dropRoute(name: string, transport: string): Promise<void>;
  /** Resolves to whether there was such a device. */
  remove(name: string): Promise<boolean>;
}

/** What the registry of devices needs. */
export interface DevicesPorts {
  readonly store: DeviceStore;
  readonly clock: Clock;
  /** Most devices that may be known. */
  readonly maxDevices: number;
}

function equal(a: Device, b: Device): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Loads the devices of a store. */
export async function createDevices({ store, clock, maxDevices }: DevicesPorts): Promise<Devices> {
  const byName = new Map<string, Device>();
  const byGroup = new Map<string, Set<string>>();

  function leaveGroups(device: Device): void {
    for (const group of device.groups) {
      const members = byGroup.get(group);
      members?.delete(device.name);
      if (members?.size === 0) byGroup.delete(group);
    }
  }

  function joinGroups(device: Device): void {
    for (const group of device.groups) {
      const members = byGroup.get(group);
      if (members === undefined) byGroup.set(group, new Set([device.name]));
      else members.add(device.name);
    }
  }

  function keep(device: Device): void {
    const before = byName.get(device.name);
    if (before !== undefined) leaveGroups(before);
    byName.set(device.name, device);
    joinGroups(device);
  }

  for (const device of await store.load()) keep(device);

  async function change(device: Device): Promise<Device> {
    const before = byName.get(device.name);
    if (before !== undefined && equal(before, device)) return before;
    keep(device);
    try {
      await store.put(device);
    } catch (error) {
      // The store has the last word: what it could not keep is not known.
      if (byName.get(device.name) === device) {
        leaveGroups(device);
        byName.delete(device.name);
        if (before !== undefined) keep(before);
      }
      throw error;
    }
    return device;
  }

  return {
    get: (name) => byName.get(name),
    list: () => [...byName.values()],
    groups: () => [...byGroup.keys()],
    resolve(sendType, target) {
      const names = sendType === 'personal' ? [target] : (byGroup.get(target) ?? []);
      const found: Device[] = [];
      for (const name of names) {
        const device = byName.get(name);
        if (device !== undefined) found.push(device);
      }
      return found;
    },
    async register({ name, groups, transport, address, secured }) {
      const known = byName.get(name);
      if (known === undefined && byName.size >= maxDevices) {
        throw new RelayError('too_many', `no more than ${maxDevices} devices can be registered`);
      }
      return change({
        name,
        groups,
        routes: { ...known?.routes, [transport]: address },
        secured: secured || (known?.secured ?? false),
        createdAt: known?.createdAt ?? clock.now(),
      });
    },
    async dropRoute(name, transport) {
      const known = byName.get(name);
      if (known === undefined || !(transport in known.routes)) return;
      const { [transport]: _dropped, ...routes } = known.routes;
      await change({ ...known, routes });
    },
    async remove(name) {
      const known = byName.get(name);
      if (known === undefined) return false;
      leaveGroups(known);
      byName.delete(name);
      await store.remove(name);
      return true;
    },
  };
}
