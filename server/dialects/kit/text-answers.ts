// Plain-text answers in the style of Go's net/http, with a newline at the end, for dialects whose originals are in Go.
import { RelayError } from '../../base/errors.ts';
import { HTTP_STATUS, refusalHead } from './errors.ts';
import type { HttpAnswer, HttpRequest } from './http-message.ts';
import { pathParameters } from './path.ts';
import type { Route } from './route.ts';

/** One call of an API. */
export interface TextRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Longest body, in bytes. */
  readonly limit: number;
  /** See {@link Route}. */
  readonly rank?: number;
  /** @param values the parameters of the path, in their order @throws RelayError whose text is the answer */
  answer(request: HttpRequest, values: readonly string[]): HttpAnswer | Promise<HttpAnswer>;
}

/** The content type of a text answer. */
export const TEXT = 'text/plain; charset=utf-8';

/**
 * Turns calls into routes. A request goes to the first call that matches its path and method. List the more exact calls first,
 * because a parameter matches any text, even a fixed part of another call's path. Without a match the answer is 404, or 405
 * with an empty body.
 * @param headers set on all answers
 */
export function textRoutes(routes: readonly TextRoute[], headers: Readonly<Record<string, string>> = {}): Route[] {
  const own = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers };
  const calls = routes.map(({ method, path, limit, rank = 0, answer }): Route => {
    return {
      method,
      pattern: path,
      limit,
      rank,
      answer(request) {
        Object.assign(request.answerHeaders, own);
        // Go matches paths exactly, and a GET call does not answer HEAD.
        const values = request.method === method ? pathParameters(path, request.path) : undefined;
        return values === undefined ? refuseMethod(request.path, routes) : answer(request, values);
      },
    };
  });
  const others = routes.map(({ path, rank = 0 }): Route => {
    return {
      method: '*',
      pattern: path,
      limit: 0,
      rank,
      answer(request) {
        Object.assign(request.answerHeaders, own);
        return refuseMethod(request.path, routes);
      },
    };
  });
  return [...calls, ...others];
}

function refuseMethod(path: string, routes: readonly TextRoute[]): HttpAnswer {
  const methods = routes.filter((route) => pathParameters(route.path, path)).map(({ method }) => method);
  if (methods.length === 0) throw new RelayError('not_found', '404 page not found');
  return {
    status: HTTP_STATUS.method_not_allowed,
    headers: { allow: methods.join(', '), 'content-type': TEXT },
    body: '',
  };
}

/** The answer to an error: its text, on one line. */
export function failAsText(error: RelayError): HttpAnswer {
  const { status, headers } = refusalHead(error);
  return { status, headers: { 'content-type': TEXT, ...headers }, body: `${error.message}\n` };
}
