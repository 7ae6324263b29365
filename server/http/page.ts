// Serves the page and the documentation: built files, with headers that keep foreign code out.
import { existsSync, readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join, relative, sep } from 'node:path';
import sirv from 'sirv';
import { htmlPage, PAGE_HEADERS } from '../dialects/kit/html.ts';
import type { HttpAnswer } from '../dialects/kit/http-message.ts';
import type { Route } from '../dialects/kit/route.ts';

/**
 * Only our own scripts, no inline markup from senders, no frames, images only over TLS.
 * @param policies the policies that may make trusted types
 */
const contentSecurityPolicy = (policies: string) =>
  [
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
    `trusted-types ${policies}`,
  ].join('; ');

/** The policy `herald` creates the URL of one script, the service worker. */
const PAGE_POLICY = contentSecurityPolicy('dompurify herald');
/** Vue writes its templates, which are part of its scripts. */
const DOCS_POLICY = contentSecurityPolicy('vue');

const YEAR = 31_536_000;

/** The one script of the documentation whose name has no hash (docs/.vitepress/finish.ts). */
const FIRST_SCRIPT = '/assets/first.js';

/** Higher than the rank of routes such as `/:name`, so that files win. */
const PAGE_RANK = 1;

function setHeaders(response: ServerResponse, path: string, policy: string): void {
  response.setHeader('content-security-policy', policy);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  // sirv knows no type for it.
  if (path.endsWith('.sh')) response.setHeader('content-type', 'text/x-shellscript; charset=utf-8');
  // Built files have a hash in their names and never change. All others may change.
  const isHashed = path.startsWith('/assets/') && path !== FIRST_SCRIPT;
  response.setHeader('cache-control', isHashed ? `public, max-age=${YEAR}, immutable` : 'no-cache');
}

type Answer = Route['answer'];

/** Compressed copies, which sirv picks by itself. */
const COMPRESSED = /\.(?:br|gz)$/;

/**
 * A route for each file of a folder, and for `index.html` at `/`. sirv sends a compressed copy if there is one.
 * @throws Error when the page is not built
 */
export function pageRoutes(folder: string): Route[] {
  if (!existsSync(folder)) throw new Error(`the page is not built: ${folder} is missing; run npm run build`);
  const serve = serveFiles(folder, PAGE_POLICY);
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

const serveFiles = (folder: string, policy: string) =>
  sirv(folder, {
    etag: true,
    gzip: true,
    brotli: true,
    setHeaders: (response, path) => setHeaders(response, path, policy),
  });

/**
 * sirv writes the answer itself. It reads the URL of the request, so the prefix is removed from the URL meanwhile.
 * @param orElse answers if there is no such file
 */
function written(
  serve: ReturnType<typeof sirv>,
  prefix = '',
  orElse: (response: ServerResponse) => void = (response) => void response.writeHead(404).end(),
): Answer {
  return ({ req, path }) => ({
    write(response) {
      const { url } = req;
      req.url = path.slice(prefix.length);
      serve(req, response, () => orElse(response));
      if (url !== undefined) req.url = url;
    },
  });
}

const DOCS = '/docs';
/** Folders of the site, one for each language. Their pages name what they load relative to themselves. */
const DOCS_FOLDERS = [DOCS, `${DOCS}/zh`];

/** Where a page of the documentation is, if the address has a slash too many or too few: a relative address. */
function moved(path: string): string | undefined {
  const last = path.slice(path.lastIndexOf('/', path.length - 2) + 1);
  if (DOCS_FOLDERS.includes(path)) return `${last}/`;
  const isPage = path.endsWith('/') && !DOCS_FOLDERS.includes(path.slice(0, -1));
  return isPage ? `../${last.slice(0, -1)}` : undefined;
}

/** The answer for a page that does not exist. The link leads to the list of all pages, from any depth. */
function noSuchPage(path: string): HttpAnswer {
  const root = '../'.repeat(path.split('/').length - 3) || './';
  return {
    status: 404,
    headers: PAGE_HEADERS,
    body: htmlPage('There is no such page', `<p><a href="${root}">All pages</a></p>`),
  };
}

const NOT_BUILT: HttpAnswer = {
  status: 503,
  headers: { ...PAGE_HEADERS, 'retry-after': '20' },
  body: htmlPage('The documentation is being built', '<p>Try again in a minute. If it stays away: npm run build</p>'),
};

/**
 * The documentation at `/docs`. It may be missing at first, because `npm start` builds it beside the relay.
 * @param folder the built site
 */
export function docsRoute(folder: string): Route {
  let serve: ReturnType<typeof sirv> | undefined;
  return {
    method: 'GET',
    pattern: `${DOCS}/*`,
    limit: 0,
    rank: PAGE_RANK,
    answer(request, params) {
      const { path } = request;
      if (serve === undefined && existsSync(folder)) serve = serveFiles(folder, DOCS_POLICY);
      if (serve === undefined) return NOT_BUILT;
      const location = moved(path);
      if (location !== undefined) return { status: 302, headers: { location }, body: '' };
      const { status, headers, body } = noSuchPage(path);
      const answer = written(serve, DOCS, (response) => void response.writeHead(status, headers).end(body));
      return answer(request, params);
    },
  };
}
