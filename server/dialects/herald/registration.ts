// New devices: by a pairing code, or by hand with the token.
import type Router from '@koa/router';
import type { Pairing, PairingOffer, Registered } from '../../../shared/api.ts';
import { checkName, readGroups } from '../../delivery/device.ts';
import { RelayError } from '../../errors.ts';
import { callerOf } from './access.ts';
import { readJsonBody, readText } from './json-body.ts';
import type { PairingCodes } from './pairing-codes.ts';
import type { HeraldPorts } from './ports.ts';

function unknownCode(): RelayError {
  return new RelayError('not_found', 'this code is unknown, used or older than ten minutes');
}

/** The pairing as a link can carry it: behind `#`, which no server and no log gets to see. */
export function pairingPath(code: string): string {
  return `/#pair=${code}`;
}

/** Adds the routes of registration. */
export function addRegistration(router: Router, ports: HeraldPorts, codes: PairingCodes): void {
  const { devices } = ports;

  async function register(body: Readonly<Record<string, unknown>>): Promise<Registered> {
    const name = checkName(readText(body, 'name'));
    const groups = readGroups(body['groups']);
    if ('webhook' in (devices.get(name)?.routes ?? {})) {
      throw new RelayError('forbidden', `The name [${name}] is already used`);
    }
    await devices.register({ name, groups, transport: 'websocket', address: {}, secured: true });
    const auth = await ports.auth.sign({ name, groups });
    return { name, groups, auth, webpushPublicKey: ports.keys.webpushPublicKey };
  }

  router.post('/v1/pairings', async (context) => {
    await callerOf(context, ports);
    const { code, expiresAt } = codes.create();
    context.status = 201;
    context.body = { code, expiresAt, path: pairingPath(code) } satisfies Pairing;
  });

  router.get('/v1/pairings/:code', async (context) => {
    await ports.throttle.check(context.ip);
    const expiresAt = codes.expiry(String(context.params['code']));
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
    const body = await readJsonBody(context);
    // A body that is wrong must not cost the code.
    checkName(readText(body, 'name'));
    readGroups(body['groups']);
    if (!codes.redeem(code)) {
      ports.throttle.fail(context.ip);
      throw unknownCode();
    }
    context.status = 201;
    context.body = await register(body);
  });

  router.post('/v1/devices', async (context) => {
    const caller = await callerOf(context, ports);
    if (caller.name !== undefined) throw new RelayError('forbidden', 'a new device needs the token or a pairing code');
    context.body = await register(await readJsonBody(context));
    context.status = 201;
  });
}
