// Answers as Go's net/http gives them, for dialects whose originals are written in Go: plain text, a newline at the end.
import type { Context, Next } from 'koa';
import { RelayError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { HTTP_STATUS } from './http-status.ts';

/** The one exit for errors: their text. */
export async function withTextErrors(context: Context, next: Next, logger: Logger): Promise<void> {
  context.set('cache-control', 'no-store');
  context.set('x-content-type-options', 'nosniff');
  try {
    await next();
  } catch (error) {
    const known = error instanceof RelayError ? error : new RelayError('internal', 'internal error');
    if (known !== error) logger.error({ err: error, path: context.path }, 'request fault');
    context.status = HTTP_STATUS[known.code];
    if (known.retryAfter !== undefined) context.set('retry-after', String(known.retryAfter));
    context.body = `${known.message}\n`;
  }
}

/** Refuses every method but one, without a text. True when the method is the right one. */
export function isMethod(context: Context, method: string): boolean {
  if (context.method === method) return true;
  context.status = HTTP_STATUS.method_not_allowed;
  context.set('allow', method);
  context.body = '';
  return false;
}
