// How the relay sees the caller. `herald doctor` asks this through the proxy.
import type { CallerFacts } from '../../shared/api.ts';
import { json } from '../dialects/kit/http-message.ts';
import { callerOf } from './access.ts';
import { route } from './json-routes.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { callerFacts } from './schemas/owner.ts';

const CALLER = {
  summary: 'How the relay sees the caller, to find out what a proxy in between does.',
  callers: 'token, device',
  answers: { 200: callerFacts },
};

/** Creates the route. */
export function callerRoutes(ports: ApiPorts, { http }: Pick<ApiConfig, 'http'>): ApiRoute[] {
  return [
    route('GET', '/v1/caller', CALLER, async (request) => {
      await callerOf(request, ports);
      const [forwardedFor, forwardedProto] = ['x-forwarded-for', 'x-forwarded-proto'].map((name) =>
        request.header(name).slice(0, 500),
      );
      return json({
        address: request.ip,
        peer: request.req.socket.remoteAddress ?? '',
        host: request.header('host'),
        https: http.tls !== undefined || (http.trustProxy && forwardedProto?.split(',').at(-1)?.trim() === 'https'),
        ...(forwardedFor ? { forwardedFor } : {}),
        ...(forwardedProto ? { forwardedProto } : {}),
        trustsProxy: http.trustProxy,
      } satisfies CallerFacts);
    }),
  ];
}
