// Reads requests that do not go through koa, and writes every answer, as koa would.
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { type Answer, isStream } from '../dialects/kit/http-message.ts';

/** Characters that are not printable ASCII, and `#`. koa reads such urls in its own way. */
const ODD = /[^\x21\x22\x24-\x7e]/;

/** Path and query of a url. Undefined for one that koa has to read, such as one in absolute form. */
export function readUrl(url: string): { readonly path: string; readonly querystring: string } | undefined {
  if (!url.startsWith('/') || ODD.test(url)) return undefined;
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, querystring: '' } : { path: url.slice(0, mark), querystring: url.slice(mark + 1) };
}

/** Writes an answer, unless the peer is gone. @param more headers beside those of the answer */
export function write(response: ServerResponse, answer: Answer, more: Readonly<Record<string, string>> = {}): void {
  if ('write' in answer) {
    for (const [name, value] of Object.entries(more)) response.setHeader(name, value);
    answer.write(response);
    return;
  }
  if (response.destroyed) {
    if (isStream(answer)) answer.body.destroy();
    return;
  }
  response.statusCode = answer.status;
  for (const name in more) response.setHeader(name, more[name] ?? '');
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  if (answer.status === 204 || answer.status === 304) {
    response.removeHeader('content-type');
    response.end();
    return;
  }
  const isHead = response.req.method === 'HEAD';
  if (isStream(answer)) {
    if (isHead) {
      answer.body.destroy();
      response.end();
      return;
    }
    // If the stream fails, the connection is cut off, so that the peer does not take a part for the whole.
    pipeline(answer.body, response, () => {});
    return;
  }
  response.setHeader('Content-Length', Buffer.byteLength(answer.body));
  response.end(isHead ? undefined : answer.body);
}
