// GET /metrics, and the check of its token. The metrics are in metrics.ts, which loads a library.
import { readCredential } from '../access/credentials.ts';
import type { TokenGuard } from '../access/token.ts';
import { sourceOf } from '../dialects/kit/caller.ts';
import type { Route } from '../dialects/kit/route.ts';
import type { Metrics } from './metrics.ts';

/** Answers a scrape. @param guard checks the token of the metrics; undefined when anyone may read them */
export function metricsRoute(metrics: Metrics, guard: TokenGuard | undefined): Route {
  return {
    method: 'GET',
    pattern: '/metrics',
    limit: 0,
    async answer(request) {
      request.answerHeaders['cache-control'] = 'no-store';
      const shown = readCredential(request.headers)?.text;
      guard?.(shown, sourceOf(request, 'metrics'), 'expected the token of the metrics in the authorization header');
      return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.text() };
    },
  };
}
