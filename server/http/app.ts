// HTTP: one table of routes for the whole relay. Routes with `fast` are answered in front of koa, all others by koa.
import type { IncomingMessage, ServerResponse } from 'node:http';
import Router from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { discardRest } from '../dialects/kit/body.ts';
import { failAsJson, refusalOf } from '../dialects/kit/errors.ts';
import { type Answer, HttpRequest, type RequestParts } from '../dialects/kit/http-message.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import {
  createRouteTable,
  indexRoutes,
  type Route,
  type RouteOwner,
  readParams,
  type TableEntry,
} from '../dialects/kit/route.ts';
import { addressOf } from './address.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { readUrl, write } from './http-message.ts';
import { pageRoutes } from './page.ts';

/** What the app needs. */
export interface AppPorts {
  /** All owners of routes. */
  readonly owners: readonly RouteOwner[];
  readonly basePath: string;
  /** Whether to take the caller's address from `X-Forwarded-For`. */
  readonly trustProxy: boolean;
  readonly logger: Logger;
}

/** An owner that answers its errors as `{"error", "code"}`. */
export function ownerOf(name: string, routes: readonly Route[]): RouteOwner {
  return { name, routes, fail: failAsJson };
}

/** A dialect as the owner of its routes. */
export function ownerOfDialect({ name, paths, running }: OpenDialect): RouteOwner {
  const fail = running.fail === undefined ? failAsJson : running.fail.bind(running);
  return { name, routes: running.routes ?? [], fail, remedy: paths.remedy };
}

/** The routes of the relay itself. @param page folder of the built page @param more files of messages, the documentation */
export function ownRoutes(health: () => Readiness, page: string, more: readonly Route[] = []): RouteOwner {
  return ownerOf('herald', [...healthRoutes(health), ...more, ...pageRoutes(page)]);
}

/** The path below the prefix. Undefined for a path outside of it. */
export function belowBase(path: string, basePath: string): string | undefined {
  if (basePath === '') return path;
  if (path === basePath) return '/';
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined;
}

/** Methods that can be answered in front of koa. The others have rules that koa implements. */
const DIRECT = new Set(['GET', 'POST', 'PUT']);

/**
 * Makes the request listener of the relay.
 * @throws RelayError `invalid` when two owners claim the same path and no rank decides
 */
export function createApp(ports: AppPorts): (request: IncomingMessage, response: ServerResponse) => void {
  const { basePath, trustProxy, logger } = ports;
  const table = createRouteTable(ports.owners);
  const entriesFor = indexRoutes(table);
  const handle = koaApp(ports, table).callback();

  return (req, response) => {
    const { method = '' } = req;
    const url = DIRECT.has(method) ? readUrl(req.url ?? '') : undefined;
    const path = url === undefined ? undefined : belowBase(url.path, basePath);
    if (url !== undefined && path !== undefined) {
      const entries = entriesFor(path);
      const first = entries.findIndex((entry) => takes(entry, method) && entry.regexp.test(path));
      if (entries[first]?.route.fast === true) {
        const { querystring } = url;
        const parts = { method, path, querystring, ip: addressOf(req, trustProxy), req };
        void answerDirectly(entries, first, parts, response, logger);
        return;
      }
    }
    void handle(req, response);
  };
}

function takes({ route }: TableEntry, method: string): boolean {
  return route.method === '*' || route.method === method;
}

/** The answer where no route has any. */
const nowhere = () => failAsJson(new RelayError('not_found', 'no such path'));

/** Asks the routes without koa, from an index on, until one answers. */
async function answerDirectly(
  entries: readonly TableEntry[],
  first: number,
  parts: RequestParts,
  response: ServerResponse,
  logger: Logger,
): Promise<void> {
  let path = '';
  try {
    for (let index = first; index < entries.length; index += 1) {
      const entry = entries[index];
      if (entry === undefined || !takes(entry, parts.method)) continue;
      const params = readParams(entry.regexp, parts.path);
      if (params === undefined) continue;
      path = entry.route.pattern;
      const request = new HttpRequest(parts, entry.route.limit);
      const answer = await perform(entry, request, params, logger);
      if (answer === undefined) continue;
      write(response, answer, request.answerHeaders);
      return;
    }
    write(response, nowhere());
  } catch (error) {
    logger.error({ err: error, path }, 'request fault');
    response.destroy();
  }
}

/** Calls a route. The owner of the route answers its errors. */
function perform(
  { route, owner }: TableEntry,
  request: HttpRequest,
  params: readonly string[],
  logger: Logger,
): Answer | undefined | Promise<Answer | undefined> {
  // The log has the pattern of the path, because the path itself may be a credential, such as that of a question.
  const refuse = (error: unknown) => {
    // Who looked at a body that is too long has left it to others, and now nobody reads it.
    discardRest(request.req);
    return owner.fail(refusalOf(error, logger, { path: route.pattern }), request);
  };
  try {
    const answer = route.answer(request, params);
    return answer instanceof Promise ? answer.catch(refuse) : answer;
  } catch (error) {
    return refuse(error);
  }
}

/** The method of koa's router for each method of a route. The router's `get` also takes HEAD. */
const VERBS = { '*': 'all', GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

function koaApp({ basePath, trustProxy, logger }: AppPorts, table: readonly TableEntry[]): Koa {
  const app = new Koa();
  const router = new Router();
  app.silent = true;
  app.on('error', (error: unknown) => logger.debug({ err: error }, 'response failed'));
  app.use(async (context: Context, next: Next) => {
    const path = belowBase(context.path, basePath);
    if (context.path === basePath && context.method === 'GET' && basePath !== '') {
      // The page uses relative URLs. Without the slash at the end they would lose the prefix.
      context.redirect(`${basePath}/`);
      return;
    }
    if (path !== undefined) {
      context.path = path;
      await next();
      if (context.respond === false) return;
    }
    reply(context, nowhere());
  });
  for (const entry of table) {
    const answer = async (context: Context, next: Next) => {
      const params = readParams(entry.regexp, context.path);
      if (params === undefined) return next();
      const { path, querystring, req } = context;
      const parts = { method: context.method, path, querystring, ip: addressOf(req, trustProxy), req };
      const request = new HttpRequest(parts, entry.route.limit);
      const answered = await perform(entry, request, params, logger);
      if (answered === undefined) return next();
      reply(context, answered, request.answerHeaders);
      return undefined;
    };
    router[VERBS[entry.route.method]](entry.regexp, answer);
  }
  app.use(router.routes());
  return app;
}

/** Writes the answer to a request that came through koa. */
function reply(context: Context, answer: Answer, headers: Readonly<Record<string, string>> = {}): void {
  context.respond = false;
  write(context.res, answer, headers);
}
