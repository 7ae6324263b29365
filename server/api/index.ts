// The relay's own HTTP interface under /v1: devices, pairing, messages and apps, for the page and the command line.
// dialects/mpush does the sending and receiving.
import { RelayError } from '../base/errors.ts';
import type { RunningDialect } from '../dialects/dialect.ts';
import { failAsJson } from '../dialects/kit/errors.ts';
import type { HttpRequest } from '../dialects/kit/http-message.ts';
import { patternToRegExp, type Route } from '../dialects/kit/route.ts';
import { activityRoutes } from './activity.ts';
import { alertsRoutes } from './alerts.ts';
import { answerPageRoutes } from './answer-page.ts';
import { answersRoutes } from './answers.ts';
import { appChannelsRoutes } from './app-channels.ts';
import { appsRoutes } from './apps.ts';
import { backupRoutes } from './backup.ts';
import { beatsRoutes } from './beats.ts';
import { callerRoutes } from './caller.ts';
import { devicesRoutes } from './devices.ts';
import { filesRoutes } from './files.ts';
import { keysRoutes } from './keys.ts';
import { logRoutes } from './log.ts';
import { manageRoutes } from './manage.ts';
import { messagesRoutes } from './messages.ts';
import { nodesRoutes } from './nodes.ts';
import { openApiRoutes } from './openapi.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import { registrationRoutes } from './registration.ts';
import { routeHealthRoutes } from './route-health.ts';
import { type ApiRoute, answered, observed } from './route-spec.ts';
import { scheduledRoutes } from './scheduled.ts';
import { streamRoutes } from './stream.ts';
import { templatesRoutes } from './templates.ts';
import { tokenRoutes } from './token.ts';

/** The interface, in the form of a dialect without sockets. */
export const api = {
  name: 'api',
  paths: { socket: [] },
  create(ports: ApiPorts, config: ApiConfig): RunningDialect {
    const { http, statusNames } = config;
    const described: readonly ApiRoute[] = [
      ...appsRoutes(ports),
      ...keysRoutes(ports, config),
      ...templatesRoutes(ports),
      ...tokenRoutes(ports),
      ...devicesRoutes(ports),
      ...registrationRoutes(ports, config),
      ...manageRoutes(ports),
      ...messagesRoutes(ports, statusNames),
      ...filesRoutes(ports),
      ...alertsRoutes(ports),
      ...scheduledRoutes(ports, config),
      ...beatsRoutes(ports),
      ...answersRoutes(ports, config),
      ...nodesRoutes(ports),
      ...callerRoutes(ports, config),
      ...activityRoutes(ports, statusNames),
      ...routeHealthRoutes(ports, config),
      ...logRoutes(ports),
      ...backupRoutes(ports),
      ...appChannelsRoutes(ports, config),
      ...streamRoutes(ports, config),
    ];
    const all = [...described, ...openApiRoutes(ports, described)];
    const observable = all.map(
      (route): Route => ({
        ...route,
        answer: (request, params) =>
          answered.hasSubscribers ? observed(route, request, params) : route.answer(request, params),
      }),
    );
    const withHeaders = ({ answer, ...route }: Route): Route => ({
      ...route,
      answer(request, params) {
        setHeaders(request, http.cors);
        return answer(request, params);
      },
    });
    const routes = [...observable, ...answerPageRoutes(ports)];
    return { routes: [...routes, othersOf(routes)].map(withHeaders), fail: failAsJson };
  },
};

/** Refuses everything else below /v1, which mpush would otherwise take for a packet. */
function othersOf(routes: readonly Route[]): Route {
  const known = routes.map(({ method, pattern }) => ({ method, regexp: patternToRegExp(pattern) }));
  return {
    method: '*',
    pattern: '/v1/*',
    limit: 0,
    // Lower than routes of other dialects below /v1, higher than mpush's last route, which matches everything.
    rank: -1,
    answer({ method, path, answerHeaders }) {
      // Leaves preflights to mpush's last route, which answers them for all paths.
      if (method === 'OPTIONS') return undefined;
      const methods = known.filter(({ regexp }) => regexp.test(path)).map((route) => route.method);
      if (methods.length > 0) {
        answerHeaders['allow'] = methods.join(', ');
        throw new RelayError('method_not_allowed', `${method} is not possible here`);
      }
      throw new RelayError('not_found', 'there is nothing at this path; /v1/openapi lists the interface');
    },
  };
}

/** Keeps answers out of caches, and allows pages of other origins if the config does. */
function setHeaders({ answerHeaders, headers }: HttpRequest, cors: boolean): void {
  answerHeaders['cache-control'] = 'no-store';
  if (cors) answerHeaders['access-control-allow-origin'] = headers.origin ?? '*';
}
