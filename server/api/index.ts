// The relay's own HTTP interface, under /v1: devices, pairing and messages, for the page and the command line.
// Not here: sending and receiving; those are mpush's.
import type { Context, Next } from 'koa';
import type { Logger } from '../base/logger.ts';
import type { RunningDialect } from '../dialects/dialect.ts';
import { setRefusal } from '../dialects/kit/errors.ts';
import { addApps } from './apps.ts';
import { addDevices } from './devices.ts';
import { addMessages } from './messages.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import { addRegistration } from './registration.ts';

/** The relay's own interface. */
export const api = {
  name: 'api',
  paths: {
    http: [
      'GET /v1/devices',
      'POST /v1/devices',
      'PATCH /v1/devices/:name',
      'DELETE /v1/devices/:name',
      'GET /v1/devices/:name/messages',
      'GET /v1/apps',
      'POST /v1/apps',
      'DELETE /v1/apps/:id',
      'POST /v1/apps/:id/keys',
      'GET /v1/me',
      'POST /v1/check',
      'GET /v1/messages/:mid',
      'GET /v1/reads',
      'POST /v1/reads',
      'POST /v1/pairings',
      'GET /v1/pairings/:code',
      'POST /v1/pairings/:code',
    ],
    socket: [],
  },
  create(ports: ApiPorts, config: ApiConfig): RunningDialect {
    return {
      routes(router) {
        router.use('/v1', (context, next) => withErrors(context, next, ports.logger));
        router.use('/v1', (context, next) => withCors(context, next, config.http.cors));
        addApps(router, ports);
        addDevices(router, ports);
        addRegistration(router, ports);
        addMessages(router, ports, config.statusNames);
      },
    };
  },
};

/** Lets the page of another relay in, where the config allows other origins. */
async function withCors(context: Context, next: Next, allowed: boolean): Promise<void> {
  if (allowed) context.set('access-control-allow-origin', context.get('origin') || '*');
  await next();
}

/** The only place that answers errors: `{"error": text, "code": code}`. */
async function withErrors(context: Context, next: Next, logger: Logger): Promise<void> {
  context.set('cache-control', 'no-store');
  try {
    await next();
  } catch (error) {
    const { message, code } = setRefusal(context, error, logger);
    context.body = { error: message, code };
  }
}
