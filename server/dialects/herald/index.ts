// The relay's own HTTP interface, under /v1: devices and their messages, for the command line and the page.
// Not here: sending and receiving; those are mpush's.
import type Router from '@koa/router';
import type { Context, Next } from 'koa';
import { type StatusNames, statusName } from '../../../shared/status.ts';
import type { DeviceAuth } from '../../access/device-auth.ts';
import type { Throttle } from '../../access/throttle.ts';
import type { TokenCheck } from '../../access/token.ts';
import type { Device } from '../../delivery/device.ts';
import type { LoggedDelivery } from '../../delivery/ports.ts';
import { RelayError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { RunningDialect } from '../dialect.ts';
import { HTTP_STATUS } from '../http-status.ts';

/** The relay, as this dialect sees it. */
export interface HeraldPorts {
  readonly devices: {
    get(name: string): Device | undefined;
    list(): Device[];
    remove(name: string): Promise<boolean>;
  };
  readonly token: TokenCheck;
  readonly auth: DeviceAuth;
  readonly throttle: Throttle;
  readonly logger: Logger;
  /** Unsettled deliveries of a device. */
  queued(device: string): number;
  /** Whether the device holds a socket now. */
  online(device: string): boolean;
  /** Deliveries of a device above a mid, ascending. */
  history(device: string, since: string, limit: number): Promise<LoggedDelivery[]>;
}

/** The part of the config that the dialect reads. */
export interface HeraldConfig {
  readonly statusNames: StatusNames;
}

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;

/** The relay's own interface. */
export const herald = {
  name: 'herald',
  paths: { http: ['GET /v1/devices', 'DELETE /v1/devices/:name', 'GET /v1/devices/:name/messages'], socket: [] },
  create(ports: HeraldPorts, config: HeraldConfig): RunningDialect {
    return { routes: (router) => addRoutes(router, ports, config) };
  },
};

function addRoutes(router: Router, ports: HeraldPorts, { statusNames }: HeraldConfig): void {
  const guarded = (context: Context, next: Next) => withErrors(context, ports.logger, next);

  router.get('/v1/devices', guarded, async (context) => {
    await requireAccess(context, ports);
    context.body = { devices: ports.devices.list().map((device) => describe(device, ports)) };
  });

  router.delete('/v1/devices/:name', guarded, async (context) => {
    await requireAccess(context, ports);
    const name = known(context.params['name'], ports).name;
    await ports.devices.remove(name);
    context.body = { removed: name };
  });

  router.get('/v1/devices/:name/messages', guarded, async (context) => {
    const asked = context.params['name'];
    await requireAccess(context, ports, asked);
    const { name } = known(asked, ports);
    const query = new URLSearchParams(context.querystring);
    const since = number(query.get('since'), 'since', 0, Number.MAX_SAFE_INTEGER);
    const limit = number(query.get('limit'), 'limit', DEFAULT_PAGE, MAX_PAGE);
    const deliveries = await ports.history(name, String(since), limit);
    context.body = {
      messages: deliveries.map(({ message, status }) => ({ ...message, status: statusName(status, statusNames) })),
    };
  });
}

function describe(device: Device, ports: HeraldPorts) {
  return {
    name: device.name,
    groups: device.groups,
    routes: Object.keys(device.routes),
    online: ports.online(device.name),
    queued: ports.queued(device.name),
    createdAt: device.createdAt,
  };
}

function known(name: string | undefined, { devices }: HeraldPorts): Device {
  const device = name === undefined ? undefined : devices.get(name);
  if (device === undefined) throw new RelayError('not_found', `no device is called ${name}`);
  return device;
}

function number(text: string | null, name: string, preset: number, max: number): number {
  if (text === null) return preset;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw new RelayError('invalid', `${name} must be a whole number from 0 to ${max}`);
  return value;
}

/** The token opens everything; a device's own token opens what is that device's. */
async function requireAccess(context: Context, ports: HeraldPorts, own?: string): Promise<void> {
  await ports.throttle.check(context.ip);
  const shown = context.get('authorization').replace(/^Bearer +/i, '');
  if (shown === '') throw new RelayError('unauthorized', 'expected the token in the authorization header');
  if (ports.token.matches(shown)) return;
  try {
    const { name } = await ports.auth.verify(shown);
    if (name === own) return;
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    ports.throttle.fail(context.ip);
    throw new RelayError('unauthorized', 'the token is wrong', { cause: error });
  }
  throw new RelayError('forbidden', 'a device may see its own messages alone');
}

/** The one exit for errors: `{"error": text}`. */
async function withErrors(context: Context, logger: Logger, next: Next): Promise<void> {
  context.set('cache-control', 'no-store');
  try {
    await next();
  } catch (error) {
    const refusal = error instanceof RelayError ? error : new RelayError('internal', 'internal error');
    if (refusal !== error) logger.error({ err: error, path: context.path }, 'request fault');
    context.status = HTTP_STATUS[refusal.code];
    if (refusal.retryAfter !== undefined) context.set('retry-after', String(refusal.retryAfter));
    context.body = { error: refusal.message };
  }
}
