// HTTP: sends by path, packets by POST, preflights. Section 3 of the protocol's description, with the statuses that are true.
import type Router from '@koa/router';
import type { Context, Next } from 'koa';
import type { DeviceIdentity } from '../../access/device-auth.ts';
import { RelayError } from '../../errors.ts';
import { HTTP_STATUS } from '../http-status.ts';
import { authenticate, isTrusted } from './authenticate.ts';
import { type Body, readBodyOf, unsupportedType } from './body.ts';
import { isForeignNavigation, isSpeculative, SEND_PAGE_HEADERS, sendPage } from './guards.ts';
import {
  authAccepted,
  authRefused,
  field,
  httpReply,
  info,
  isObject,
  type Packet,
  readMessage,
  readPacket,
  requiredText,
} from './packets.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { registerPush } from './push.ts';
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
import { openOf, type Watch } from './watch.ts';

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

/** The token that a request shows: bare or as Bearer in `authorization`, or as `token` in the query. */
function shownToken(context: Context): string | undefined {
  const header = context.get('authorization');
  if (header !== '') return header.replace(/^Bearer +/i, '');
  return single(collect(queryOf(context)), 'token') || undefined;
}

function unauthorized(context: Context): RelayError {
  const header = context.headers.authorization;
  return new RelayError('unauthorized', `Authorization verify error: ${header ?? 'undefined'}`);
}

/** Whether the request may do what it asks for. A wrong token is counted against its address, a missing one is not. */
async function authorize(context: Context, ports: MpushPorts, config: MpushConfig): Promise<boolean> {
  if (!config.http.verifyToken) return true;
  await ports.throttle.check(context.ip);
  const shown = shownToken(context);
  if (shown === undefined) return false;
  if (ports.token.matches(shown)) return true;
  if ((await identify(shown, ports)) !== undefined) return true;
  ports.throttle.fail(context.ip);
  return false;
}

/** Whom a device's own token names; undefined for any other text, and for a name that was never proven. */
async function identify(jwt: string, { auth, devices }: MpushPorts): Promise<DeviceIdentity | undefined> {
  try {
    const identity = await auth.verify(jwt);
    return isTrusted(devices.get(identity.name)) ? identity : undefined;
  } catch (error) {
    if (error instanceof RelayError) return undefined;
    throw error;
  }
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

async function answerPacket(
  context: Context,
  ports: MpushPorts,
  config: MpushConfig,
  watch: Watch,
  packet: Packet,
  authorized: boolean,
): Promise<void> {
  const identity = typeof packet.auth === 'string' ? await verify(packet.auth, ports) : undefined;
  if (!authorized && (identity === undefined || !isTrusted(ports.devices.get(identity.name))))
    throw unauthorized(context);
  const { devices } = ports;
  switch (packet.cmd) {
    case 'AUTH':
      await answerAuth(context, ports, packet, identity);
      return;
    case 'MESSAGE': {
      const draft = readMessage(packet.data, { method: 'http', name: identity?.name ?? '' });
      const wait = readWait(collect(queryOf(context)), config.http.waitTimeout, config.http.maxWaitTimeout);
      const { mid, statuses } = await ports.send(draft, wait);
      if (identity !== undefined) watch.follow(mid, identity.name, openOf(statuses));
      context.body = httpReply(mid, statuses, config.statusNames);
      return;
    }
    case 'MESSAGE_CALLBACK':
      // The two texts of a missing auth are swapped, as in the original.
      await devices.acknowledge(requiredText(packet.data, 'mid'), need(identity, 'MESSAGE_WEBPUSH_CALLBACK').name);
      break;
    case 'MESSAGE_WEBPUSH_CALLBACK':
    case 'MESSAGE_FCM_CALLBACK':
      devices.receipt(requiredText(packet.data, 'mid'), need(identity, 'MESSAGE_CALLBACK').name);
      break;
    case 'REGISTER_WEBPUSH':
    case 'REGISTER_FCM': {
      const { name } = need(identity, packet.cmd);
      if (devices.get(name) === undefined) {
        throw new RelayError('not_found', `The Client ${name} is not register`);
      }
      await registerPush(packet, name, devices);
      break;
    }
    case 'TEST_HTTP':
      context.status = 200;
      context.body = '';
      return;
    default:
      throw new RelayError('invalid', `Unknow cmd: ${packet.cmd}`);
  }
  context.body = info('ok');
}

async function verify(jwt: string, { auth }: MpushPorts): Promise<DeviceIdentity> {
  try {
    return await auth.verify(jwt);
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    throw new RelayError('unauthorized', `parse ClientSocketPacket error: ${error.message}`, { cause: error });
  }
}

function need(identity: DeviceIdentity | undefined, cmd: string): DeviceIdentity {
  if (identity === undefined) throw new RelayError('unauthorized', `The ${cmd} cmd must need auth.`);
  return identity;
}

/** AUTH over HTTP always checks the token and registers nothing: the token it gives names a sender. */
async function answerAuth(
  context: Context,
  ports: MpushPorts,
  packet: Packet,
  known: DeviceIdentity | undefined,
): Promise<void> {
  try {
    const { name, groups } = await authenticate(ports, packet.data, known, true, context.ip);
    context.body = authAccepted(await ports.auth.sign({ name, groups }), ports.keys);
  } catch (error) {
    if (!(error instanceof RelayError) || error.code !== 'forbidden') throw error;
    context.status = 403;
    context.body = authRefused(403, error.message);
  }
}
