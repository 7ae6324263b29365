// The private API: the paths of the calls, and the checks before a call.
import { RelayError } from '../../base/errors.ts';
import type { Route } from '../kit/route.ts';
import { TEXT, type TextRoute, textRoutes } from '../kit/text-answers.ts';
import { createAuthorize } from './authorize.ts';
import { type Call, type CallPorts, list, listOnline, push, register, unregister } from './calls.ts';
import type { Credential } from './credential.ts';
import { goJson } from './go-json.ts';
import type { GusherPorts } from './ports.ts';
import { SOCKET_PATH } from './sockets.ts';

/** What the routes need. */
export interface HttpPorts extends CallPorts, Pick<GusherPorts, 'throttle'> {
  readonly admin: Credential;
}

const CALLS: readonly (readonly [method: TextRoute['method'], path: string, call: Call])[] = [
  ['POST', '/api/register', register],
  ['GET', '/api/app-list', list],
  ['DELETE', '/api/:app/unregister', unregister],
  ['POST', '/api/push/:app', push],
  ['GET', '/api/:app/listonlineuser', listOnline],
];

/** The original misspells this header, and programs may read it. */
const HEADERS = { 'www-authenicate': 'Basic realm="Restricted"' };

/** The calls, and an answer to plain requests on the path of sockets. */
export function gusherRoutes(ports: HttpPorts): Route[] {
  const { registrations, maxBody: limit } = ports;
  const authorize = createAuthorize(ports);

  const toRoute = ([method, path, call]: (typeof CALLS)[number]): TextRoute => ({
    method,
    path,
    limit,
    // The only parameter that a path has is the app.
    async answer(request, [key]) {
      const app = key === undefined ? undefined : registrations.get(key);
      // Refusing an app that does not exist must take as long.
      await authorize(request, key === undefined ? undefined : (app?.credential ?? registrations.decoy));
      if (key !== undefined && app === undefined) throw new RelayError('not_found', 'app_key does not exist');
      const body = `${goJson(await call(request, ports, app))}\n`;
      return { status: 200, headers: { 'content-type': TEXT }, body };
    },
  });
  const noUpgrade: TextRoute = {
    method: 'GET',
    path: SOCKET_PATH,
    limit: 0,
    answer(_request, [key = '']) {
      if (registrations.get(key) === undefined) throw new RelayError('not_found', 'app_key does not exist');
      throw new RelayError('invalid', 'Bad Request');
    },
  };
  return [...textRoutes(CALLS.map(toRoute), HEADERS), ...textRoutes([noUpgrade])];
}
