// Reads one request of the HTTP API: finds its app, reads its body and checks its signature, in hosted Pusher's order.

import { RelayError } from '../../../base/errors.ts';
import type { MaybePromise } from '../../../base/maybe-promise.ts';
import { type App, activeSecret } from '../../../channel/app.ts';
import type { HttpRequest } from '../../kit/http-message.ts';
import type { PusherConfig, PusherPorts } from '../ports.ts';
import { checkQuery, isBodyOf, type SignatureRefusal } from '../request-signature.ts';
import type { Pairs } from './parameters.ts';

/** A request with a valid signature. */
export interface ApiRequest {
  readonly app: App;
  /** The query without the parameters of the signature. */
  readonly query: Pairs;
  readonly body: Buffer;
}

/** A request that passed all checks and is ready to run. */
export interface PreparedRequest {
  /** How many events it publishes: one for each channel of each event. */
  readonly events: number;
  /** Carries out the request and returns the body of the answer. Returns a promise only for what is known elsewhere. */
  run(): MaybePromise<object>;
}

/** A request that publishes nothing. */
export function readOnly(run: () => MaybePromise<object>): PreparedRequest {
  return { events: 0, run };
}

/** What reading a request needs. */
export interface RequestPorts {
  readonly apps: Pick<PusherPorts['apps'], 'byId'>;
  readonly clock: PusherPorts['clock'];
  readonly lookUpApps: PusherPorts['lookUpApps'];
}

/**
 * Reads and checks a request.
 * @throws RelayError `not_found` for an unknown app, what `readBytes` refuses, `unauthorized`, `forbidden` for an app that is off
 */
export async function readRequest(
  request: HttpRequest,
  appId: string,
  { apps, clock, lookUpApps }: RequestPorts,
  { http }: Pick<PusherConfig, 'http'>,
): Promise<ApiRequest> {
  const length = Number(request.headers['content-length'] ?? 0);
  const nowSec = Math.floor(clock.now() / 1000);
  let asked = apps.byId(appId);
  // Checked before the body is read, because anyone may send a body.
  let signed = asked === undefined ? undefined : checkHead(request, asked, http.basePath, nowSec, length);
  // Another node may have just made the app or the key.
  if (lookUpApps !== undefined && (signed === undefined || ('reason' in signed && signed.reason === 'key'))) {
    await lookUpApps();
    asked = apps.byId(appId);
    signed = asked === undefined ? undefined : checkHead(request, asked, http.basePath, nowSec, length);
  }
  if (asked === undefined || signed === undefined) throw unknownApp(appId);
  const refuse = (refusal: SignatureRefusal, { limits }: App) =>
    new RelayError('unauthorized', textFor(refusal, limits, nowSec));
  // Hosted Pusher refuses a body that is too long before it looks at the signature. `read` refuses it here.
  if ('reason' in signed && length <= http.maxBody) throw refuse(signed, asked);
  const body = await request.read();
  if ('reason' in signed) throw refuse(signed, asked);
  // Looked up again: the key or the app itself may have ended while the body arrived.
  const app = apps.byId(appId);
  if (app === undefined) throw unknownApp(appId);
  if (activeSecret(app, signed.key) === undefined) throw refuse({ reason: 'key' }, app);
  if (!isBodyOf(body, signed)) throw refuse({ reason: 'body' }, app);
  if (!app.enabled) throw new RelayError('forbidden', 'Application disabled');
  return { app, query: signed.parameters, body };
}

/** Checks everything that is signed except the body. @param length of the body, as the request says */
function checkHead(request: HttpRequest, app: App, basePath: string, nowSec: number, length: number) {
  const { method, path, querystring, headers } = request;
  // Some SDKs sign the path without the prefix of the relay.
  const paths = basePath === '' ? [path] : [basePath + path, path];
  return checkQuery(
    { method, paths, query: querystring, hasBody: length > 0 || headers['transfer-encoding'] !== undefined },
    (key) => activeSecret(app, key),
    nowSec,
    app.limits.authSkewSec,
  );
}

function unknownApp(id: string): RelayError {
  return new RelayError('not_found', `there is no app ${id.slice(0, 100)}`);
}

/** A time in whole seconds, as hosted Pusher writes it. */
function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}

function textFor(refusal: SignatureRefusal, limits: App['limits'], nowSec: number): string {
  switch (refusal.reason) {
    case 'missing':
      return 'expected auth_key, auth_timestamp, auth_version and auth_signature, each once';
    case 'version':
      return 'Invalid version: auth_version should be 1.0';
    case 'key':
      return 'Unknown auth_key';
    case 'timestamp':
      return refusal.given === undefined
        ? 'Invalid auth_timestamp: expected seconds since 1970'
        : `Timestamp expired: Given timestamp (${iso(refusal.given)}) not within ${limits.authSkewSec}s of server time (${iso(nowSec)})`;
    case 'body':
      return 'Invalid body_md5: it is not the MD5 digest of the body';
    case 'digest':
      return `Invalid signature: you should have sent HmacSHA256Hex(${JSON.stringify(refusal.text)}, your_secret_key)`;
  }
}
