// The part of an HTTP error that is alike in every dialect; its body is each one's own.
import type { Context } from 'koa';
import { RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { HTTP_STATUS } from './http-status.ts';

/**
 * Gives the answer the status of what went wrong, and `Retry-After` where waiting helps.
 * @returns what the peer may know; a fault of the relay is logged, and its own text stays here
 */
export function setRefusal(context: Context, error: unknown, logger: Logger): RelayError {
  const known = error instanceof RelayError ? error : new RelayError('internal', 'internal error');
  if (known !== error) logger.error({ err: error, path: context.path }, 'request fault');
  context.status = HTTP_STATUS[known.code];
  if (known.retryAfter !== undefined) context.set('retry-after', String(known.retryAfter));
  return known;
}
