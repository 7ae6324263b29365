// New devices: by a pairing code, or by hand with the token.
import type Router from '@koa/router';
import type { Pairing, PairingOffer, Registered } from '../../../shared/api.ts';
import type { DeviceIdentity } from '../../access/device-auth.ts';
import { pairingPath } from '../../access/pairing-codes.ts';
import { RelayError } from '../../base/errors.ts';
import { checkName, readGroups } from '../../delivery/device.ts';
import { callerOf } from './access.ts';
import { readJsonBody, readText } from './json-body.ts';
import type { HeraldPorts } from './ports.ts';

function unknownCode(): RelayError {
  return new RelayError('not_found', 'this code is unknown, used or older than ten minutes');
}

/** Adds the routes of registration. */
export function addRegistration(router: Router, ports: HeraldPorts): void {
  const { devices, pairings } = ports;

  /** Reads whom a body describes; whatever is wrong with it is found before a code is used up. */
  function readDevice(body: Readonly<Record<string, unknown>>): DeviceIdentity {
    const name = checkName(readText(body, 'name'));
    if ('webhook' in (devices.get(name)?.routes ?? {})) {
      throw new RelayError('forbidden', `The name [${name}] is already used`);
    }
    return { name, groups: readGroups(body['groups']) };
  }

  async function register({ name, groups }: DeviceIdentity): Promise<Registered> {
    await devices.register({ name, groups, transport: 'websocket', address: {}, secured: true });
    const auth = await ports.auth.sign({ name, groups });
    return { name, groups, auth, webpushPublicKey: ports.keys.webpushPublicKey };
  }

  router.post('/v1/pairings', async (context) => {
    await callerOf(context, ports);
    const { code, expiresAt } = pairings.create();
    context.status = 201;
    context.body = { code, expiresAt, path: pairingPath(code) } satisfies Pairing;
  });

  router.get('/v1/pairings/:code', async (context) => {
    await ports.throttle.check(context.ip);
    const expiresAt = pairings.expiry(String(context.params['code']));
    if (expiresAt === undefined) {
      ports.throttle.fail(context.ip);
      throw unknownCode();
    }
    const names = devices.list().map(({ name }) => name);
    context.body = { groups: devices.groups(), names, expiresAt } satisfies PairingOffer;
  });

  router.post('/v1/pairings/:code', async (context) => {
    await ports.throttle.check(context.ip);
    const code = String(context.params['code']);
    const device = readDevice(await readJsonBody(context));
    if (!pairings.redeem(code)) {
      ports.throttle.fail(context.ip);
      throw unknownCode();
    }
    context.status = 201;
    context.body = await register(device);
  });

  router.post('/v1/devices', async (context) => {
    const caller = await callerOf(context, ports);
    if (caller.name !== undefined) throw new RelayError('forbidden', 'a new device needs the token or a pairing code');
    context.body = await register(readDevice(await readJsonBody(context)));
    context.status = 201;
  });
}
