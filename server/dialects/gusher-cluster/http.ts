// The API and the login: the paths of the calls at each level, and the check of the API's token.
import { createTokenGuard } from '../../access/token.ts';
import { RelayError } from '../../base/errors.ts';
import type { PathClaims } from '../dialect.ts';
import { sourceOf } from '../kit/caller.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { Route } from '../kit/route.ts';
import { TEXT, type TextRoute, textRoutes } from '../kit/text-answers.ts';
import * as calls from './calls.ts';
import type { GusherClusterConfig } from './config.ts';
import type { GusherClusterPorts } from './ports.ts';

/** A path and its call. Only calls of the API (`isApi`) may need a token. */
interface CallPath {
  readonly method: TextRoute['method'];
  readonly path: string;
  readonly call: calls.Call;
  readonly isApi: boolean;
}

type Row = readonly [method: TextRoute['method'], path: string, call: calls.Call];

const PUSH: Row = ['POST', '/push/:app/:channel/:event', calls.push];
const INFOS: Row = ['GET', '/system/slaveinfos', calls.nodes];

/** The calls below the prefix of the API, at each level. More specific paths come first. */
const API: Readonly<Record<GusherClusterConfig['level'], readonly Row[]>> = {
  '2016': [['GET', '/check/:app', calls.check], PUSH, INFOS],
  '1.13': [
    ['POST', '/push/user/:app/:user', calls.pushUser],
    ['POST', '/push/socket/:app/:socket', calls.pushSocket],
    PUSH,
    ['POST', '/push/:app', calls.pushPattern],
    ['POST', '/push_batch/:app', calls.pushBatch],
    ['POST', '/add/channel/user/:app/:user', calls.addChannel],
    ['POST', '/reload/channel/user/:app/:user', calls.reloadChannels],
    INFOS,
    ['GET', '/:app/channels', calls.listChannels],
    ['GET', '/:app/channels/count', calls.countChannels],
    ['GET', '/:app/online', calls.listUsers],
    ['GET', '/:app/online/count', calls.countUsers],
    ['GET', '/:app/online/bychannel/:channel', calls.listUsersOn],
    ['GET', '/:app/online/bychannel/:channel/count', calls.countUsersOn],
    ['POST', '/decode', calls.decodeJwt],
  ],
};

/** The paths of sockets, the login and the ping, at each level. */
const SOCKET_ROUTES: Readonly<Record<GusherClusterConfig['level'], readonly Row[]>> = {
  '2016': [['GET', '/ws/:app', noUpgrade]],
  '1.13': [
    ['GET', '/ws/:app', noUpgrade],
    ['GET', '/wtf/:app', noUpgrade],
    ['POST', '/auth', calls.login],
    ['GET', '/ping', ping],
  ],
};

/** Calls of level 1.13 that answer with the type `text/plain`. At level 2016 all calls do. */
const AS_TEXT: ReadonlySet<calls.Call> = new Set([calls.decodeJwt, calls.nodes, ping]);

function routesOf({ level, apiPrefix, socketPrefix }: GusherClusterConfig): CallPath[] {
  const below = (prefix: string, rows: readonly Row[], isApi: boolean): CallPath[] =>
    rows.map(([method, path, call]) => ({ method, path: prefix + path, call, isApi }));
  // The slaves of level 2016 had no prefix.
  const prefixes = new Set(level === '2016' ? [''] : ['', socketPrefix]);
  return [
    ...below(apiPrefix, API[level], true),
    ...[...prefixes].flatMap((prefix) => below(prefix, SOCKET_ROUTES[level], false)),
  ];
}

/** The paths of its sockets. */
export function claimsOf(config: GusherClusterConfig): PathClaims {
  return {
    socket: routesOf(config)
      .filter(({ call }) => call === noUpgrade)
      .map(({ path }) => path),
    remedy: 'set gusherCluster.apiPrefix to a path of its own, such as "/cluster"',
  };
}

/** The calls of the configured level. */
export function clusterRoutes(
  config: GusherClusterConfig,
  ports: calls.CallPorts & Pick<GusherClusterPorts, 'throttle' | 'foreignPages'>,
): Route[] {
  const authorize = createAuthorize(config, ports);

  const toRoute = ({ method, path, call, isApi }: CallPath): TextRoute => {
    const isText = config.level === '2016' || AS_TEXT.has(call);
    const headers = { 'content-type': isText ? TEXT : 'application/json;charset=UTF-8' };
    return {
      method,
      path,
      limit: ports.maxBody,
      // gusher's /api/:app/listonlineuser can match the same path. It goes first.
      ...(call === calls.check ? { rank: -1 } : {}),
      async answer(request, values) {
        if (isApi) await authorize(request);
        return { status: 200, headers, body: await call(request, ports, values) };
      },
    };
  };
  return textRoutes(routesOf(config).map(toRoute));
}

/** Answers that the node is up. */
function ping(): string {
  return 'pong';
}

/** Answers plain requests to a socket path. */
function noUpgrade(): never {
  throw new RelayError('invalid', 'Bad Request');
}

/** Checks the token of the API. Without a token in the config every call is allowed, except from pages of other sites. */
function createAuthorize(
  { apiToken }: GusherClusterConfig,
  { throttle, foreignPages }: Pick<GusherClusterPorts, 'throttle' | 'foreignPages'>,
): (request: HttpRequest) => Promise<void> {
  if (apiToken === undefined) {
    return async ({ headers }) => {
      const refusal = foreignPages.refusalOf(headers);
      if (refusal !== undefined) throw refusal;
    };
  }
  const guard = createTokenGuard(apiToken, throttle);
  return async (request) => {
    const shown = /^Bearer (.+)$/i.exec(request.header('authorization'))?.[1];
    guard(shown, sourceOf(request, 'gusher-cluster'), 'Not authorized');
  };
}
