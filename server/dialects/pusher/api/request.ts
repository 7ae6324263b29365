// Reads one request of the HTTP API: finds its app, reads its body, checks its signature, in hosted Pusher's order.

import { RelayError } from '../../../base/errors.ts';
import { type App, activeSecret } from '../../../channel/app.ts';
import type { HttpRequest } from '../../kit/http-message.ts';
import type { PusherConfig, PusherPorts } from '../ports.ts';
import { checkRequest, readPairs, type SignatureRefusal } from '../request-signature.ts';
import { isSignature, type Pairs } from './parameters.ts';

/** A request with a right signature. */
export interface ApiRequest {
  readonly app: App;
  /** The query without the parameters of the signature. */
  readonly query: Pairs;
  readonly body: Buffer;
}

/** What a request asks for, checked and not done yet. */
export interface PreparedRequest {
  /** How many events it publishes: one for each channel of each event. */
  readonly events: number;
  /** Does it and returns the body of the answer. */
  run(): object;
}

/** A request that publishes nothing. */
export function readOnly(run: () => object): PreparedRequest {
  return { events: 0, run };
}

/** What reading a request needs. */
export interface RequestPorts {
  readonly apps: Pick<PusherPorts['apps'], 'byId'>;
  readonly clock: PusherPorts['clock'];
}

/**
 * Reads and checks a request.
 * @throws RelayError `not_found` for an unknown app, what `readBytes` refuses, `unauthorized`, `forbidden` for an app that is off
 */
export async function readRequest(
  request: HttpRequest,
  appId: string,
  { apps, clock }: RequestPorts,
  { http }: Pick<PusherConfig, 'http'>,
): Promise<ApiRequest> {
  const { method, path, querystring } = request;
  findApp(apps, appId);
  const body = await request.read();
  // Looked up again: keys or the app itself may have ended while the body arrived.
  const app = findApp(apps, appId);
  // Some SDKs sign the path without the prefix of the relay.
  const paths = http.basePath === '' ? [path] : [http.basePath + path, path];
  const nowSec = Math.floor(clock.now() / 1000);
  const refusal = checkRequest(
    { method, paths, query: querystring, body },
    (key) => activeSecret(app, key),
    nowSec,
    app.limits.authSkewSec,
  );
  if (refusal !== undefined) throw new RelayError('unauthorized', textFor(refusal, app, nowSec));
  if (!app.enabled) throw new RelayError('forbidden', 'Application disabled');
  return { app, query: readPairs(querystring).filter(([name]) => !isSignature(name)), body };
}

function findApp(apps: RequestPorts['apps'], id: string): App {
  const app = apps.byId(id);
  if (app === undefined) throw new RelayError('not_found', `there is no app ${id.slice(0, 100)}`);
  return app;
}

/** A time in whole seconds, as hosted Pusher writes it. */
function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}

function textFor(refusal: SignatureRefusal, app: App, nowSec: number): string {
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
        : `Timestamp expired: Given timestamp (${iso(refusal.given)}) not within ${app.limits.authSkewSec}s of server time (${iso(nowSec)})`;
    case 'body':
      return 'Invalid body_md5: it is not the MD5 digest of the body';
    case 'digest':
      return `Invalid signature: you should have sent HmacSHA256Hex(${JSON.stringify(refusal.text)}, your_secret_key)`;
  }
}
