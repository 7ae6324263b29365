// Serves the page: the files of the built PWA, with headers that keep foreign code out.
import { existsSync, readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join, relative, sep } from 'node:path';
import sirv from 'sirv';
import type { Route } from '../dialects/kit/route.ts';

/** Only our own scripts, no inline markup from senders, no frames, images only over TLS. */
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
  // The policy `herald` creates the URL of one script, the service worker.
  'trusted-types dompurify herald',
].join('; ');

const YEAR = 31_536_000;

/** Higher than the rank of routes such as `/:name`, so that files win. */
const PAGE_RANK = 1;

function setHeaders(response: ServerResponse, path: string): void {
  response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  // sirv knows no type for it.
  if (path.endsWith('.sh')) response.setHeader('content-type', 'text/x-shellscript; charset=utf-8');
  // Built files have a hash in their names and never change. All others may change.
  response.setHeader('cache-control', path.startsWith('/assets/') ? `public, max-age=${YEAR}, immutable` : 'no-cache');
}

/** Compressed copies, which sirv picks by itself. */
const COMPRESSED = /\.(?:br|gz)$/;

/**
 * A route for each file of a folder, and for `index.html` at `/`. sirv sends a compressed copy if there is one.
 * @throws Error when the page is not built
 */
export function pageRoutes(folder: string): Route[] {
  if (!existsSync(folder)) throw new Error(`the page is not built: ${folder} is missing; run npm run build`);
  const serve = sirv(folder, { etag: true, gzip: true, brotli: true, setHeaders });
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !COMPRESSED.test(entry.name))
    .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')}`);
  return ['/', ...files].map((pattern) => ({
    method: 'GET',
    pattern,
    limit: 0,
    rank: PAGE_RANK,
    answer: written(serve),
  }));
}

/** sirv writes the answer itself. It reads the URL of the request, so the prefix is removed from the URL meanwhile. */
function written(serve: ReturnType<typeof sirv>): Route['answer'] {
  return ({ req, path }) => ({
    write(response) {
      const { url } = req;
      req.url = path;
      serve(req, response, () => void response.writeHead(404).end());
      if (url !== undefined) req.url = url;
    },
  });
}
