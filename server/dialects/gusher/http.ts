// The private API: the paths of the calls, who may make them, and the order of the checks.
import type Router from '@koa/router';
import { RelayError } from '../../base/errors.ts';
import { addTextRoutes, type TextRoute } from '../kit/text-answers.ts';
import { createAuthorize } from './authorize.ts';
import { type Call, type CallPorts, list, listOnline, push, register, unregister } from './calls.ts';
import type { Credential } from './credential.ts';
import { goJson } from './go-json.ts';
import type { GusherPorts } from './ports.ts';
import { SOCKET_PATH } from './sockets.ts';

/** What the routes need. */
export interface HttpPorts extends CallPorts, Pick<GusherPorts, 'throttle' | 'logger'> {
  readonly admin: Credential;
}

const CALLS: readonly (readonly [method: string, path: string, call: Call])[] = [
  ['POST', '/api/register', register],
  ['GET', '/api/app-list', list],
  ['DELETE', '/api/:app/unregister', unregister],
  ['POST', '/api/push/:app', push],
  ['GET', '/api/:app/listonlineuser', listOnline],
];

/** The paths of the routes, as claims. */
export const HTTP_PATHS: readonly string[] = [
  ...CALLS.map(([method, path]) => `${method} ${path}`),
  `GET ${SOCKET_PATH}`,
];

/** The original misspells this header, and programs may read it. */
const HEADERS = { 'www-authenicate': 'Basic realm="Restricted"' };

/** Adds the calls, and an answer for requests to the path of sockets that do not upgrade. */
export function addRoutes(router: Router, ports: HttpPorts): void {
  const { registrations, logger } = ports;
  const authorize = createAuthorize(ports);

  const toRoute = ([method, path, call]: (typeof CALLS)[number]): TextRoute => ({
    method,
    path,
    // The only parameter that a path has is the app.
    async answer(context, [key]) {
      const app = key === undefined ? undefined : registrations.get(key);
      // One that does not exist is no quicker to refuse.
      await authorize(context, key === undefined ? undefined : (app?.credential ?? registrations.decoy));
      if (key !== undefined && app === undefined) throw new RelayError('not_found', 'app_key does not exist');
      context.body = `${goJson(await call(context, ports, app))}\n`;
    },
  });
  addTextRoutes(router, CALLS.map(toRoute), logger, HEADERS);

  const noUpgrade: TextRoute = {
    method: 'GET',
    path: SOCKET_PATH,
    answer(_context, [key = '']) {
      if (registrations.get(key) === undefined) throw new RelayError('not_found', 'app_key does not exist');
      throw new RelayError('invalid', 'Bad Request');
    },
  };
  addTextRoutes(router, [noUpgrade], logger);
}
