// All devices, in memory and in the store: by name, by group, in order of registration.
import { isDeepStrictEqual } from 'node:util';
import type { SendType } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import { createKeyedMutex } from '../base/keyed-mutex.ts';
import { checkNewName, type Device } from './device.ts';
import type { DeviceStore } from './ports.ts';

/** A registration. Routes that it does not name stay as they are. */
export interface Registration {
  readonly name: string;
  readonly groups: readonly string[];
  readonly transport: string;
  readonly address: unknown;
  /** The caller proved to hold the token. */
  readonly secured: boolean;
  /** Set if the device registers with a pairing code. */
  readonly pairing?: {
    /** The device that made the code; absent if the owner did. */
    readonly by?: string;
  };
  /** Whether the new device replaces the one that had the name. The earlier routes end. */
  readonly takesOver?: boolean;
}

/** The known devices. A change becomes visible, and its promise resolves, only when it is durable. */
export interface Devices {
  /** The device with that name. The name may be in another Unicode form. */
  get(name: string): Device | undefined;
  list(): Device[];
  groups(): string[];
  /** The version of the registry in which `resolve` looks. */
  version(): number;
  /** Resolves when all changes are known that were made before the call, on any node. */
  catchUp(): Promise<void>;
  /** The recipients of a send at this moment, in order of registration. */
  resolve(sendType: SendType, target: string): Device[];
  /**
   * Adds a device, or gives a known one these groups and this route.
   * @throws RelayError `too_many` if there are too many devices
   */
  register(registration: Registration): Promise<Device>;
  /** Removes a route, unless its address has changed in the meantime. The device stays known. */
  dropRoute(name: string, transport: string, address: unknown): Promise<void>;
  /**
   * Gives a device another name, which must be free. Devices that it paired keep it as `pairedBy`. Undefined if it is
   * gone.
   * @throws RelayError `invalid` for a name that no new device may have
   */
  rename(name: string, to: string): Promise<Device | undefined>;
  /** Resolves to whether there was such a device. */
  remove(name: string): Promise<boolean>;
}

/** What the registry of devices needs. */
export interface DevicesPorts {
  readonly store: DeviceStore;
  readonly clock: Clock;
  /** The most devices. */
  readonly maxDevices: number;
}

/** Loads the devices of a store. */
export async function createDevices({ store, clock, maxDevices }: DevicesPorts): Promise<Devices> {
  const byName = new Map<string, Device>();
  /** Names of the members, by the group's name in the form NFC. */
  const byGroup = new Map<string, Set<string>>();
  /** Names from earlier versions that are not in the form NFC, by their NFC form. */
  const oddNames = new Map<string, string>();

  function find(name: string): Device | undefined {
    const exact = byName.get(name);
    if (exact !== undefined) return exact;
    const form = name.normalize();
    return byName.get(form) ?? byName.get(oddNames.get(form) ?? form);
  }

  /** New names that are being stored. */
  let joining = 0;
  const mutex = createKeyedMutex();

  function leave(name: string, group: string): void {
    const members = byGroup.get(group.normalize());
    members?.delete(name);
    if (members?.size === 0) byGroup.delete(group.normalize());
  }

  function join(name: string, label: string, isNew: boolean): void {
    const group = label.normalize();
    const members = byGroup.get(group);
    if (members?.has(name)) return;
    if (members !== undefined && isNew) {
      members.add(name);
      return;
    }
    // A known device that joins later takes its place by the order of registration, not at the end.
    const ordered = [...byName.values()].filter(({ groups }) => groups.some((one) => one.normalize() === group));
    byGroup.set(group, new Set(ordered.map((device) => device.name)));
  }

  function keep(device: Device): void {
    const before = byName.get(device.name);
    byName.set(device.name, device);
    if (device.name.normalize() !== device.name) oddNames.set(device.name.normalize(), device.name);
    for (const group of before?.groups ?? []) {
      if (!device.groups.includes(group)) leave(device.name, group);
    }
    for (const group of device.groups) join(device.name, group, before === undefined);
  }

  for (const device of await store.load()) keep(device);

  async function change(before: Device | undefined, device: Device): Promise<Device> {
    if (before !== undefined && isDeepStrictEqual(before, device)) return before;
    await store.put(device);
    keep(device);
    return device;
  }

  async function drop({ name, groups }: Device): Promise<void> {
    await store.remove(name);
    byName.delete(name);
    if (oddNames.get(name.normalize()) === name) oddNames.delete(name.normalize());
    for (const group of groups) leave(name, group);
  }

  async function add(device: Device): Promise<Device> {
    if (byName.size + joining >= maxDevices) {
      throw new RelayError('too_many', `no more than ${maxDevices} devices can be registered`);
    }
    joining += 1;
    try {
      return await change(undefined, device);
    } finally {
      joining -= 1;
    }
  }

  return {
    get: find,
    list: () => [...byName.values()],
    groups: () => [...byGroup.keys()],
    version: () => 0,
    catchUp: () => Promise.resolve(),
    resolve(sendType, target) {
      const names = sendType === 'personal' ? [target] : (byGroup.get(target) ?? byGroup.get(target.normalize()) ?? []);
      const found: Device[] = [];
      for (const name of names) {
        const device = find(name);
        if (device !== undefined) found.push(device);
      }
      return found;
    },
    register: ({ name, groups, transport, address, secured, pairing, takesOver = false }) =>
      mutex.run(name, async () => {
        const known = byName.get(name);
        const own = { [transport]: address };
        const pairedBy = pairing?.by === undefined ? {} : { pairedBy: pairing.by };
        if (known === undefined) {
          // The config may name webhooks as it likes.
          if (transport !== 'webhook') checkNewName(name);
          return add({ name, groups, routes: own, secured, createdAt: clock.now(), ...pairedBy });
        }
        if (takesOver)
          return change(known, { name, groups, routes: own, secured, createdAt: known.createdAt, ...pairedBy });
        const routes = { ...known.routes, ...own };
        return change(known, { ...known, groups, routes, secured: secured || known.secured });
      }),
    dropRoute: (name, transport, address) =>
      mutex.run(name, async () => {
        const known = byName.get(name);
        if (known === undefined || !isDeepStrictEqual(known.routes[transport], address)) return;
        const { [transport]: _dropped, ...routes } = known.routes;
        await change(known, { ...known, routes });
      }),
    rename: (name, to) =>
      mutex.run(name, async () => {
        const known = byName.get(name);
        if (known === undefined) return undefined;
        checkNewName(to);
        // The new name first: after a crash in between, the device has two names instead of none.
        const renamed = await change(undefined, { ...known, name: to });
        for (const device of [...byName.values()]) {
          if (device.pairedBy === name) await change(device, { ...device, pairedBy: to });
        }
        await drop(known);
        return renamed;
      }),
    remove: (name) =>
      mutex.run(name, async () => {
        const known = byName.get(name);
        if (known !== undefined) await drop(known);
        return known !== undefined;
      }),
  };
}
