// What the owner's devices may know of each other.
import type Router from '@koa/router';
import type { DeviceInfo, Me, PushCheck, Removal } from '../../shared/api.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import { type Device, pairedBy } from '../delivery/device.ts';
import { callerOf, deviceOf, requireOwner } from './access.ts';
import type { ApiPorts } from './ports.ts';

/** @throws RelayError `not_found` unless a device bears the name */
export function knownDevice(name: unknown, { devices }: Pick<ApiPorts, 'devices'>): Device {
  const device = devices.get(String(name));
  if (device === undefined) throw new RelayError('not_found', `no device is called ${name}`);
  return device;
}

/** Adds the routes of devices. */
export function addDevices(router: Router, ports: ApiPorts): void {
  const { devices, log } = ports;

  const self = (caller: Principal): Device => {
    if (caller.kind !== 'device') throw new RelayError('forbidden', "expected a device's own token");
    return knownDevice(caller.name, ports);
  };

  router.get('/v1/devices', async (context) => {
    await callerOf(context, ports);
    const list = devices.list();
    const received = await log.lastReceived(list.map(({ name }) => name));
    context.body = {
      devices: list.map(
        ({ name, groups, routes, createdAt, pairedBy: maker }): DeviceInfo => ({
          name,
          groups,
          routes: Object.keys(routes),
          online: ports.online(name),
          queued: ports.queued(name),
          createdAt,
          lastReceived: received.get(name) ?? null,
          ...(maker === undefined ? {} : { pairedBy: maker }),
        }),
      ),
    };
  });

  router.delete('/v1/devices/:name', async (context) => {
    const caller = await callerOf(context, ports);
    const { name, routes } = knownDevice(context.params['name'], ports);
    if ('webhook' in routes) requireOwner(caller, `${name} is a webhook; only the token may remove it`);
    else if (!caller.may('manage', name)) throw new RelayError('forbidden', 'this token may not remove devices');
    const paired =
      new URLSearchParams(context.querystring).get('paired') === '1' ? pairedBy(name, devices.list()) : undefined;
    for (const one of [name, ...(paired ?? [])]) await devices.remove(one, deviceOf(caller));
    context.body = { removed: name, ...(paired === undefined ? {} : { paired }) } satisfies Removal;
  });

  router.get('/v1/me', async (context) => {
    const { name, groups, routes } = self(await callerOf(context, ports));
    context.body = {
      name,
      groups,
      routes: Object.keys(routes),
      knownGroups: devices.groups(),
      webpushPublicKey: ports.keys.webpushPublicKey,
      version: ports.version,
    } satisfies Me;
  });

  router.post('/v1/check', async (context) => {
    const device = self(await callerOf(context, ports));
    const checked = await ports.checkPush(device);
    if (typeof checked === 'string') {
      context.body = { mid: '', outcome: checked } satisfies PushCheck;
      return;
    }
    const { mid, outcome } = checked;
    const kind = outcome.kind === 'confirmed' || outcome.kind === 'offline' ? 'accepted' : outcome.kind;
    const reason = 'reason' in outcome ? { reason: outcome.reason } : {};
    context.body = { mid, outcome: kind, ...reason } satisfies PushCheck;
  });
}
