// Routes for the apps of the channel core: list, create, remove, make new keys. Only the owner may use them.
import { z } from 'zod';
import type { AppList, NewAppKey } from '../../shared/api.ts';
import { RelayError } from '../base/errors.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import { callerOf } from './access.ts';
import { readJsonBody, route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { removal } from './schemas/devices.ts';
import { appList, newAppKey } from './schemas/owner.ts';

const callers = 'token';
const LIST = { summary: 'The apps of Pusher SDKs, with their keys.', callers, answers: { 200: appList } };
const CREATE = {
  summary: 'Creates an app, and shows its key and secret, this one time only.',
  callers,
  body: z.looseObject({ id: z.string() }).describe('An id, and settings as in the config.'),
  answers: { 201: newAppKey },
};
const REMOVE = { summary: 'Removes the app and closes its sockets.', callers, answers: { 200: removal } };
const ROTATE = {
  summary: 'Makes a new key.',
  callers,
  body: z.looseObject({
    keep: z
      .number()
      .optional()
      .describe('How long the older keys stay valid, in ms: a week by default; 0 ends them at once.'),
  }),
  answers: { 201: newAppKey },
};

/** Creates the routes for apps. */
export function appsRoutes(ports: ApiPorts): ApiRoute[] {
  const { appRegistry } = ports;

  /** A caller that can make an app can publish to its users, so a device's own token is not enough. */
  async function requireToken(request: HttpRequest): Promise<void> {
    if (!(await callerOf(request, ports)).isOwner) throw new RelayError('forbidden', 'apps need the token');
  }

  return [
    route('GET', '/v1/apps', LIST, async (request) => {
      await requireToken(request);
      return json({ apps: appRegistry.list() } satisfies AppList);
    }),
    route('POST', '/v1/apps', CREATE, async (request) => {
      await requireToken(request);
      return json((await appRegistry.create(await readJsonBody(request))) satisfies NewAppKey, 201);
    }),
    route('DELETE', '/v1/apps/:id', REMOVE, async (request, [id = '']) => {
      await requireToken(request);
      await appRegistry.remove(id);
      return json({ removed: id });
    }),
    route('POST', '/v1/apps/:id/keys', ROTATE, async (request, [id = '']) => {
      await requireToken(request);
      const { keep } = await readJsonBody(request);
      if (keep !== undefined && typeof keep !== 'number') throw new RelayError('invalid', 'keep must be a number');
      return json(await appRegistry.rotate(id, keep), 201);
    }),
  ];
}
