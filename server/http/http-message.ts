// Reads the URLs of requests that bypass koa, and writes every answer. Both behave like koa.
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { type Answer, isStream } from '../dialects/kit/http-message.ts';

/** Matches `#` and everything but printable ASCII. URLs with such characters are left to koa. */
const ODD = /[^\x21\x22\x24-\x7e]/;

/** The path and the query of a URL. Undefined for a URL that koa has to read, such as one in absolute form. */
export function readUrl(url: string): { readonly path: string; readonly querystring: string } | undefined {
  if (!url.startsWith('/') || ODD.test(url)) return undefined;
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, querystring: '' } : { path: url.slice(0, mark), querystring: url.slice(mark + 1) };
}

/** Writes an answer, unless the peer is gone. @param more headers to add; those of the answer win */
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
    // If the stream fails, pipeline cuts the connection off, so that the peer does not mistake a part for the whole.
    pipeline(answer.body, response, () => {});
    return;
  }
  response.setHeader('Content-Length', Buffer.byteLength(answer.body));
  response.end(isHead ? undefined : answer.body);
}
