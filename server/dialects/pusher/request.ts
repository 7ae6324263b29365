// One request of the HTTP API: its app, its body, its signature; in the order in which hosted Pusher refuses.
import { type App, activeSecret } from '../../channel/app.ts';
import { checkRequest, readPairs, type SignatureRefusal } from '../../channel/signature.ts';
import { RelayError } from '../../errors.ts';
import { readBytes } from '../body.ts';
import type { HttpRequest } from '../exchange.ts';
import { isProof, type Pairs } from './parameters.ts';
import type { PusherConfig, PusherPorts } from './ports.ts';

/** A request that was proven, ready to be answered. */
export interface ApiRequest {
  readonly app: App;
  /** What the query says, without what proves it. */
  readonly query: Pairs;
  readonly body: Buffer;
}

/** What reading a request takes. */
export interface RequestPorts {
  readonly apps: Pick<PusherPorts['apps'], 'byId'>;
  readonly clock: PusherPorts['clock'];
}

/**
 * Reads and checks a request.
 * @throws RelayError `not_found` for an unknown app, what `readBytes` refuses, `unauthorized`, `forbidden` for an app that is off
 */
export async function readRequest(
  { method, path, querystring, req }: HttpRequest,
  appId: string,
  { apps, clock }: RequestPorts,
  { http }: Pick<PusherConfig, 'http'>,
): Promise<ApiRequest> {
  const app = apps.byId(appId);
  if (app === undefined) throw new RelayError('not_found', `there is no app ${appId.slice(0, 100)}`);
  const body = await readBytes(req, http.maxBody);
  // Some SDKs sign the path without the prefix below which they are told to find the server.
  const paths = http.basePath === '' ? [path] : [http.basePath + path, path];
  const refusal = checkRequest(
    { method, paths, query: querystring, body },
    (key) => activeSecret(app, key),
    Math.floor(clock.now() / 1000),
    app.limits.authSkewSec,
  );
  if (refusal !== undefined) throw new RelayError('unauthorized', wordsFor(refusal, app, clock.now()));
  if (!app.enabled) throw new RelayError('forbidden', 'Application disabled');
  return { app, query: readPairs(querystring).filter(([name]) => !isProof(name)), body };
}

function wordsFor(refusal: SignatureRefusal, app: App, now: number): string {
  switch (refusal.reason) {
    case 'missing':
      return 'expected auth_key, auth_timestamp, auth_version and auth_signature, each once';
    case 'version':
      return 'Invalid version: auth_version should be 1.0';
    case 'key':
      return 'Unknown auth_key';
    case 'timestamp':
      return `Timestamp expired: Given timestamp not within ${app.limits.authSkewSec}s of server time (${new Date(now).toISOString()})`;
    case 'body':
      return 'Invalid body_md5: it is not the MD5 digest of the body';
    case 'digest':
      return `Invalid signature: you should have sent HmacSHA256Hex(${JSON.stringify(refusal.text)}, your_secret_key)`;
  }
}
