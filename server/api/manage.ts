// Routes that let a device manage the relay as its owner does, and end that. The token of such a device has a grant; the
// device's other tokens have none, so they manage nothing.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { EndedManage, Registered } from '../../shared/api.ts';
import { RelayError } from '../base/errors.ts';
import type { Announcement } from '../delivery/announce.ts';
import type { Device } from '../delivery/device.ts';
import { sourceOf } from '../dialects/kit/caller.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import { API, callerOf, deviceOf } from './access.ts';
import { callingDevice, knownDevice } from './devices.ts';
import { readJsonBody, readText, route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { endedManage, registered as registeredShape } from './schemas/devices.ts';

/** Longest text that is compared with codes, in characters. Codes are 12 long, or a little more with dashes and spaces. */
const MAX_CODE = 64;

const BEGIN = {
  summary: 'Lets the device that calls manage the relay. The answer has its new token.',
  callers: 'device',
  body: z.looseObject({ token: z.string().describe('The token of the relay, or a code of herald pair --owner.') }),
  answers: { 201: registeredShape },
  errors: ['not_found'],
} as const;
const END = {
  summary: 'A device no longer manages the relay. It stays paired.',
  callers: 'token, that device',
  answers: { 200: endedManage },
};

/** Creates the routes for devices that manage the relay. */
export function manageRoutes(ports: ApiPorts): ApiRoute[] {
  const { devices, pairings, access, auth } = ports;

  /** Does the work if the owner has shown a proof: the relay's token, or a code that was made with it. */
  async function withProof<T>(shown: string, request: HttpRequest, work: () => Promise<T>): Promise<T> {
    if (access.isOwner(shown)) return work();
    const isCode = shown.length <= MAX_CODE && (await pairings.find(shown))?.manage === true;
    const done = isCode ? await pairings.redeem(shown, work) : undefined;
    if (done !== undefined) return done;
    const wrong = new RelayError(
      'forbidden',
      'this is neither the token of the relay nor a code of herald pair --owner',
    );
    throw access.refuse(shown, sourceOf(request, API), wrong);
  }

  return [
    route('POST', '/v1/me/manage', BEGIN, async (request) => {
      const caller = await callerOf(request, ports);
      const { name } = callingDevice(caller, ports);
      const shown = readText(await readJsonBody(request), 'token').trim();
      if (shown === '') throw new RelayError('invalid', 'token must be the token of the relay or a code');
      const registered = await withProof(shown, request, async () => {
        const grant = randomBytes(12).toString('base64url');
        const device = await devices.setManage(name, grant, caller.proof);
        if (device === undefined) throw new RelayError('not_found', `no device is called ${name}`);
        return { device, auth: await auth.sign({ name, groups: device.groups, manage: grant }) };
      });
      ports.announce(granted(registered.device, request.ip));
      const { groups } = registered.device;
      const { webpushPublicKey } = ports.keys;
      return json({ name, groups, auth: registered.auth, webpushPublicKey } satisfies Registered, 201);
    }),
    route('DELETE', '/v1/devices/:name/manage', END, async (request, [asked = '']) => {
      const caller = await callerOf(request, ports);
      const { name } = knownDevice(asked, ports);
      if (deviceOf(caller) !== name && !caller.isOwner) {
        throw new RelayError('forbidden', "only the relay's token and devices that manage it may end this");
      }
      await devices.setManage(name, undefined, caller.proof);
      return json({ ended: name } satisfies EndedManage);
    }),
  ];
}

function granted({ name }: Device, address: string): Announcement {
  return {
    about: name,
    text: `${name} manages this relay now`,
    desp: `Somebody at ${address} showed the relay's token, or a code that was made with it. If this was not you, end it with "herald devices demote ${name}" and change the token.`,
  };
}
