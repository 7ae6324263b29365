// All devices, in memory and in the store: by name, by group, in order of registration.
import { isDeepStrictEqual } from 'node:util';
import type { SendType } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import { createKeyedMutex } from '../base/keyed-mutex.ts';
import { retryConflicts } from '../base/versioned-store.ts';
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

/** A device that was registered, and what it was before; undefined for a new device. */
export interface Registered {
  readonly before: Device | undefined;
  readonly device: Device;
}

/**
 * A change that another node made. `before` is undefined for a new device, `after` for one that was removed. `replaced`:
 * another device took over the name.
 */
export interface ForeignChange {
  readonly name: string;
  readonly before: Device | undefined;
  readonly after: Device | undefined;
  readonly replaced: boolean;
}

/** The known devices. A change becomes visible, and its promise resolves, only when it is durable. */
export interface Devices {
  /** The device with that name. The name may be in another Unicode form. */
  get(name: string): Device | undefined;
  list(): Device[];
  groups(): string[];
  /** The recipients of a send at this moment, in order of registration. */
  resolve(sendType: SendType, target: string): Device[];
  /**
   * Adds a device, or gives a known one these groups and this route.
   * @param again called before another try, when another node changed the device first; it rejects if the caller may not
   * register any more
   * @throws RelayError `too_many` if there are too many devices
   */
  register(registration: Registration, again?: () => unknown): Promise<Registered>;
  /** Removes a route, unless its address has changed in the meantime. The device stays known. */
  dropRoute(name: string, transport: string, address: unknown): Promise<void>;
  /** Changes a device, but not its name and groups. Undefined if it is gone. @param change may be called again */
  change(name: string, change: (device: Device) => Device): Promise<Device | undefined>;
  /**
   * Gives a device another name, which must be free. Devices that it paired keep it as `pairedBy`. Undefined if it is
   * gone.
   * @throws RelayError `invalid` for a name that no new device may have, `unavailable` while messages wait for it
   */
  rename(name: string, to: string): Promise<Device | undefined>;
  /** Lets a device manage the relay, or ends that. Resolves to undefined if there is no such device. */
  setManage(name: string, grant: string | undefined): Promise<Device | undefined>;
  /** Resolves to whether there was such a device. */
  remove(name: string): Promise<boolean>;
  /** The version of the registry in which `resolve` looks. */
  version(): number;
  /** Resolves when every change that any node made before this call is visible here. */
  catchUp(): Promise<void>;
  /** Calls the one listener after each change that another node made, when it is visible. */
  onForeign(listener: (change: ForeignChange) => void): void;
}

/** What is said of one more. */
export const tooManyDevices = (maxDevices: number): string => `no more than ${maxDevices} devices can be registered`;

/** What the registry of devices needs. */
export interface DevicesPorts {
  readonly store: DeviceStore;
  readonly clock: Clock;
  /** The most devices. */
  readonly maxDevices: number;
}

/** The refusal of a rename while messages wait for the device. */
export function stillWaiting(name: string): RelayError {
  return new RelayError('unavailable', `messages are still on their way to ${name}; try again when it has them`);
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

  function discard({ name, groups }: Device): void {
    byName.delete(name);
    if (oddNames.get(name.normalize()) === name) oddNames.delete(name.normalize());
    for (const group of groups) leave(name, group);
  }

  let tellForeign: (change: ForeignChange) => void = () => {};
  // The only place where a change becomes visible, so that changes of all nodes do so in the order of the store.
  store.onChange(({ name, record: after, own, replaces: replaced }) => {
    const before = byName.get(name);
    if (after !== undefined) keep(after);
    else if (before !== undefined) discard(before);
    if (!own) tellForeign({ name, before, after, replaced });
  });
  for (const device of await store.load()) keep(device);

  /** Stores what became of a device. Resolves to undefined if another node changed it first. */
  async function change(before: Device | undefined, device: Device, replaces = false): Promise<Device | undefined> {
    if (before !== undefined && isDeepStrictEqual(before, device)) return before;
    return (await store.put(device, store.version(), replaces)) === 'stored' ? device : undefined;
  }

  async function add(device: Device): Promise<Device | undefined> {
    if (byName.size + joining >= maxDevices) {
      throw new RelayError('too_many', tooManyDevices(maxDevices));
    }
    joining += 1;
    try {
      return await change(undefined, device);
    } finally {
      joining -= 1;
    }
  }

  /** Changes a known device, from what is known of it at that moment. False if there is no such device. */
  function update(name: string, next: (known: Device) => Device): Promise<boolean> {
    return retryConflicts(async () => {
      const known = byName.get(name);
      if (known === undefined) return false;
      return (await change(known, next(known))) === undefined ? undefined : true;
    });
  }

  /** @param isIdle resolves to `busy`, and removes nothing, while messages wait for it */
  function drop(name: string, isIdle = false): Promise<boolean | 'busy'> {
    return retryConflicts(async () => {
      if (!byName.has(name)) return false;
      const removed = await store.remove(name, store.version(), isIdle);
      if (removed === 'busy') return removed;
      return removed === 'stored' ? true : undefined;
    });
  }

  /** Notes under which name the devices that a device has paired know it. */
  async function repair(from: string, to: string): Promise<void> {
    for (const device of [...byName.values()]) {
      if (device.pairedBy !== from) continue;
      await update(device.name, (known) => (known.pairedBy === from ? { ...known, pairedBy: to } : known));
    }
  }

  /** One try to register. Resolves to undefined after a conflict. */
  async function tryRegister(registration: Registration): Promise<Registered | undefined> {
    const { name, groups, transport, address, secured, pairing, takesOver = false } = registration;
    const before = byName.get(name);
    const own = { [transport]: address };
    const pairedBy = pairing?.by === undefined ? {} : { pairedBy: pairing.by };
    let device: Device | undefined;
    if (before === undefined) {
      // The config may name webhooks as it likes.
      if (transport !== 'webhook') checkNewName(name);
      device = await add({ name, groups, routes: own, secured, createdAt: clock.now(), ...pairedBy });
    } else if (takesOver) {
      const { createdAt } = before;
      device = await change(before, { name, groups, routes: own, secured, createdAt, ...pairedBy }, true);
    } else {
      const routes = { ...before.routes, ...own };
      device = await change(before, { ...before, groups, routes, secured: secured || before.secured });
    }
    return device === undefined ? undefined : { before, device };
  }

  return {
    get: find,
    list: () => [...byName.values()],
    groups: () => [...byGroup.keys()],
    resolve(sendType, target) {
      const names = sendType === 'personal' ? [target] : (byGroup.get(target) ?? byGroup.get(target.normalize()) ?? []);
      const found: Device[] = [];
      for (const name of names) {
        const device = find(name);
        if (device !== undefined) found.push(device);
      }
      return found;
    },
    register: (registration, again) =>
      mutex.run(registration.name, () => {
        let isFirst = true;
        return retryConflicts(async () => {
          if (!isFirst) await again?.();
          isFirst = false;
          return tryRegister(registration);
        });
      }),
    dropRoute: (name, transport, address) =>
      mutex.run(name, async () => {
        await update(name, (known) => {
          if (!isDeepStrictEqual(known.routes[transport], address)) return known;
          const { [transport]: _dropped, ...routes } = known.routes;
          return { ...known, routes };
        });
      }),
    change: (name, next) =>
      mutex.run(name, async () => {
        await update(name, next);
        return byName.get(name);
      }),
    rename: (name, to) =>
      mutex.run(name, async () => {
        if (!byName.has(name)) return undefined;
        checkNewName(to);
        // The new name first: after a crash in between, the device has two names instead of none.
        const renamed = await retryConflicts(async () => {
          const known = byName.get(name);
          if (known === undefined) return 'gone';
          if (byName.has(to)) throw new RelayError('forbidden', `the name ${to} is taken`);
          return change(undefined, { ...known, name: to });
        });
        if (renamed === 'gone') return undefined;
        await repair(name, to);
        const dropped = await drop(name, true);
        if (dropped === true) return renamed;
        await drop(to);
        // Another node has removed the device in the meantime.
        if (dropped === false) return undefined;
        await repair(to, name);
        throw stillWaiting(name);
      }),
    setManage: (name, grant) =>
      mutex.run(name, async () => {
        await update(name, ({ manage: _before, ...known }) => ({
          ...known,
          ...(grant === undefined ? {} : { manage: grant }),
        }));
        return byName.get(name);
      }),
    remove: (name) => mutex.run(name, async () => (await drop(name)) !== false),
    version: store.version,
    catchUp: store.catchUp,
    onForeign(listener) {
      tellForeign = listener;
    },
  };
}
