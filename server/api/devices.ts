// Routes for devices: list and remove them, show a device what the relay knows about it, and check its push.
import type { DeviceInfo, DeviceList, Me, PushCheck, Removal } from '../../shared/api.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import { type Device, pairedBy } from '../delivery/device.ts';
import { json } from '../dialects/kit/http-message.ts';
import { callerOf, deviceOf, requireOwner } from './access.ts';
import { route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import { quietOf } from './quiet.ts';
import { type ApiRoute, flag } from './route-spec.ts';
import { deviceList, me, pushCheck, removal } from './schemas/devices.ts';

/** The device of that name. @throws RelayError `not_found` when there is none */
export function knownDevice(name: unknown, { devices }: Pick<ApiPorts, 'devices'>): Device {
  const device = devices.get(String(name));
  if (device === undefined) throw new RelayError('not_found', `no device is called ${name}`);
  return device;
}

/** The device that calls. @throws RelayError `forbidden` for another caller, `not_found` if the device was never registered */
export function callingDevice(caller: Principal, ports: Pick<ApiPorts, 'devices'>): Device {
  if (caller.kind !== 'device') throw new RelayError('forbidden', "expected a device's own token");
  return knownDevice(caller.name, ports);
}

const LIST = { summary: 'All devices.', callers: 'token, device', answers: { 200: deviceList } };
const REMOVE = {
  summary: 'Removes a device with its queue, its push subscriptions and its tokens.',
  callers: 'token, device',
  query: { paired: flag.describe('1: also removes the devices that were paired by its codes, or by theirs.') },
  answers: { 200: removal },
};
const ME = {
  summary: 'What the relay knows about the device that calls.',
  callers: 'device',
  answers: { 200: me },
  errors: ['not_found'],
} as const;
const CHECK = {
  summary: 'Pushes a test to the device that calls, and returns what the push service answered.',
  callers: 'device',
  answers: { 200: pushCheck },
  errors: ['not_found'],
} as const;

/** Creates the routes for devices. */
export function devicesRoutes(ports: ApiPorts): ApiRoute[] {
  const { devices, log } = ports;

  const self = (caller: Principal) => callingDevice(caller, ports);

  return [
    route('GET', '/v1/devices', LIST, async (request) => {
      await callerOf(request, ports);
      const list = devices.list();
      const names = list.map(({ name }) => name);
      const [received, present] = await Promise.all([log.lastReceived(names), ports.presence(names)]);
      return json({
        devices: list.map((device, index): DeviceInfo => {
          const { name, groups, routes, createdAt, pairedBy: maker, manage } = device;
          return {
            name,
            groups,
            routes: Object.keys(routes),
            online: present[index]?.online === true,
            queued: present[index]?.queued ?? 0,
            createdAt,
            lastReceived: received.get(name)?.mid ?? null,
            lastReceivedAt: received.get(name)?.createdAt ?? null,
            ...(maker === undefined ? {} : { pairedBy: maker }),
            ...(manage === undefined ? {} : { manage: true }),
            ...quietOf(device, ports),
          };
        }),
      } satisfies DeviceList);
    }),
    route('DELETE', '/v1/devices/:name', REMOVE, async (request, [asked = '']) => {
      const caller = await callerOf(request, ports);
      const { name, routes } = knownDevice(asked, ports);
      if ('webhook' in routes) requireOwner(caller, `${name} is a webhook; only the token may remove it`);
      else if (!caller.may('manage', name)) throw new RelayError('forbidden', 'this token may not remove devices');
      const paired = request.parameter('paired') === '1' ? pairedBy(name, devices.list()) : undefined;
      for (const removed of [name, ...(paired ?? [])]) await devices.remove(removed, deviceOf(caller));
      return json({ removed: name, ...(paired === undefined ? {} : { paired }) } satisfies Removal);
    }),
    route('GET', '/v1/me', ME, async (request) => {
      const caller = await callerOf(request, ports);
      const device = self(caller);
      const { name, groups, routes } = device;
      return json({
        name,
        groups,
        routes: Object.keys(routes),
        knownGroups: devices.groups(),
        webpushPublicKey: ports.keys.webpushPublicKey,
        version: ports.version,
        manage: caller.isOwner,
        ...quietOf(device, ports),
      } satisfies Me);
    }),
    route('POST', '/v1/check', CHECK, async (request) => {
      const device = self(await callerOf(request, ports));
      const checked = await ports.checkPush(device);
      if (typeof checked === 'string') {
        return json({ mid: '', outcome: checked } satisfies PushCheck);
      }
      const { mid, outcome } = checked;
      const kind = outcome.kind === 'confirmed' || outcome.kind === 'offline' ? 'accepted' : outcome.kind;
      const reason = 'reason' in outcome ? { reason: outcome.reason } : {};
      return json({ mid, outcome: kind, ...reason } satisfies PushCheck);
    }),
  ];
}
