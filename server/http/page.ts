// The page: the files of the built PWA, with the headers that keep strangers out of it.
import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Context, Next } from 'koa';
import sirv from 'sirv';

/** No script but our own files, no markup that a sender could smuggle in, no frame around it. Images come over TLS alone. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob: https:",
  "connect-src 'self' https: wss:",
  "font-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The page's own policy names one script: its service worker.
  'trusted-types dompurify herald',
].join('; ');

const YEAR = 31_536_000;

function setHeaders(response: ServerResponse, path: string): void {
  response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  // The names of built files hold their hashes; all others are asked for again.
  response.setHeader('cache-control', path.startsWith('/assets/') ? `public, max-age=${YEAR}, immutable` : 'no-cache');
}

/**
 * Serves the files of a folder to GET and HEAD, compressed where a compressed copy lies beside them, and `index.html` at
 * `/`. Any other path is the next one's.
 */
export function servePage(folder: string): (context: Context, next: Next) => Promise<void> {
  if (!existsSync(folder)) throw new Error(`the page is not built: ${folder} is missing; run npm run build`);
  const serve = sirv(folder, { etag: true, gzip: true, brotli: true, setHeaders });
  return async (context, next) => {
    let missed = context.method !== 'GET' && context.method !== 'HEAD';
    if (!missed) {
      // sirv goes by the request's own url, which still has the prefix that the app has taken off.
      const request = Object.create(context.req, { url: { value: context.path } });
      serve(request, context.res, () => {
        missed = true;
      });
    }
    if (missed) await next();
    else context.respond = false;
  };
}
