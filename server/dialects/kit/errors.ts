// Maps errors to HTTP answers for the relay and every dialect. Only the body differs between them.
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

/** The part of an error that the peer may see. A bug of the relay is logged and its text is withheld. */
export function refusalOf(error: unknown, logger: Logger, facts: object): RelayError {
  if (error instanceof RelayError) return error;
  const known = diskErrorOf(error) ?? new RelayError('internal', 'internal error');
  logger.error({ err: error, ...facts }, 'request fault');
  return known;
}

/**
 * Sets the status that belongs to an error, and `Retry-After` if waiting helps.
 * @returns what the peer may see
 */
export function setRefusal(context: Context, error: unknown, logger: Logger): RelayError {
  const known = refusalOf(error, logger, { path: context.path });
  context.status = HTTP_STATUS[known.code];
  if (known.retryAfter !== undefined) context.set('retry-after', String(known.retryAfter));
  return known;
}
