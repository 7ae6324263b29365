// Adds, changes and removes devices as a whole: registration, outbox, queue and tokens.
import { isDeepStrictEqual } from 'node:util';
import type { Status } from '../../shared/status.ts';
import { RelayError } from '../base/errors.ts';
import { createKeyedMutex } from '../base/keyed-mutex.ts';
import type { Logger } from '../base/logger.ts';
import { checkNewName, type Device } from './device.ts';
import { type Devices, type ForeignChange, type Registration, stillWaiting } from './devices.ts';
import type { Outboxes } from './outboxes.ts';
import type { Mail, MessageLog, Settlement, Transport } from './ports.ts';
import type { Replies } from './reply.ts';

/** The devices of a relay with everything that belongs to them. Promises resolve when the change is durable. */
export interface DeviceService {
  get(name: string): Device | undefined;
  list(): Device[];
  groups(): string[];
  /** Resolves when every change that any node made before this call is visible here. */
  catchUp(): Promise<void>;
  /**
   * Registers a device, or gives a known one these groups and this route.
   * @param proof rejects if the caller's proof is no longer valid. It is called when earlier changes of this name are
   * done
   */
  register(registration: Registration, proof?: () => unknown): Promise<Device>;
  /**
   * Gives a known device another route; false if no such transport is running, or the device is gone.
   * @param proof as in `register`
   * @throws RelayError `invalid` when the transport does not take the address
   */
  addRoute(name: string, transport: string, address: unknown, proof?: () => unknown): Promise<boolean>;
  /** Changes when a device stays silent. Undefined if it is gone. @param proof as in `register` */
  change(name: string, change: (device: Device) => Device, proof?: () => unknown): Promise<Device | undefined>;
  /**
   * Gives a device another name. It keeps its routes, its groups and the record of the devices that it paired. Tokens
   * and sockets of the old name end. Undefined if the device is gone.
   * @param proof as in `register`; called when earlier changes of both names are done
   * @throws RelayError `forbidden` when the new name is taken
   */
  rename(name: string, to: string, proof?: () => unknown): Promise<Device | undefined>;
  /**
   * Lets a device manage the relay, or ends that. Undefined if there is no such device.
   * @param proof as in `register`
   */
  setManage(name: string, grant: string | undefined, proof?: () => unknown): Promise<Device | undefined>;
  /**
   * Removes the device. Replies that wait for it get `failed`. Resolves to whether it was known.
   * @param by the device that asks for it; absent for the owner. If it is another device, only the owner can register
   * the name again.
   */
  remove(name: string, by?: string): Promise<boolean>;
  /** Notes that the device acknowledged the message. */
  acknowledge(mid: string, name: string): Promise<boolean>;
  /** The same without a promise. */
  acknowledged(mid: string, name: string, told: Settlement): void;
  /** Notes that the device's service worker showed the message. */
  receipt(mid: string, name: string): void;
  /**
   * Adds and removes devices of a transport until they are exactly those in the config.
   * @param removesOthers whether those that are not in it go; by default they do
   */
  configure(
    transport: string,
    configured: readonly { name: string; group: readonly string[] }[],
    removesOthers?: boolean,
  ): Promise<void>;
}

/** What the service needs. */
export interface DeviceServicePorts {
  readonly devices: Devices;
  readonly outboxes: Outboxes;
  readonly replies: Pick<Replies, 'removed'>;
  readonly log: Pick<MessageLog, 'forget'>;
  /** How many messages wait for devices on all nodes; undefined if there is one node. */
  readonly depths: Mail['depths'];
  readonly transports: ReadonlyMap<string, Pick<Transport, 'checkAddress'>>;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  /** Whether other nodes have the same devices. */
  readonly isShared: boolean;
  /** Whether a device of that name was removed. */
  wasRemoved(name: string): boolean;
  /** Ends the tokens of a name, and keeps the name for the owner if `ownerOnly` is set. */
  revoke(name: string, ownerOnly: boolean): Promise<void>;
  /** Called when a device was removed or its name was taken over. It ends its sockets and its pairing codes. */
  onRemoved(name: string): void;
}

/** The status that a receipt proves, by route. The better route comes first. */
const RECEIPTS: readonly (readonly [string, Status])[] = [
  ['webpush', 'webpush-ok-comfirm'],
  ['fcm', 'fcm-ok-comfirm'],
];

/** Makes the device service of a relay. */
export function createDeviceService(ports: DeviceServicePorts): DeviceService {
  const { devices, outboxes, replies, log, depths, transports, logger, isShared, revoke, wasRemoved, onRemoved } =
    ports;
  // One change per name at a time: a name is free again only when everything that belonged to it is gone.
  const mutex = createKeyedMutex();

  /** @param proof as in `register`; it has been called, and is called again if another node changes the device first */
  async function take(registration: Registration, proof?: () => unknown): Promise<Device> {
    const { name, transport, takesOver = false } = registration;
    const before = devices.get(name);
    // Messages that a removal could not delete must not reach the next device with that name. If the device was never
    // removed, the registry was lost, and the messages belong to the device.
    if (before === undefined && wasRemoved(name)) await log.forget(name);
    // Tokens that the device got without proof end as soon as it is registered with proof. On several nodes, those of a
    // device that loses its name end first too, or it could come back on another node between the two changes.
    else if (before !== undefined && ((!before.secured && registration.secured) || (takesOver && isShared))) {
      await revoke(name, false);
    }
    const { before: replaced, device } = await devices.register(registration, proof);
    // Someone without a proof may have got a token since, or have registered the device on another node.
    if (replaced !== undefined && !replaced.secured && registration.secured) await revoke(name, false);
    if (replaced === undefined) await outboxes.adopt(device);
    // A route that stays as it was keeps what it has in flight.
    if (!isDeepStrictEqual(replaced?.routes[transport], device.routes[transport])) outboxes.routed(device, transport);
    if (replaced !== undefined && takesOver) await endPredecessor(replaced, device);
    else if (replaced === undefined) logNew(registration);
    return device;
  }

  /** Ends the tokens, routes and sockets of the device that lost its name. Its queue goes to the new device. */
  async function endPredecessor(before: Device, device: Device): Promise<void> {
    const { name } = device;
    for (const transport of Object.keys(before.routes)) {
      if (!(transport in device.routes)) outboxes.unrouted(name, transport);
    }
    const revoked = revoke(name, false);
    onRemoved(name);
    logger.info({ device: name }, 'device taken over');
    await revoked;
  }

  function logNew({ name, transport, pairing }: Registration): void {
    if (pairing === undefined) logger.info({ device: name, transport }, 'device registered');
    else logger.info({ device: name, by: pairing.by ?? 'owner' }, 'device paired');
  }

  /** Does on this node what a change by another node means: for lanes, sockets and waiting replies. */
  async function follow({ name, before, after, replaced }: ForeignChange): Promise<void> {
    if (after === undefined) {
      end(name);
      return;
    }
    if (replaced) onRemoved(name);
    if (before === undefined) await outboxes.adopt(after);
    for (const transport of new Set([...Object.keys(before?.routes ?? {}), ...Object.keys(after.routes)])) {
      if (!(transport in after.routes)) outboxes.unrouted(name, transport);
      else if (!isDeepStrictEqual(before?.routes[transport], after.routes[transport])) {
        outboxes.routed(after, transport);
      }
    }
  }

  devices.onForeign((change) => {
    const { name } = change;
    follow(change).catch((error: unknown) => logger.error({ device: name, err: error }, 'a change was not followed'));
  });

  const register: DeviceService['register'] = (registration, proof) =>
    mutex.run(registration.name, async () => {
      await proof?.();
      return take(registration, proof);
    });

  const remove: DeviceService['remove'] = (name, by) =>
    mutex.run(name, async () => {
      if (devices.get(name) === undefined) return false;
      await revoke(name, by !== undefined && by !== name);
      await devices.remove(name);
      logger.info({ device: name, by: by ?? 'owner' }, 'device removed');
      await forget(name);
      return true;
    });

  /** Ends everything that belonged to a name that is free again. */
  async function forget(name: string): Promise<void> {
    end(name);
    await log.forget(name);
  }

  /** Ends what this node has of a name: its outbox, the replies that wait for it, its sockets and pairing codes. */
  function end(name: string): void {
    outboxes.remove(name);
    replies.removed(name);
    onRemoved(name);
  }

  async function move(name: string, to: string): Promise<Device | undefined> {
    // Another Unicode form of its own name does not count as another device.
    if ((devices.get(to)?.name ?? name) !== name) throw new RelayError('forbidden', `the name ${to} is taken`);
    checkNewName(to);
    // Messages that a removal could not delete must not reach the next device with that name.
    await log.forget(to);
    await revoke(name, false);
    const device = await devices.rename(name, to);
    if (device === undefined) return undefined;
    for (const transport of Object.keys(device.routes)) outboxes.routed(device, transport);
    logger.info({ device: to, before: name }, 'device renamed');
    await forget(name);
    return device;
  }

  const rename: DeviceService['rename'] = (name, to, proof) => {
    // Always in the same order, or two renames could wait for each other.
    const [first, second] = name < to ? [name, to] : [to, name];
    return mutex.run(first, () =>
      mutex.run(second, async () => {
        await proof?.();
        // No message may be accepted for the old name until the new one is stored: it would be deleted with the old one.
        const release = outboxes.hold(name);
        if (release === undefined) throw stillWaiting(name);
        try {
          // Other nodes may accept some meanwhile: then the store refuses to drop the old name.
          if (((await depths?.([name]))?.get(name) ?? 0) > 0) throw stillWaiting(name);
          return await move(name, to);
        } finally {
          release();
        }
      }),
    );
  };

  return {
    get: devices.get,
    list: devices.list,
    groups: devices.groups,
    catchUp: devices.catchUp,
    register,
    change: (name, change, proof) =>
      mutex.run(name, async () => {
        await proof?.();
        return devices.change(name, change);
      }),
    rename,
    remove,
    setManage: (name, grant, proof) =>
      mutex.run(name, async () => {
        await proof?.();
        const before = devices.get(name)?.manage;
        const device = await devices.setManage(name, grant);
        if (device !== undefined && before !== grant) {
          logger.info({ device: name }, grant === undefined ? 'device manages no longer' : 'device manages the relay');
        }
        return device;
      }),
    async addRoute(name, transport, address, proof) {
      const to = transports.get(transport);
      if (to === undefined) return false;
      await to.checkAddress?.(address);
      return mutex.run(name, async () => {
        await proof?.();
        const device = devices.get(name);
        if (device === undefined) return false;
        const before = device.routes[transport];
        await take({ name, groups: device.groups, transport, address, secured: device.secured }, async () => {
          await proof?.();
          if (devices.get(name) === undefined) throw new RelayError('not_found', `there is no device ${name}`);
        });
        if (before === undefined) logger.info({ device: name, transport }, 'subscription added');
        else if (!isDeepStrictEqual(before, address)) logger.info({ device: name, transport }, 'subscription renewed');
        return true;
      });
    },
    acknowledge: outboxes.acknowledge,
    acknowledged: outboxes.acknowledged,
    receipt(mid, name) {
      const routes = devices.get(name)?.routes ?? {};
      const [transport, status] = RECEIPTS.find(([route]) => route in routes) ?? [];
      if (transport !== undefined && status !== undefined) outboxes.receipt(mid, name, status, transport);
    },
    async configure(transport, configured, removesOthers = true) {
      for (const { name } of configured) {
        const known = devices.get(name);
        if (known !== undefined && !(transport in known.routes)) {
          throw new RelayError(
            'invalid',
            `${transport}.clients: the name ${name} belongs to a registered device; remove that device or choose another name`,
          );
        }
      }
      const names = new Set(configured.map(({ name }) => name));
      for (const device of removesOthers ? devices.list() : []) {
        if (transport in device.routes && !names.has(device.name)) await remove(device.name);
      }
      for (const { name, group } of configured) {
        // The address stays in the config, because the registry must not hold its secrets.
        await register({ name, groups: group, transport, address: {}, secured: true });
      }
    },
  };
}
