// GET /metrics: who may read it, and on which port. The metrics themselves load a library and live in metrics.ts.
import type { RequestListener } from 'node:http';
import Koa, { type Context, type Next } from 'koa';
import { readCredential } from '../access/credentials.ts';
import type { TokenGuard } from '../access/token.ts';
import type { Logger } from '../base/logger.ts';
import { answerError } from '../http/errors.ts';
import type { Metrics } from './metrics.ts';

/** Answers a scrape. @param guard of the metrics' token; absent where anyone may read them */
export function metricsRoute(metrics: Metrics, guard: TokenGuard | undefined): (context: Context) => Promise<void> {
  return async (context) => {
    context.set('cache-control', 'no-store');
    const shown = readCredential({ header: context.get('authorization') });
    guard?.(
      shown,
      { address: context.ip, path: context.path },
      'expected the token of the metrics in the authorization header',
    );
    context.body = await metrics.text();
    context.set('content-type', metrics.contentType);
  };
}

/** A listener for a port that serves only the metrics. */
export function metricsListener(route: (context: Context) => Promise<void>, logger: Logger): RequestListener {
  const app = new Koa();
  app.silent = true;
  app.use((context: Context, next: Next) => answerError(context, next, logger));
  app.use(async (context: Context, next: Next) => {
    if (context.path === '/metrics' && context.method === 'GET') await route(context);
    else await next();
  });
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}
