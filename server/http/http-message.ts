// Reads the URLs of requests that bypass koa, and writes every answer. Both behave like koa.
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { type Answer, isStream, type StreamAnswer } from '../dialects/kit/http-message.ts';

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
    setHeaders(response, more);
    answer.write(response);
  } else if (isStream(answer)) {
    stream(response, answer, more);
  } else if (!response.destroyed) {
    const { status, body } = answer;
    // All headers at once, because node:http keeps each one that is set by itself. V8 copies an object faster than it spreads two.
    const headers: Record<string, string | number> = Object.assign({}, more, answer.headers);
    if (isEmpty(status)) delete headers['content-type'];
    else headers['Content-Length'] = Buffer.byteLength(body);
    response.writeHead(status, headers);
    response.end(isEmpty(status) || response.req.method === 'HEAD' ? undefined : body);
  }
}

/** Whether answers of this status never have a body. */
function isEmpty(status: number): boolean {
  return status === 204 || status === 304;
}

function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function stream(
  response: ServerResponse,
  { status, headers, body }: StreamAnswer,
  more: Readonly<Record<string, string>>,
): void {
  if (response.destroyed) {
    body.destroy();
    return;
  }
  response.statusCode = status;
  setHeaders(response, { ...more, ...headers });
  if (isEmpty(status)) response.removeHeader('content-type');
  if (isEmpty(status) || response.req.method === 'HEAD') {
    body.destroy();
    response.end();
    return;
  }
  // If the stream fails, pipeline cuts the connection off, so that the peer does not mistake a part for the whole.
  pipeline(body, response, () => {});
}
