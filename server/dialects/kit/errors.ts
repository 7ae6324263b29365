// Maps errors to HTTP answers, for the relay and for every dialect. Each dialect formats its own body.
import { diskErrorOf } from '../../base/disk-error.ts';
import { type ErrorCode, RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { type HttpAnswer, json } from './http-message.ts';

/** The status of every error code. A new code does not compile until it has one. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  revoked: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  conflict: 409,
  gone: 410,
  too_large: 413,
  unsupported_type: 415,
  too_many: 429,
  internal: 500,
  unavailable: 503,
};

/** The error that the peer may see. A fault of the relay itself is logged, and the peer does not get its text. */
export function refusalOf(error: unknown, logger: Logger, facts: object): RelayError {
  if (error instanceof RelayError) return error;
  const known = diskErrorOf(error) ?? new RelayError('internal', 'internal error');
  logger.error({ err: error, ...facts }, 'request fault');
  return known;
}

/** The status of a refusal, and `Retry-After` if waiting helps. */
export function refusalHead({ code, retryAfter }: RelayError): Pick<HttpAnswer, 'status' | 'headers'> {
  return { status: HTTP_STATUS[code], headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) } };
}

/** The body of a refusal in Herald's own form. */
export interface Refusal {
  readonly error: string;
  readonly code: ErrorCode;
}

/** The answer to an error in Herald's own form. */
export function failAsJson(error: RelayError): HttpAnswer {
  const { status, headers } = refusalHead(error);
  return json({ error: error.message, code: error.code } satisfies Refusal, status, headers);
}
