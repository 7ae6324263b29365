// HTTP: one koa app for every dialect, health, and the page. Not here: what a request of a dialect means (dialects/).
import type { IncomingMessage, ServerResponse } from 'node:http';
import Router from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import type { Logger } from '../base/logger.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import { addressOf } from './address.ts';
import { answerError } from './errors.ts';
import { readUrl, write } from './exchange.ts';
import { addHealth, type Health } from './health.ts';
import { servePage } from './page.ts';

/** What the app needs. */
export interface AppPorts {
  /** In the order in which they are asked; one that claims `*` must be the last. */
  readonly dialects: readonly OpenDialect[];
  readonly basePath: string;
  /** Whether `X-Forwarded-For` tells who is calling. */
  readonly trustProxy: boolean;
  readonly logger: Logger;
  /** Folder of the built page. */
  readonly page: string;
  health(): Health;
  /** Answers `GET /metrics` where it is to be had on this port. */
  readonly metrics?: ((context: Context) => Promise<void>) | undefined;
}

/** The path below the prefix, or undefined outside of it. */
export function belowBase(path: string, basePath: string): string | undefined {
  if (basePath === '') return path;
  if (path === basePath) return '/';
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined;
}

/** Methods that a hot path answers; koa knows what is particular about the others. */
const DIRECT = new Set(['GET', 'POST', 'PUT']);

/** Makes the request listener of the relay. */
export function createApp(ports: AppPorts): (request: IncomingMessage, response: ServerResponse) => void {
  const app = new Koa();
  const router = new Router();
  app.silent = true;
  app.on('error', (error: unknown) => ports.logger.debug({ err: error }, 'response failed'));
  app.use((context: Context, next: Next) => answerError(context, next, ports.logger));
  app.use(async (context: Context, next: Next) => {
    const path = belowBase(context.path, ports.basePath);
    if (path === undefined) return;
    if (context.path === ports.basePath && context.method === 'GET') {
      // The page's own addresses are relative: without the slash they would miss the prefix.
      context.redirect(`${ports.basePath}/`);
      return;
    }
    context.path = path;
    context.request.ip = addressOf(context.req, ports.trustProxy);
    await next();
  });
  addHealth(router, ports.health);
  if (ports.metrics !== undefined) router.get('/metrics', ports.metrics);
  for (const { running } of ports.dialects) running.routes?.(router);
  app.use(servePage(ports.page));
  app.use(router.routes());
  const handle = app.callback();
  const hotPaths = ports.dialects.map(({ running }) => running.hotPath).filter((hotPath) => hotPath !== undefined);
  return (request, response) => {
    const { method = '' } = request;
    const url = DIRECT.has(method) ? readUrl(request.url ?? '') : undefined;
    const path = url === undefined ? undefined : belowBase(url.path, ports.basePath);
    const hotPath = path === undefined ? undefined : hotPaths.find((one) => one.takes(path));
    if (url === undefined || path === undefined || hotPath === undefined) {
      void handle(request, response);
      return;
    }
    const ip = addressOf(request, ports.trustProxy);
    const { querystring } = url;
    void hotPath
      .answer({ method, path, querystring, headers: request.headers, ip, req: request })
      .then((answer) => write(response, answer))
      .catch((error: unknown) => {
        ports.logger.error({ err: error, path }, 'request fault');
        response.destroy();
      });
  };
}
