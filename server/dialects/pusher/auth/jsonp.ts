// Auth endpoints as a script (JSONP). Pages of other origins used this before CORS, and old pages still do.
import { RelayError } from '../../../base/errors.ts';
import type { HttpAnswer, HttpRequest } from '../../kit/http-message.ts';
import type { Fields } from './fields.ts';

/** Matches only the callbacks that SDKs make, because the callback becomes code in the page. */
const CALLBACK = /^Pusher\.auth_callbacks\['\d{1,10}'\]$/;

/** Whether the request asks for a script. */
export function isJsonp(request: HttpRequest): boolean {
  return request.method === 'GET' && request.parameter('callback') !== undefined;
}

/** Answers with a call of the page's callback. @throws RelayError `invalid` for any other callback than an SDK's */
export async function answerScript(
  request: HttpRequest,
  answer: (fields: Fields) => Promise<object>,
): Promise<HttpAnswer> {
  const fields: Fields = (name) => request.parameter(name) ?? '';
  const callback = fields('callback');
  if (!CALLBACK.test(callback)) throw new RelayError('invalid', 'Invalid callback');
  const text = JSON.stringify(await answer(fields));
  const headers = { 'content-type': 'application/javascript', 'x-content-type-options': 'nosniff' };
  return { status: 200, headers, body: `${callback}(${text});` };
}
