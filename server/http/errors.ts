// The last exit for errors over HTTP: what no dialect has answered in its own words.
import type { Context, Next } from 'koa';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { setRefusal } from '../dialects/kit/errors.ts';

/** Answers `{"error": text, "code": code}`. A bug of the relay is logged, and its text is not shown. */
export async function answerError(context: Context, next: Next, logger: Logger): Promise<void> {
  try {
    await next();
    if (context.status === 404 && context.body === undefined) throw new RelayError('not_found', 'no such path');
  } catch (error) {
    const { message, code } = setRefusal(context, error, logger);
    context.body = { error: message, code };
  }
}
