// The last exit for errors over HTTP: what no dialect has answered in its own words.
import type { Context, Next } from 'koa';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { setRefusal } from '../dialects/http-refusal.ts';

/** Answers `{"error": text}`; a fault of the server is logged, and its text stays here. */
export async function answerError(context: Context, next: Next, logger: Logger): Promise<void> {
  try {
    await next();
    if (context.status === 404 && context.body === undefined) throw new RelayError('not_found', 'no such path');
  } catch (error) {
    context.body = { error: setRefusal(context, error, logger) };
  }
}
