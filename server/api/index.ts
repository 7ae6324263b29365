// The relay's own HTTP interface, under /v1: devices, pairing and messages, for the page and the command line.
// Sending and receiving are in dialects/mpush.
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

/** Keeps answers out of caches, and allows pages of other origins where the config does. */
function setHeaders({ answerHeaders, headers }: HttpRequest, cors: boolean): void {
  answerHeaders['cache-control'] = 'no-store';
  if (cors) answerHeaders['access-control-allow-origin'] = headers.origin ?? '*';
}
