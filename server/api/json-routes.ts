// Routes of the relay's own interface, whose bodies are short JSON.
import { RelayError } from '../base/errors.ts';
import { readObject } from '../dialects/kit/body.ts';
import type { HttpRequest } from '../dialects/kit/http-message.ts';
import type { Route } from '../dialects/kit/route.ts';

/** Requests of this interface are short: names, groups, a page of ids. */
const MAX_BODY = 65_536;

/** Makes a route. */
export function route(method: Route['method'], pattern: string, answer: Route['answer']): Route {
  return { method, pattern, limit: MAX_BODY, answer };
}

/** @throws RelayError `invalid` unless the body is a JSON object, `too_large` beyond 64 KiB */
export async function readJsonBody(request: HttpRequest): Promise<Readonly<Record<string, unknown>>> {
  return readObject(await request.read());
}

/** A field of a body that has to be text. @throws RelayError `invalid` if it is not */
export function readText(body: Readonly<Record<string, unknown>>, key: string): string {
  const value = body[key];
  if (typeof value !== 'string') throw new RelayError('invalid', `${key} must be a string`);
  return value;
}
