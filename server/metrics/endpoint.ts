// GET /metrics: who may read it. The metrics themselves load a library and live in metrics.ts.
import { readCredential } from '../access/credentials.ts';
import type { TokenGuard } from '../access/token.ts';
import type { Route } from '../dialects/kit/route.ts';
import type { Metrics } from './metrics.ts';

/** Answers a scrape. @param guard of the metrics' token; absent where anyone may read them */
export function metricsRoute(metrics: Metrics, guard: TokenGuard | undefined): Route {
  return {
    method: 'GET',
    pattern: '/metrics',
    limit: 0,
    async answer(request) {
      request.answerHeaders['cache-control'] = 'no-store';
      const shown = readCredential({ header: request.header('authorization') });
      const source = { address: request.ip, path: request.path };
      guard?.(shown, source, 'expected the token of the metrics in the authorization header');
      return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.text() };
    },
  };
}
