// Helpers for the routes of the relay's own interface, whose bodies are short JSON.
import { z } from 'zod';
import { RelayError } from '../base/errors.ts';
import { readObject } from '../dialects/kit/body.ts';
import type { HttpRequest } from '../dialects/kit/http-message.ts';
import { type ApiRoute, bodyRead, type RouteSpec } from './route-spec.ts';

/** Longest body, in bytes. Requests are short: names, groups, a page of ids. */
const MAX_BODY = 65_536;

/** Makes a route with that limit. */
export function route(
  method: ApiRoute['method'],
  pattern: string,
  spec: RouteSpec,
  answer: ApiRoute['answer'],
): ApiRoute {
  return { method, pattern, limit: MAX_BODY, spec, answer };
}

/** The JSON object in the body; an empty body has no fields. @throws RelayError `invalid` for any other body, `too_large` beyond 64 KiB */
export async function readJsonBody(request: HttpRequest): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await request.read();
  const body = bytes.length === 0 ? {} : readObject(bytes);
  if (bodyRead.hasSubscribers) bodyRead.publish({ request, body });
  return body;
}

/** A body of that shape. @throws RelayError `invalid` with every problem, and none of the values */
export function readShape<T>(schema: z.ZodType<T>, body: unknown): T {
  const { data, error } = schema.safeParse(body);
  if (error === undefined) return data as T;
  const problems = error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter((part) => part !== '').join(': '),
  );
  throw new RelayError('invalid', problems.join('; '));
}

/** A field of a body that must be text. @throws RelayError `invalid` if it is not */
export function readText(body: Readonly<Record<string, unknown>>, key: string): string {
  const value = body[key];
  if (typeof value !== 'string') throw new RelayError('invalid', `${key} must be a string`);
  return value;
}

/** The schema of a whole number in the query. */
export function wholeNumber(min: number, max: number) {
  const text = `expected a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, text)
    .transform(Number)
    .pipe(z.number().min(min, text).max(max, text));
}

/** A whole number in the query. @throws RelayError `invalid` for anything else, or above `max` */
export function readNumber(request: HttpRequest, key: string, preset: number, max: number): number {
  const text = request.parameter(key);
  if (text === undefined) return preset;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw new RelayError('invalid', `${key} must be a whole number from 0 to ${max}`);
  return value;
}

/** Whether a parameter of the query is `1`. @throws RelayError `invalid` unless it is 0, 1 or absent */
export function readFlag(request: HttpRequest, key: string): boolean {
  const value = request.parameter(key);
  if (value !== undefined && value !== '0' && value !== '1') throw new RelayError('invalid', `${key} must be 0 or 1`);
  return value === '1';
}
