// Plain-text answers in the style of Go's net/http, with a newline at the end, for dialects whose originals are in Go.
import type Router from '@koa/router';
import type { Context, Next } from 'koa';
import { RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { HTTP_STATUS, setRefusal } from './errors.ts';
import { pathParameters } from './path.ts';

/** One call of an API. */
export interface TextRoute {
  readonly method: string;
  readonly path: string;
  /** @param values the parameters of the path, in their order @throws RelayError whose message becomes the answer */
  answer(context: Context, values: readonly string[]): void | Promise<void>;
}

/**
 * Adds calls. A request goes to the first that matches its path and method, so list the more exact ones first: a name in a
 * path may be any text, also one that is part of another call's path. Without a match it is a 404, or a 405 without text.
 * @param headers set on all answers
 */
export function addTextRoutes(
  router: Router,
  routes: readonly TextRoute[],
  logger: Logger,
  headers: Readonly<Record<string, string>> = {},
): void {
  const answering = (context: Context, answer: Next) => {
    context.set(headers);
    return withTextErrors(context, answer, logger);
  };
  for (const { method, path, answer } of routes) {
    router.all(path, (context, next) => {
      const values = context.method === method ? pathParameters(path, context.path) : undefined;
      return values === undefined ? next() : answering(context, async () => answer(context, values));
    });
  }
  for (const { path } of routes) {
    router.all(path, (context) => answering(context, async () => refuseMethod(context, routes)));
  }
}

function refuseMethod(context: Context, routes: readonly TextRoute[]): void {
  const methods = routes.filter(({ path }) => pathParameters(path, context.path)).map(({ method }) => method);
  if (methods.length === 0) throw new RelayError('not_found', '404 page not found');
  context.status = HTTP_STATUS.method_not_allowed;
  context.set('allow', methods.join(', '));
  context.body = '';
}

/** Every error leaves here, as text. */
async function withTextErrors(context: Context, next: Next, logger: Logger): Promise<void> {
  context.set('cache-control', 'no-store');
  context.set('x-content-type-options', 'nosniff');
  try {
    await next();
  } catch (error) {
    context.body = `${setRefusal(context, error, logger).message}\n`;
  }
}
