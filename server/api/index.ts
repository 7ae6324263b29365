// The relay's own HTTP interface, under /v1: devices, pairing and messages, for the page and the command line.
// Not here: sending and receiving; those are mpush's.
import type { RunningDialect } from '../dialects/dialect.ts';
import { failAsJson } from '../dialects/kit/errors.ts';
import type { HttpRequest } from '../dialects/kit/http-message.ts';
import type { Route } from '../dialects/kit/route.ts';
import { appsRoutes } from './apps.ts';
import { devicesRoutes } from './devices.ts';
import { messagesRoutes } from './messages.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import { registrationRoutes } from './registration.ts';

/** The relay's own interface. */
export const api = {
  name: 'api',
  paths: { socket: [] },
  create(ports: ApiPorts, { http, statusNames }: ApiConfig): RunningDialect {
    const routes = [
      ...appsRoutes(ports),
      ...devicesRoutes(ports),
      ...registrationRoutes(ports),
      ...messagesRoutes(ports, statusNames),
    ];
    const withHeaders = ({ answer, ...route }: Route): Route => ({
      ...route,
      answer(request, params) {
        setHeaders(request, http.cors);
        return answer(request, params);
      },
    });
    return { routes: routes.map(withHeaders), fail: failAsJson };
  },
};

/** No cache may keep an answer. Lets the page of another relay in, where the config allows other origins. */
function setHeaders({ answerHeaders, headers }: HttpRequest, cors: boolean): void {
  answerHeaders['cache-control'] = 'no-store';
  if (cors) answerHeaders['access-control-allow-origin'] = headers.origin ?? '*';
}
