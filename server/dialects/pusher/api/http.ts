// The HTTP API under /apps/:id: finds the endpoint of a request, runs all checks in order and answers. The endpoints are in
// endpoints.ts, the check of the signature is in request.ts.

import { RelayError } from '../../../base/errors.ts';
import { type MaybePromise, then } from '../../../base/maybe-promise.ts';
import { refusalHead } from '../../kit/errors.ts';
import type { HttpAnswer, HttpRequest } from '../../kit/http-message.ts';
import type { Route } from '../../kit/route.ts';
import type { PusherConfig, PusherPorts } from '../ports.ts';
import { decodePercent } from '../signed-query.ts';
import { ENDPOINTS, type Endpoint, type EndpointPorts } from './endpoints.ts';
import { createIdempotency } from './idempotency.ts';
import { charge } from './rates.ts';
import { type ApiRequest, type PreparedRequest, readRequest } from './request.ts';

/** What the API needs. */
export type HttpPorts = PusherPorts & EndpointPorts;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Seconds until a relay that is shutting down may be back. */
const RESTART = 5;

/** Higher than routes of other dialects that also match below /apps, such as `/:app/channels`. */
const RANK = 1;

/** The API. It answers everything below /apps, so that a mistyped path is not taken for a device. */
export function apiRoutes(ports: HttpPorts, config: PusherConfig): Route[] {
  return [
    {
      method: '*',
      pattern: '/apps/*',
      limit: config.http.maxBody,
      rank: RANK,
      fast: true,
      answer: createApi(ports, config),
    },
  ];
}

/** Makes the API of one relay. */
function createApi(ports: HttpPorts, config: PusherConfig): (request: HttpRequest) => Promise<HttpAnswer> {
  const idempotency = createIdempotency(ports);
  const { rates } = ports.guards;

  /** Carries out a signed request within the rates of its app. Adds to `headers`, which refusals carry too. */
  function carryOut(
    endpoint: Endpoint,
    request: ApiRequest,
    name: string,
    headers: Record<string, string>,
  ): MaybePromise<string> {
    const prepared = endpoint.prepare(ports, request, name);
    if (endpoint.rate === undefined) return textOf(prepared);
    const charged = charge(rates, request.app, endpoint.rate, Math.max(1, prepared.events), headers);
    return charged === undefined ? textOf(prepared) : charged.then(() => textOf(prepared));
  }

  async function perform(request: HttpRequest, headers: Record<string, string>): Promise<HttpAnswer> {
    const { appId, path, name } = readPath(request.path);
    const found = BY_PATH.get(path);
    if (found === undefined) throw new RelayError('not_found', 'no such path');
    if (request.method === 'OPTIONS') return { status: 204, headers: {}, body: '' };
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const endpoint = found.find((candidate) => candidate.method === method);
    if (endpoint === undefined) {
      headers['allow'] = found.map((known) => known.method).join(', ');
      throw new RelayError('method_not_allowed', `expected ${headers['allow']}`);
    }
    const signed = await readRequest(request, appId, ports, config);
    // Checked after the body is read: a slow body may end after the shutdown has begun.
    if (ports.draining()) throw new RelayError('unavailable', 'the relay is closing', { retryAfter: RESTART });
    const key = endpoint.rate === 'eventsPerSec' ? String(request.headers['idempotency-key'] ?? '') : '';
    const status = endpoint.status ?? 200;
    const body =
      key === ''
        ? carryOut(endpoint, signed, name, headers)
        : idempotency.once(signed.app, `${path}\n${name}`, key, signed, () =>
            carryOut(endpoint, signed, name, headers),
          );
    return body instanceof Promise
      ? body.then((text) => ({ status, headers: {}, body: text }))
      : { status, headers: {}, body };
  }

  return (request) => {
    request.answerHeaders['content-type'] = JSON_TYPE;
    return perform(request, request.answerHeaders);
  };
}

const toText = (body: object): string => JSON.stringify(body);

/** Carries out a request, and writes the body of its answer. */
function textOf(prepared: PreparedRequest): MaybePromise<string> {
  return then(prepared.run(), toText);
}

/** The endpoints of each path. */
const BY_PATH: ReadonlyMap<string, readonly Endpoint[]> = new Map(
  ENDPOINTS.map(({ path }) => [path, ENDPOINTS.filter((endpoint) => endpoint.path === path)]),
);

/** Splits a path. In `path`, `*` stands for the name. */
function readPath(whole: string) {
  const [, , appId = '', kind = '', name, ...rest] = (whole.endsWith('/') ? whole.slice(0, -1) : whole).split('/');
  return {
    appId: decodePercent(appId),
    path: name === undefined ? kind : [kind, '*', ...rest].join('/'),
    name: decodePercent(name ?? ''),
  };
}

/** The answer to an error on any route of this dialect: `{"error": text}`. */
export function failAsError(error: RelayError): HttpAnswer {
  const { status, headers } = refusalHead(error);
  return { status, headers: { 'content-type': JSON_TYPE, ...headers }, body: JSON.stringify({ error: error.message }) };
}
