// The JSON body of a request to the relay's own interface.
import { RelayError } from '../base/errors.ts';
import { readObject } from '../dialects/kit/body.ts';
import type { HttpRequest } from '../dialects/kit/http-message.ts';

/** Requests of this interface are short: names, groups, a page of ids. */
export const MAX_BODY = 65_536;

/** @throws RelayError `invalid` unless the body is a JSON object, `too_large` beyond 64 KiB */
export async function readJsonBody(request: HttpRequest): Promise<Readonly<Record<string, unknown>>> {
  return readObject(await request.read());
}

/** The device that a body describes. @throws RelayError `invalid` unless `name` is text */
export function readText(body: Readonly<Record<string, unknown>>, key: string): string {
  const value = body[key];
  if (typeof value !== 'string') throw new RelayError('invalid', `${key} must be a string`);
  return value;
}
