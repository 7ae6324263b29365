// The private API: which call has which path, who may make it, and in which order that is checked.
import type Router from '@koa/router';
import type { Context } from 'koa';
import { RelayError } from '../../errors.ts';
import { goJson } from '../go-json.ts';
import { pathParameters } from '../path.ts';
import { isMethod, withTextErrors } from '../text-answers.ts';
import { createAuthorize } from './authorize.ts';
import { type Call, type CallPorts, list, listOnline, push, register, unregister } from './calls.ts';
import type { Credential } from './credential.ts';
import type { GusherPorts } from './ports.ts';
import { SOCKET_PATH } from './sockets.ts';

/** What the routes work with. */
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

/** Adds the calls, and an answer for who comes to a socket's path without an upgrade. */
export function addRoutes(router: Router, ports: HttpPorts): void {
  const { registrations, logger } = ports;
  const authorize = createAuthorize(ports);

  /** The key of an app in the path; undefined where the path has none. */
  function keyIn(context: Context, path: string): string | undefined {
    const values = pathParameters(path, context.path);
    if (values === undefined) throw new RelayError('not_found', '404 page not found');
    return values[0];
  }

  for (const [method, path, call] of CALLS) {
    router.all(path, (context) =>
      withTextErrors(
        context,
        async () => {
          // As the original spells it; programs read what they were built against.
          context.set('www-authenicate', 'Basic realm="Restricted"');
          const key = keyIn(context, path);
          if (!isMethod(context, method)) return;
          const app = key === undefined ? undefined : registrations.get(key);
          await authorize(context, app);
          if (key !== undefined && app === undefined) throw new RelayError('not_found', 'app_key does not exist');
          context.body = `${goJson(await call(context, ports, app))}\n`;
        },
        logger,
      ),
    );
  }

  router.all(SOCKET_PATH, (context) =>
    withTextErrors(
      context,
      async () => {
        const key = keyIn(context, SOCKET_PATH) ?? '';
        if (registrations.get(key) === undefined) throw new RelayError('not_found', 'app_key does not exist');
        throw new RelayError('invalid', 'Bad Request');
      },
      logger,
    ),
  );
}
