// HTTP: sends by path, preflights, and what a body turned out to be; section 3 of the protocol's description, with the
// statuses that are true. Not here: packets (http-packets.ts).
import type Router from '@koa/router';
import type { Context, Next } from 'koa';
import { RelayError } from '../../errors.ts';
import { HTTP_STATUS } from '../http-status.ts';
import { authorize, unauthorized } from './authorize.ts';
import { type Body, readBodyOf, unsupportedType } from './body.ts';
import { isForeignNavigation, isSpeculative, SEND_PAGE_HEADERS, sendPage } from './guards.ts';
import { answerPacket } from './http-packets.ts';
import { field, httpReply, info, isObject, type Packet, readPacket } from './packets.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import {
  collect,
  isSendPath,
  type Parameters,
  type PathTarget,
  readParameters,
  readPath,
  readWait,
  single,
} from './query.ts';
import type { Watch } from './watch.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const METHODS = 'GET, POST, PUT, OPTIONS';

/** What a request turned out to be, once its body was read. */
interface Request {
  readonly packet: Packet | undefined;
  readonly parameters: Parameters;
}

/** Adds the dialect's routes: every path that nobody claims before. */
export function addRoutes(router: Router, ports: MpushPorts, config: MpushConfig, watch: Watch): void {
  router.all(/.*/, (context, next) => withErrors(context, ports, next));
  router.all(/.*/, (context) => answer(context, ports, config, watch));
}

/** The one exit for errors: an INFO packet with the status that is true. */
async function withErrors(context: Context, { logger }: MpushPorts, next: Next): Promise<void> {
  context.set('content-type', JSON_TYPE);
  // A GET here sends a message: no cache may answer it.
  context.set('cache-control', 'no-store');
  try {
    await next();
  } catch (error) {
    const known = error instanceof RelayError ? error : new RelayError('internal', 'internal error');
    if (known !== error) logger.error({ err: error, path: context.path }, 'mpush request fault');
    context.status = HTTP_STATUS[known.code];
    if (known.code === 'method_not_allowed') context.set('allow', METHODS);
    if (known.retryAfter !== undefined) context.set('retry-after', String(known.retryAfter));
    context.set('content-type', JSON_TYPE);
    context.body = info(known.message);
  }
}

async function answer(context: Context, ports: MpushPorts, config: MpushConfig, watch: Watch): Promise<void> {
  if (config.http.cors) context.set('access-control-allow-origin', context.get('origin'));
  if (context.method === 'OPTIONS') {
    preflight(context, config.http.cors);
    return;
  }
  const authorized = await authorize(context, ports, config);
  if (context.method === 'GET') {
    if (!authorized) throw unauthorized(context);
    await answerSend(context, ports, config, collect(queryOf(context)));
  } else if (context.method === 'POST' || context.method === 'PUT') {
    await answerBody(context, ports, config, watch, authorized);
  } else {
    if (!authorized) throw unauthorized(context);
    throw new RelayError('method_not_allowed', `expected ${METHODS}`);
  }
}

function preflight(context: Context, allowed: boolean): void {
  context.status = allowed ? 200 : 403;
  if (allowed) {
    context.set('access-control-allow-headers', context.get('access-control-request-headers'));
    context.set('access-control-allow-methods', context.get('access-control-request-method'));
  }
  context.body = '';
}

async function answerBody(
  context: Context,
  ports: MpushPorts,
  config: MpushConfig,
  watch: Watch,
  authorized: boolean,
): Promise<void> {
  const { packet, parameters } = readRequest(context, await readBodyOf(context.req, config.http.maxBody), authorized);
  if (packet !== undefined) {
    await answerPacket(context, ports, config, watch, packet, authorized);
    return;
  }
  const token = single(parameters, 'token');
  if (!authorized) {
    if (token === undefined) throw unauthorized(context);
    if (!ports.token.matches(token)) {
      ports.throttle.fail(context.ip);
      throw unauthorized(context);
    }
  }
  await answerSend(context, ports, config, parameters);
}

/** What was asked for; who is not authorized learns nothing more of what is wrong with it. */
function readRequest(context: Context, body: Body, authorized: boolean): Request {
  try {
    return toRequest(context, body);
  } catch (error) {
    throw authorized ? error : unauthorized(context);
  }
}

/** JSON with a string `cmd` is a packet on every path; on a send path anything else is the message itself. */
function toRequest(context: Context, body: Body): Request {
  const own = pairsOf(body);
  const isPacket = body.kind === 'json' && typeof field(body.value, 'cmd') === 'string';
  if (isPacket || !isSendPath(context.path)) {
    if (body.kind === 'text') throw unsupportedType(context.req);
    if (context.method === 'PUT') throw new RelayError('method_not_allowed', 'expected PUT on /<name>.send alone');
    return { packet: readPacket(body.kind === 'json' ? body.value : Object.fromEntries(own)), parameters: new Map() };
  }
  if (body.kind === 'json' && !isObject(body.value)) {
    throw new RelayError('invalid', 'expected a JSON object such as {"text": "hello"}');
  }
  // What the body names replaces what the query names.
  const named = new Set(own.map(([key]) => key));
  const query = [...queryOf(context)].filter(([key]) => !named.has(key));
  return { packet: undefined, parameters: collect([...query, ...own]) };
}

function pairsOf(body: Body): readonly (readonly [string, unknown])[] {
  if (body.kind === 'form') return body.pairs;
  if (body.kind === 'text') return [['desp', body.text]];
  return isObject(body.value) ? Object.entries(body.value) : [];
}

function queryOf(context: Context): URLSearchParams {
  return new URLSearchParams(context.querystring);
}

async function answerSend(
  context: Context,
  ports: MpushPorts,
  config: MpushConfig,
  parameters: Parameters,
): Promise<void> {
  const to: PathTarget = readPath(context.path);
  if (isSpeculative(context.headers)) throw new RelayError('forbidden', 'a prefetch or preview sends nothing');
  const wait = readWait(parameters, config.http.waitTimeout, config.http.maxWaitTimeout);
  if (isForeignNavigation(context.headers)) {
    context.set({ ...SEND_PAGE_HEADERS });
    context.body = sendPage(
      to.target,
      [...parameters].flatMap(([key, values]) => values.map((value) => [key, value] as const)),
    );
    return;
  }
  const draft = { ...to, from: { method: 'http', name: '' }, message: readParameters(parameters) } as const;
  const { mid, statuses } = await ports.send(draft, wait);
  context.body = httpReply(mid, statuses, config.statusNames);
}
