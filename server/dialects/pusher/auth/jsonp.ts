// Auth endpoints as a script (JSONP): how pages of other origins asked before CORS, and old ones still do.
import type { Context } from 'koa';
import { RelayError } from '../../../base/errors.ts';
import type { Fields } from './fields.ts';

/** Only callbacks that the SDK makes, because the callback becomes code in the page. */
const CALLBACK = /^Pusher\.auth_callbacks\['\d{1,10}'\]$/;

/** Whether the request asks for a script. */
export function isJsonp(context: Context): boolean {
  return context.method === 'GET' && 'callback' in context.query;
}

/** Answers with a call of the page's callback. @throws RelayError `invalid` for any other callback than an SDK's */
export async function answerScript(context: Context, answer: (fields: Fields) => Promise<object>): Promise<void> {
  const query = new URLSearchParams(context.querystring);
  const fields: Fields = (name) => query.get(name) ?? '';
  const callback = fields('callback');
  if (!CALLBACK.test(callback)) throw new RelayError('invalid', 'Invalid callback');
  const text = JSON.stringify(await answer(fields));
  context.set('content-type', 'application/javascript');
  context.set('x-content-type-options', 'nosniff');
  context.body = `${callback}(${text});`;
}
