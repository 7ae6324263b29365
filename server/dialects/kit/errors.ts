// From errors to HTTP answers, once for the relay and every dialect. Only the form of the body is each one's own.
import type { Context } from 'koa';
import { diskErrorOf } from '../../base/disk-error.ts';
import { type ErrorCode, RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';

/** The status of every error code. A new code does not compile until it has one. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  revoked: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  too_large: 413,
  unsupported_type: 415,
  too_many: 429,
  internal: 500,
  unavailable: 503,
};

/** What the peer may know of an error. A fault of the relay is logged, and its own text stays here. */
export function refusalOf(error: unknown, logger: Logger, facts: object): RelayError {
  if (error instanceof RelayError) return error;
  const known = diskErrorOf(error) ?? new RelayError('internal', 'internal error');
  logger.error({ err: error, ...facts }, 'request fault');
  return known;
}

/**
 * Gives the answer the status of what went wrong, and `Retry-After` where waiting helps.
 * @returns what the peer may know
 */
export function setRefusal(context: Context, error: unknown, logger: Logger): RelayError {
  const known = refusalOf(error, logger, { path: context.path });
  context.status = HTTP_STATUS[known.code];
  if (known.retryAfter !== undefined) context.set('retry-after', String(known.retryAfter));
  return known;
}
