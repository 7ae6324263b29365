// Requests that koa never sees: how their url is read and how their answer is written, as koa would do both.
import type { ServerResponse } from 'node:http';
import type { HttpAnswer } from '../dialects/kit/http-message.ts';

/** Anything but printable ASCII, and a fragment, which no client should send: koa reads those in another way. */
const ODD = /[^\x21\x22\x24-\x7e]/;

/** Path and query of a url; undefined for one that is left to koa, such as one in absolute form. */
export function readUrl(url: string): { readonly path: string; readonly querystring: string } | undefined {
  if (!url.startsWith('/') || ODD.test(url)) return undefined;
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, querystring: '' } : { path: url.slice(0, mark), querystring: url.slice(mark + 1) };
}

/** Writes an answer. Nothing happens when the peer is gone. */
export function write(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  if (response.destroyed) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}
