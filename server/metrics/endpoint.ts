// GET /metrics: who may read it, and on which port. The metrics themselves load a library and live in metrics.ts.
import type { RequestListener } from 'node:http';
import Koa, { type Context, type Next } from 'koa';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { answerError } from '../http/errors.ts';
import type { Metrics } from './metrics.ts';

/** Answers a scrape. @param authorized decides by the Authorization header */
export function metricsRoute(
  metrics: Metrics,
  authorized: (header: string) => boolean,
): (context: Context) => Promise<void> {
  return async (context) => {
    context.set('cache-control', 'no-store');
    if (!authorized(context.get('authorization'))) {
      throw new RelayError('unauthorized', 'expected the token of the metrics in the authorization header');
    }
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
