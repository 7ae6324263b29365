// The routes of a dialect whose senders know only a key: each call at its original path and below the name of the dialect.
import { RelayError } from '../../base/errors.ts';
import type { Answer, HttpRequest } from './http-message.ts';
import type { Route } from './route.ts';

/** One call. */
export interface SenderCall {
  /** Its paths at the root. */
  readonly paths: readonly string[];
  /** Its paths below the prefix; by default the same. */
  readonly below?: readonly string[];
  readonly methods: readonly ('GET' | 'POST' | 'PATCH' | 'DELETE')[];
  /** Whether another dialect has the same paths: it gets the other methods. */
  readonly isShared?: boolean;
  /** See {@link Route}. Only for paths at the root. */
  readonly fast?: boolean;
  /** The rank of its paths at the root, if it goes below others. */
  readonly rank?: number;
  /** Undefined leaves the request to the next route. */
  answer(request: HttpRequest, params: readonly string[]): Answer | undefined | Promise<Answer | undefined>;
}

/** Above all routes of dialects with names in their paths. */
const RANK = 2;

/** Makes the routes. @param prefix such as `/pushover` @param limit longest body in bytes */
export function senderRoutes(prefix: string, limit: number, calls: readonly SenderCall[]): Route[] {
  return calls.flatMap(({ paths, below = paths, methods, isShared = false, fast = false, rank = RANK, answer }) => {
    const allowed: ReadonlySet<string> = new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])]);
    const route = (pattern: string, isBelow: boolean): Route => ({
      method: '*',
      pattern,
      limit,
      rank: isBelow ? RANK : rank,
      fast: fast && !isBelow,
      answer(request, params) {
        const isAllowed = allowed.has(request.method);
        if (!isAllowed && isShared && !isBelow) return undefined;
        // A GET sends, so no cache may answer it.
        request.answerHeaders['cache-control'] = 'no-store';
        if (isAllowed) return answer(request, params);
        request.answerHeaders['allow'] = [...allowed].join(', ');
        throw new RelayError('method_not_allowed', `expected ${[...allowed].join(' or ')}`);
      },
    });
    return [...paths.map((path) => route(path, false)), ...below.map((path) => route(`${prefix}${path}`, true))];
  });
}
