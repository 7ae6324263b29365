// Shorthand for the routes of the relay's own interface.
import type { Route } from '../dialects/kit/route.ts';
import { MAX_BODY } from './json-body.ts';

/** A route whose body is short JSON. */
export function route(method: Route['method'], pattern: string, answer: Route['answer']): Route {
  return { method, pattern, limit: MAX_BODY, answer };
}
