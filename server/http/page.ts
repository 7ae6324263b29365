// The page: the files of the built PWA, with the headers that keep strangers out of it.
import { existsSync, readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join, relative, sep } from 'node:path';
import sirv from 'sirv';
import type { Route } from '../dialects/kit/route.ts';

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

/** Above what answers every other path. */
const PAGE_RANK = 1;

function setHeaders(response: ServerResponse, path: string): void {
  response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  // The names of built files hold their hashes; all others are asked for again.
  response.setHeader('cache-control', path.startsWith('/assets/') ? `public, max-age=${YEAR}, immutable` : 'no-cache');
}

/** Copies that stand beside a file, compressed. */
const COMPRESSED = /\.(?:br|gz)$/;

/**
 * The files of a folder as routes, compressed where a compressed copy lies beside them, and `index.html` at `/`.
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

/** sirv writes the answer itself, and goes by the url of the request, which may have a prefix. */
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
