// Answers as Go's net/http gives them, for dialects whose originals are written in Go: plain text, a newline at the end.
import type Router from '@koa/router';
import type { Context, Next } from 'koa';
import { RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { HTTP_STATUS, setRefusal } from './errors.ts';
import { pathParameters } from './path.ts';

/** One call: its method, its path, and what answers it. */
export interface TextRoute {
  readonly method: string;
  readonly path: string;
  /** @param values the parameters of the path, in their order @throws RelayError whose text is the answer */
  answer(context: Context, values: readonly string[]): void | Promise<void>;
}

/**
 * Adds calls, the more exact first. A request goes to the first that has its path and its method: names in paths are
 * chosen freely, and may make one path of two. Without any it is a 404, or a 405 that has no text.
 * @param headers of all answers
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

/** The one exit for errors: their text. */
async function withTextErrors(context: Context, next: Next, logger: Logger): Promise<void> {
  context.set('cache-control', 'no-store');
  context.set('x-content-type-options', 'nosniff');
  try {
    await next();
  } catch (error) {
    context.body = `${setRefusal(context, error, logger).message}\n`;
  }
}
