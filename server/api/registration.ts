// Routes that register devices, with a pairing code or with the token, and change their names and groups.
import { z } from 'zod';
import type { ChangedQuiet, Pairing, PairingOffer, Registered } from '../../shared/api.ts';
import type { DeviceIdentity } from '../access/device-auth.ts';
import type { Pairing as PairingOf } from '../access/guards.ts';
import { type PairingGrant, pairingPath } from '../access/pairing-codes.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import type { Announcement } from '../delivery/announce.ts';
import { checkName, checkNewName, type Device, deviceName, readGroups } from '../delivery/device.ts';
import { json } from '../dialects/kit/http-message.ts';
import { API, callerOf, deviceOf, requireOwner } from './access.ts';
import { knownDevice } from './devices.ts';
import { readJsonBody, readText, route } from './json-routes.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import { changeFields, quietOf, readQuietChange } from './quiet.ts';
import type { ApiRoute } from './route-spec.ts';
import { changedQuiet, pairing, pairingOffer, registered as registeredShape } from './schemas/devices.ts';

function unknownCode(): RelayError {
  return new RelayError('not_found', 'this code is unknown, used or older than ten minutes');
}

const labels = z.union([z.string(), z.array(z.string())]).describe('A list, or text with commas.');
const device = z.looseObject({ name: z.string(), groups: labels.optional() });
const PAIR = {
  summary: 'A code that pairs one device within ten minutes. A code made by a device works only for new names.',
  callers: 'token, device',
  body: z.looseObject({
    manage: z.boolean().optional().describe('With the token: a code that lets a paired device manage the relay.'),
  }),
  answers: { 201: pairing },
};
const OFFER = {
  summary: 'Which groups and names exist, and whether the code may take a name over.',
  answers: { 200: pairingOffer },
  errors: ['too_many'],
} as const;
const REDEEM = {
  summary: 'Uses the code: registers a device.',
  body: device,
  answers: { 201: registeredShape },
  errors: ['forbidden', 'too_many', 'conflict'],
} as const;
const CHANGE = {
  summary:
    'Changes the name or the groups of a device, and returns its new token; or says when it stays silent. The old name and its tokens end.',
  callers: 'token, that device',
  body: z.looseObject({ name: z.string().optional(), groups: labels.optional(), ...changeFields.shape }),
  answers: { 200: z.union([registeredShape, changedQuiet]) },
  errors: ['conflict'],
} as const;
const REGISTER = {
  summary: 'Registers a device, and returns its own token. An existing name is taken over.',
  callers: 'token',
  body: device,
  answers: { 201: registeredShape },
  errors: ['conflict'],
} as const;

/** Creates the routes for pairing, registration and changes. */
export function registrationRoutes(ports: ApiPorts, config: Pick<ApiConfig, 'devices' | 'http'>): ApiRoute[] {
  const { devices, pairings, auth } = ports;

  /** Reads which device a body describes. @throws RelayError `invalid`, or `forbidden` for the name of a webhook */
  function readDevice(body: Readonly<Record<string, unknown>>): DeviceIdentity {
    const name = deviceName(checkName(readText(body, 'name')), devices);
    const known = devices.get(name);
    if (known === undefined) checkNewName(name);
    if ('webhook' in (known?.routes ?? {})) {
      throw new RelayError('forbidden', `The name [${name}] is already used`);
    }
    return { name, groups: readGroups(body['groups'], known?.groups) };
  }

  /** @param grant the pairing code that lets the device in; absent if the relay's token does */
  async function register(
    { name, groups }: DeviceIdentity,
    address: string,
    grant?: PairingGrant,
  ): Promise<Registered> {
    const own = { name, groups, transport: 'websocket', address: {}, secured: true };
    let takesOver = false;
    await devices.register(
      { ...own, takesOver: true, ...(grant === undefined ? {} : { pairing: grant }) },
      async () => {
        if ((await grant?.stands()) === false) throw unknownCode();
        takesOver = devices.get(name) !== undefined;
        if (grant?.by !== undefined && (takesOver || auth.isOwnerOnly(name))) throw ownersName(name, takesOver);
      },
    );
    if (takesOver) ports.announce(takeOver(name, address));
    const token = await auth.sign({ name, groups });
    return { name, groups, auth: token, webpushPublicKey: ports.keys.webpushPublicKey };
  }

  async function rename(name: string, to: string, caller: Principal): Promise<void> {
    await devices.rename(name, to, async () => {
      await caller.proof?.();
      knownDevice(name, ports);
      if (deviceOf(caller) !== undefined && auth.isOwnerOnly(to)) throw ownersName(to, false);
    });
    await ports.answers.renamed(name, to);
  }

  async function silenceDevice(name: string, change: (device: Device) => Device, caller: Principal | undefined) {
    const device = await devices.change(name, change, () => caller?.proof?.());
    if (device === undefined) throw new RelayError('not_found', `no device is called ${name}`);
    await ports.quiet.changed(name);
    return { name, ...quietOf(device, ports) };
  }

  return [
    route('POST', '/v1/pairings', PAIR, async (request) => {
      const caller = await callerOf(request, ports);
      const manage = readManage(await readJsonBody(request));
      if (caller.kind === 'device' && !caller.isOwner && !config.devices.mayPair) {
        throw new RelayError('forbidden', 'only the owner pairs devices here (devices.mayPair in the config)');
      }
      // When a device no longer manages the relay, everything that it could pass on must end too.
      if (manage && caller.kind !== 'owner') throw new RelayError('forbidden', "this code needs the relay's token");
      const { code, expiresAt } = await pairings.create(deviceOf(caller), manage);
      const host = ports.hostForOthers();
      const url = config.http.url === undefined ? undefined : ports.publicUrl(request);
      const where = { ...(host !== undefined && { host }), ...(url !== undefined && { url }) };
      return json({ code, expiresAt, path: pairingPath(code, manage), ...where } satisfies Pairing, 201);
    }),
    route('GET', '/v1/pairings/:code', OFFER, async (request, [code = '']) => {
      const { by, expiresAt } = await knownCode(code, request.ip, ports);
      const names = devices.list().map(({ name }) => name);
      const offer = { groups: devices.groups(), names, mayTakeOver: by === undefined, expiresAt };
      return json(offer satisfies PairingOffer);
    }),
    route('POST', '/v1/pairings/:code', REDEEM, async (request, [code = '']) => {
      // Checked before the body is read, because the caller has not proven anything yet.
      await knownCode(code, request.ip, ports);
      const device = readDevice(await readJsonBody(request));
      const registered = await pairings.redeem(code, (grant) => register(device, request.ip, grant));
      if (registered === undefined) throw unknownCode();
      return json(registered, 201);
    }),
    route('PATCH', '/v1/devices/:name', CHANGE, async (request, [asked = '']) => {
      const caller = await callerOf(request, ports);
      const before = knownDevice(asked, ports);
      const { name, routes } = before;
      if (deviceOf(caller) !== name) requireOwner(caller, 'a device may change only itself');
      if ('webhook' in routes)
        throw new RelayError('forbidden', `${name} is a webhook; the config sets its name and groups`);
      const body = await readJsonBody(request);
      const silence = readQuietChange(body, ports.clock.now());
      if (body['name'] === undefined && body['groups'] === undefined) {
        if (silence === undefined)
          throw new RelayError('invalid', 'expected some of name, groups, quiet, mute and unmute');
        return json((await silenceDevice(name, silence, caller)) satisfies ChangedQuiet);
      }
      const to = body['name'] === undefined ? name : deviceName(checkName(readText(body, 'name')), devices);
      const groups = body['groups'] === undefined ? before.groups : readGroups(body['groups'], before.groups);
      if (devices.get(to) === undefined) checkNewName(to);
      // A rename ends the caller's own token, and with it what the token says.
      const grant = caller.manage;
      if (to !== name) await rename(name, to, caller);
      const { secured } = before;
      const own = { transport: 'websocket', address: routes['websocket'] ?? {}, secured };
      await devices.register({ name: to, groups, ...own }, async () => {
        knownDevice(to, ports);
        // Without a rename, another device may have taken over the name meanwhile. A rename has itself ended the caller's token.
        if (to === name) await caller.proof?.();
      });
      // A rename has itself ended the caller's token.
      if (silence !== undefined) await silenceDevice(to, silence, to === name ? caller : undefined);
      const token = await auth.sign({ name: to, groups, manage: deviceOf(caller) === name ? grant : undefined });
      const { webpushPublicKey } = ports.keys;
      return json({ name: to, groups, auth: token, webpushPublicKey } satisfies Registered);
    }),
    route('POST', '/v1/devices', REGISTER, async (request) => {
      requireOwner(await callerOf(request, ports), 'a new device needs the token or a pairing code');
      return json(await register(readDevice(await readJsonBody(request)), request.ip), 201);
    }),
  ];
}

/** What a code for a new device offers. @throws RelayError `not_found`, or `too_many` after many wrong codes */
async function knownCode(
  code: string,
  address: string,
  { pairings, access }: Pick<ApiPorts, 'pairings' | 'access'>,
): Promise<PairingOf> {
  const offer = await pairings.find(code);
  if (offer !== undefined && offer.manage !== true) return offer;
  // Not the path of the request, because that contains the code and would put it into the log.
  throw access.refuse(code, { address, path: '/v1/pairings/:code', dialect: API }, unknownCode());
}

/** Whether a code should let a paired device manage the relay. @throws RelayError `invalid` */
function readManage({ manage = false }: Readonly<Record<string, unknown>>): boolean {
  if (typeof manage !== 'boolean') throw new RelayError('invalid', 'manage must be true or false');
  return manage;
}

/** The refusal of a code that a device made, for a name that only a code of the owner may give to a device. */
function ownersName(name: string, isTaken: boolean): RelayError {
  const why = isTaken ? 'is taken' : 'belonged to a device that another device removed';
  return new RelayError(
    'forbidden',
    `the name ${name} ${why}; a device made this code, so it works only for new names: choose another name, or use a code from herald pair`,
  );
}

function takeOver(name: string, address: string): Announcement {
  return {
    about: name,
    text: `${name} was paired again`,
    desp: `A new device at ${address} took over this name. The earlier device has lost its access, its sockets and its notifications. If this was not you, remove ${name} and change the relay's token.`,
  };
}
