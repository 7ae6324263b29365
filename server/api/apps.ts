// Routes for the apps of the channel core: list, create, remove, make new keys. Only the owner may use them.
import { RelayError } from '../base/errors.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import type { Route } from '../dialects/kit/route.ts';
import { callerOf } from './access.ts';
import { readJsonBody, route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';

/** Creates the routes for apps. */
export function appsRoutes(ports: ApiPorts): Route[] {
  const { appRegistry } = ports;

  /** Whoever can make an app can publish to its users, so a device's own token is not enough. */
  async function requireToken(request: HttpRequest): Promise<void> {
    if (!(await callerOf(request, ports)).isOwner) throw new RelayError('forbidden', 'apps need the token');
  }

  return [
    route('GET', '/v1/apps', async (request) => {
      await requireToken(request);
      return json({ apps: appRegistry.list() });
    }),
    route('POST', '/v1/apps', async (request) => {
      await requireToken(request);
      return json(await appRegistry.create(await readJsonBody(request)), 201);
    }),
    route('DELETE', '/v1/apps/:id', async (request, [id = '']) => {
      await requireToken(request);
      await appRegistry.remove(id);
      return json({ removed: id });
    }),
    route('POST', '/v1/apps/:id/keys', async (request, [id = '']) => {
      await requireToken(request);
      const { keep } = await readJsonBody(request);
      if (keep !== undefined && typeof keep !== 'number') throw new RelayError('invalid', 'keep must be a number');
      return json(await appRegistry.rotate(id, keep), 201);
    }),
  ];
}
