// HTTP requests: sends by path, packets in a body, preflights. Errors have their proper status; the original always answers
// 500. Packets are in http-packets.ts.
import { isObject } from '../../../shared/object.ts';
import type { BodyLease } from '../../access/body-budget.ts';
import { HEADER_PARAMETERS } from '../../access/credentials.ts';
import { type Principal, senderOf } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { attachmentOf, type Upload } from '../../messages/attachments/attachments.ts';
import { isJsonType } from '../kit/body.ts';
import { refusalHead } from '../kit/errors.ts';
import { isForeignNavigation, isNavigation, isSpeculative } from '../kit/guards.ts';
import { PAGE_HEADERS } from '../kit/html.ts';
import type { HttpAnswer, HttpRequest, WrittenAnswer } from '../kit/http-message.ts';
import type { Route } from '../kit/route.ts';
import { sendPage } from '../kit/send-page.ts';
import { answerAsk } from './ask.ts';
import { bearerOf, callerOf, entranceOf, foreignRefusal, unauthorized } from './authorize.ts';
import { type Body, readBodyOf, unsupportedType } from './body.ts';
import { readSend } from './draft.ts';
import { filesOf } from './files.ts';
import { answerPacket, COMMANDS, type Result, readProof } from './http-packets.ts';
import { optionsContext, withIdempotencyKey } from './options.ts';
import { field, httpReply, info, type Packet, readPacket, toText } from './packets.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import {
  collect,
  isAskPath,
  isSendPath,
  type Parameters,
  type PathTarget,
  readPath,
  readStrict,
  readWait,
  sendQuery,
  single,
  unknownPath,
} from './query.ts';
import type { StatusFollowers } from './status-followers.ts';
import { strictStatus } from './strict.ts';
import type { Payload } from './words.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
/** Holds the code of a refusal, because mpush's body has no place for it. */
const ERROR_CODE_HEADER = 'x-error-code';
const METHODS = 'GET, POST, PUT, OPTIONS';

/** A request whose body was read: a packet, or the parameters of a send. */
interface Request {
  readonly packet: Packet | undefined;
  readonly parameters: Parameters;
  /** The body of a send, if it is JSON. */
  readonly payload?: Payload;
}

/** The send paths, which take the fast path, and every path that no other owner answers. */
export function mpushRoutes(ports: MpushPorts, config: MpushConfig, followers: StatusFollowers): Route[] {
  const limit = config.http.maxBody;
  const answer: Route['answer'] = async (request) => {
    Object.assign(request.answerHeaders, headersOf(request, config));
    const result = await perform(request, ports, config, followers);
    if ('write' in result) return result;
    const { status = 200, headers = {}, body } = result;
    return { status, headers, body };
  };
  return [
    { method: '*', pattern: '/:target.send', limit, fast: true, answer },
    { method: '*', pattern: '/:target.group', limit, fast: true, answer },
    { method: '*', pattern: '/:target.ask', limit, fast: true, answer },
    {
      method: 'POST',
      pattern: '*',
      limit,
      rank: PACKETS,
      async answer(request, params) {
        return (await isPacket(request, ports, config)) ? answer(request, params) : undefined;
      },
    },
    { method: '*', pattern: '*', limit, rank: LAST, answer },
  ];
}

/** Above that of dialects which take any body on any path. */
const PACKETS = -2;
/** Lower than the rank of every other route. */
const LAST = -4;

/** Whether the body is JSON with a known command. It can be read again afterwards. */
async function isPacket(request: HttpRequest, ports: MpushPorts, config: MpushConfig): Promise<boolean> {
  if (!isJsonType(request.header('content-type'))) return false;
  try {
    const { maxBody } = config.http;
    const lease = (await maySend(request, ports, config))
      ? undefined
      : ports.bodyBudget.take(request.ip, request.headers['content-length'], maxBody);
    const bytes = await request.peek(lease?.limit ?? maxBody);
    const isKnown = bytes !== undefined && COMMANDS.has(field(JSON.parse(bytes.toString()), 'cmd'));
    // The packet is counted when it is read.
    if (isKnown) lease?.refund();
    return isKnown;
  } catch (error) {
    // The route that answers refuses it for the same reason, in its own format.
    if (error instanceof RelayError || error instanceof SyntaxError) return false;
    throw error;
  }
}

async function maySend(request: HttpRequest, ports: MpushPorts, config: MpushConfig): Promise<boolean> {
  try {
    return (await callerOf(request, ports, config)).may('send');
  } catch (error) {
    if (error instanceof RelayError) return false;
    throw error;
  }
}

function headersOf({ headers }: HttpRequest, { http }: MpushConfig): Readonly<Record<string, string>> {
  const common = {
    'content-type': JSON_TYPE,
    // A GET sends a message, so no cache may answer it.
    'cache-control': 'no-store',
  };
  if (!http.cors) return common;
  return {
    ...common,
    'access-control-allow-origin': headers.origin ?? '',
    'access-control-expose-headers': `${ERROR_CODE_HEADER}, retry-after`,
  };
}

/** The answer to an error: an INFO packet with the status of the error. */
export function failAsInfo(error: RelayError): HttpAnswer {
  const { status, headers } = refusalHead(error);
  const allow = error.code === 'method_not_allowed' ? { allow: METHODS } : {};
  // Herald's own programs read the code in the header.
  return { status, headers: { [ERROR_CODE_HEADER]: error.code, ...allow, ...headers }, body: info(error.message) };
}

async function perform(
  request: HttpRequest,
  ports: MpushPorts,
  config: MpushConfig,
  followers: StatusFollowers,
): Promise<Result | WrittenAnswer> {
  const { method } = request;
  if (method === 'OPTIONS') return preflight(request, config.http.cors);
  const hasBody = method === 'POST' || method === 'PUT';
  // A POST to any path may carry a packet, but a GET needs a path that names a target.
  if ((method === 'GET' || method === 'HEAD') && !isSendPath(request.path)) throw unknownPath(request.path);
  const caller = await callerOf(request, ports, config);
  if (hasBody) return answerBody(request, ports, config, followers, caller);
  if (!caller.may('send')) throw unauthorized(caller);
  if (method === 'GET') return answerSend(request, ports, config, collect(sendQuery(request)), caller);
  throw new RelayError('method_not_allowed', `expected ${METHODS}`);
}

function preflight({ headers }: HttpRequest, allowed: boolean): Result {
  if (!allowed) return { status: 403, body: '' };
  return {
    headers: {
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
      'access-control-allow-methods': headers['access-control-request-method'] ?? '',
    },
    body: '',
  };
}

async function answerBody(
  request: HttpRequest,
  ports: MpushPorts,
  config: MpushConfig,
  followers: StatusFollowers,
  caller: Principal,
): Promise<Result | WrittenAnswer> {
  const { maxBody } = config.http;
  // A caller without a token so far may have it in the body.
  const lease = caller.may('send')
    ? undefined
    : ports.bodyBudget.take(request.ip, request.headers['content-length'], maxBody);
  const body = await readBodyOf(request, lease?.limit ?? maxBody, filesOf(caller, ports));
  const upload = body.kind === 'form' ? body.upload : undefined;
  // Most messages have no file, and need not pay for one.
  if (upload === undefined) return answerRead(request, ports, config, followers, caller, body, lease);
  try {
    return await answerRead(request, ports, config, followers, caller, body, lease);
  } finally {
    await upload.discard();
  }
}

async function answerRead(
  request: HttpRequest,
  ports: MpushPorts,
  config: MpushConfig,
  followers: StatusFollowers,
  caller: Principal,
  body: Body,
  lease: BodyLease | undefined,
): Promise<Result | WrittenAnswer> {
  const { packet, parameters, payload } = readRequest(request, body, caller);
  if (packet !== undefined) {
    const proof = await readProof(request, ports, packet, caller);
    lease?.refund();
    return answerPacket(request, ports, config, followers, packet, caller, proof);
  }
  let sender = caller;
  if (!sender.may('send')) {
    if (sender.kind === 'stranger') sender = await bearerOf(single(parameters, 'token'), request, ports);
    if (!sender.may('send')) throw unauthorized(sender);
    lease?.refund();
  }
  return answerSend(
    request,
    ports,
    config,
    parameters,
    sender,
    payload,
    body.kind === 'form' ? body.upload : undefined,
  );
}

/** Reads what a request asks for. Does not tell callers without the right to send what is wrong with their request. */
function readRequest(request: HttpRequest, body: Body, caller: Principal): Request {
  try {
    return toRequest(request, body);
  } catch (error) {
    throw caller.may('send') ? error : unauthorized(caller);
  }
}

/** JSON with a string `cmd` is a packet on every path. On a send path everything else is a message. */
function toRequest(request: HttpRequest, body: Body): Request {
  const own = pairsOf(body);
  const isPacket = body.kind === 'json' && typeof field(body.value, 'cmd') === 'string';
  if (isPacket || !isSendPath(request.path)) {
    if (body.kind === 'text') throw unsupportedType(request);
    if (request.method === 'PUT') throw new RelayError('method_not_allowed', 'expected PUT only on /<name>.send');
    return { packet: readPacket(body.kind === 'json' ? body.value : Object.fromEntries(own)), parameters: new Map() };
  }
  if (body.kind === 'json' && !isObject(body.value)) {
    throw new RelayError('invalid', 'expected a JSON object such as {"text": "hello"}');
  }
  // Parameters of the body replace those of the query.
  const named = new Set(own.map(([key]) => key));
  const query = sendQuery(request).filter(([key]) => !named.has(key));
  return {
    packet: undefined,
    parameters: collect([...query, ...own]),
    payload: body.kind === 'json' && isObject(body.value) ? body.value : undefined,
  };
}

function pairsOf(body: Body): readonly (readonly [string, unknown])[] {
  if (body.kind === 'form') return body.pairs;
  if (body.kind === 'text') return [['desp', body.text]];
  return isObject(body.value) ? Object.entries(body.value) : [];
}

async function answerSend(
  request: HttpRequest,
  ports: MpushPorts,
  config: MpushConfig,
  parameters: Parameters,
  caller: Principal,
  payload?: Payload,
  upload?: Upload,
): Promise<Result | WrittenAnswer> {
  const to: PathTarget | undefined = isAskPath(request.path) ? undefined : readPath(request.path);
  if (isSpeculative(request.headers)) throw new RelayError('forbidden', 'a prefetch or preview sends nothing');
  const refusal = caller.proven ? undefined : await foreignRefusal(request, ports, caller);
  const asks = isForeignNavigation(request.headers) || (refusal !== undefined && isNavigation(request.headers));
  if (refusal !== undefined && (to === undefined || !asks)) throw refusal;
  if (to === undefined) return answerAsk(request, ports, config, parameters, caller, upload);
  const wait = readWait(parameters, config.http.waitTimeout, config.http.maxWaitTimeout);
  const strict = readStrict(parameters, config.http.strict);
  if (asks) {
    const pairs = [...parameters].flatMap(([key, values]) => values.map((value) => [key, toText(value)] as const));
    const credentials = request.query.filter(([name]) => HEADER_PARAMETERS.has(name));
    return { headers: PAGE_HEADERS, body: sendPage(to.target, pairs, credentials) };
  }
  const attachment = upload === undefined ? undefined : attachmentOf(upload.file, ports.publicUrl(request));
  const context = optionsContext(ports, config, caller, request);
  const { draft, options } = readSend(to, parameters, payload, context, attachment);
  const admitted = ports.admit(caller, draft, entranceOf(request));
  const reply = await ports.publish(
    admitted instanceof Promise ? await admitted : admitted,
    wait,
    withIdempotencyKey(options, request),
    senderOf(caller),
  );
  if (reply.isRepeat !== true) upload?.keep();
  return { status: strict ? strictStatus(reply) : 200, body: httpReply(reply, config.statusNames) };
}
