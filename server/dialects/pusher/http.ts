// The HTTP API under /apps/:id. Not here: what a request does (events.ts, queries.ts) and its proof (request.ts).
import type Router from '@koa/router';
import type { Context } from 'koa';
import { decodePercent } from '../../channel/signature.ts';
import { RelayError } from '../../errors.ts';
import { HTTP_STATUS } from '../http-status.ts';
import { trigger, triggerBatch, triggerUser } from './events.ts';
import { createIdempotency, type Idempotency } from './idempotency.ts';
import { readParameters, readQuery } from './parameters.ts';
import type { Peers } from './peers.ts';
import type { PusherConfig, PusherPorts } from './ports.ts';
import { listChannels, listUsers, showChannel } from './queries.ts';
import { TERMINATED } from './refusals.ts';
import { type ApiRequest, readRequest } from './request.ts';

/** What the routes need. */
export interface HttpPorts extends PusherPorts {
  readonly peers: Peers;
}

/** Answers a proven request; `name` is the variable part of its path. */
type Answer = (request: ApiRequest, name: string) => object;

interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** Below the app; `*` stands for one segment. */
  readonly path: string;
  readonly answer: Answer;
  /** Whether an `Idempotency-Key` means something. */
  readonly publishes?: boolean;
}

/** The paths of the API, as claims. */
export const API_PATHS = [
  'POST /apps/:id/events',
  'POST /apps/:id/batch_events',
  'GET /apps/:id/channels',
  'GET /apps/:id/channels/:name',
  'GET /apps/:id/channels/:name/users',
  'GET /apps/:id/connections',
  'POST /apps/:id/users/:user/events',
  'POST /apps/:id/users/:user/terminate_connections',
] as const;

function endpointsOf({ channels, users, peers }: HttpPorts): Endpoint[] {
  return [
    {
      method: 'POST',
      path: 'events',
      publishes: true,
      answer: (r) => trigger(channels, r.app, readParameters(r.query, r.body)),
    },
    {
      method: 'POST',
      path: 'batch_events',
      publishes: true,
      answer: (r) => triggerBatch(channels, r.app, readParameters(r.query, r.body)),
    },
    { method: 'GET', path: 'channels', answer: ({ app, query }) => listChannels(channels, app, readQuery(query)) },
    {
      method: 'GET',
      path: 'channels/*',
      answer: ({ app, query }, name) => showChannel(channels, app, name, readQuery(query)),
    },
    { method: 'GET', path: 'channels/*/users', answer: ({ app }, name) => listUsers(channels, app, name) },
    { method: 'GET', path: 'connections', answer: ({ app }) => ({ connections: peers.count(app.id) }) },
    {
      method: 'POST',
      path: 'users/*/events',
      publishes: true,
      answer: (r, user) => triggerUser(channels, r.app, user, readParameters(r.query, r.body)),
    },
    {
      method: 'POST',
      path: 'users/*/terminate_connections',
      answer({ app }, user) {
        for (const connection of users.connections(app, user)) peers.of(connection)?.end(TERMINATED);
        return {};
      },
    },
  ];
}

/** Adds the routes. Everything below /apps is this dialect's, so that a mistyped path is not taken for a device. */
export function addApi(router: Router, ports: HttpPorts, config: PusherConfig): void {
  const endpoints = endpointsOf(ports);
  const idempotency = createIdempotency(ports.clock);
  router.all(/^\/apps(?:\/.*)?$/, async (context) => {
    try {
      await answer(context, endpoints, idempotency, ports, config);
    } catch (error) {
      refuse(context, error, ports);
    }
  });
}

/** The one exit for errors: `{"error": text}`. */
export function refuse(context: Context, error: unknown, { logger }: Pick<PusherPorts, 'logger'>): void {
  const known = error instanceof RelayError ? error : new RelayError('internal', 'internal error');
  if (known !== error) logger.error({ err: error, path: context.path }, 'request fault');
  context.status = HTTP_STATUS[known.code];
  if (known.retryAfter !== undefined) context.set('retry-after', String(known.retryAfter));
  context.body = { error: known.message };
}

async function answer(
  context: Context,
  endpoints: readonly Endpoint[],
  idempotency: Idempotency,
  ports: HttpPorts,
  config: PusherConfig,
): Promise<void> {
  const [, , appId = '', ...rest] = context.path.replace(/\/$/, '').split('/');
  const name = rest.length > 1 ? decodePercent(rest[1] ?? '') : '';
  const path = rest.map((part, at) => (at === 1 ? '*' : part)).join('/');
  const found = endpoints.filter((endpoint) => endpoint.path === path);
  if (found.length === 0) throw new RelayError('not_found', 'no such path');
  if (context.method === 'OPTIONS') {
    context.status = 204;
    return;
  }
  const method = context.method === 'HEAD' ? 'GET' : context.method;
  const endpoint = found.find((one) => one.method === method);
  if (endpoint === undefined) {
    const allowed = found.map((one) => one.method).join(', ');
    context.set('allow', allowed);
    throw new RelayError('method_not_allowed', `expected ${allowed}`);
  }
  const request = await readRequest(context, decodePercent(appId), ports, config);
  const run = () => endpoint.answer(request, name);
  if (endpoint.publishes !== true) context.body = run();
  else {
    const scope = `${request.app.id}\n${path}\n${name}`;
    context.body = idempotency.once(scope, context.get('idempotency-key'), request, run);
  }
}
