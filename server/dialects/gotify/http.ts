// The paths of Gotify: below the root, and below /gotify.
import type { Answer, HttpRequest } from '../kit/http-message.ts';
import type { Route } from '../kit/route.ts';
import { callerOf } from './caller.ts';
import { errorAnswer } from './errors.ts';
import type { Numbers } from './numbers.ts';
import { createOriginCheck, FOREIGN, PREFLIGHT } from './origin.ts';
import type { GotifyPorts, GotifySections } from './ports.ts';
import { createSending } from './send.ts';

/** The form of paths that no other dialect can have. */
const PREFIX = '/gotify';
/** Above the routes of dialects with any names as the first part of their paths. */
const RANK = 1;

/** One call. */
interface Call {
  readonly method: Route['method'];
  readonly path: string;
  /** Longest body, in bytes; by default there is none. */
  readonly limit?: number;
  answer(request: HttpRequest, params: readonly string[]): Answer | Promise<Answer>;
}

/** Creates the routes. */
export function gotifyRoutes(ports: GotifyPorts, config: GotifySections, numbers: Numbers): Route[] {
  const { maxBody } = config.http;
  const isForeign = createOriginCheck(ports, config);
  const send = createSending(ports, config, numbers);

  const calls: readonly Call[] = [
    {
      method: 'POST',
      path: '/message',
      limit: maxBody,
      answer: async (request) => send(request, await callerOf(request, ports)),
    },
  ];

  /** Pages of other sites get nothing, whatever they show. */
  function guarded(answer: Call['answer']): Route['answer'] {
    return (request, params) => {
      request.answerHeaders['cache-control'] = 'no-store';
      if (isForeign(request.headers)) return FOREIGN;
      if (config.http.cors) request.answerHeaders['access-control-allow-origin'] = '*';
      return answer(request, params);
    };
  }

  const known = calls.map((call) => ({ ...call, answer: guarded(call.answer) }));
  const missing = [...new Set(calls.map(({ path }) => path))].map((path) => ({
    method: '*' as const,
    path,
    limit: 0,
    answer: guarded(({ method }) =>
      method === 'OPTIONS' && config.http.cors ? PREFLIGHT : errorAnswer(404, 'page not found'),
    ),
  }));
  const all = [...known, ...missing];
  // Senders join an address that ends with a slash and a path that begins with one.
  return ['', '/', PREFIX, `${PREFIX}/`].flatMap((base) =>
    all.map(({ method, path, limit = 0, answer }): Route => {
      return { method, pattern: `${base}${path}`, limit, rank: RANK, answer };
    }),
  );
}
