// One request of the HTTP API: its app, its body, its signature; in the order in which hosted Pusher refuses.
import type { Context } from 'koa';
import rawBody from 'raw-body';
import { type App, activeSecret } from '../../channel/app.ts';
import { checkRequest, type SignatureRefusal } from '../../channel/signature.ts';
import { RelayError } from '../../errors.ts';
import { isObject } from './frames.ts';
import type { PusherConfig, PusherPorts } from './ports.ts';

/** A request that was proven, ready to be answered. */
export interface ApiRequest {
  readonly app: App;
  /** Decoded parameters of the query, in order. */
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** What reading a request takes. */
export interface RequestPorts {
  readonly apps: Pick<PusherPorts['apps'], 'byId'>;
  readonly clock: PusherPorts['clock'];
}

/**
 * Reads and checks a request.
 * @throws RelayError `not_found` for an unknown app, `too_large`, `unauthorized`, or `forbidden` for an app that is off
 */
export async function readRequest(
  context: Context,
  appId: string,
  { apps, clock }: RequestPorts,
  { http }: Pick<PusherConfig, 'http'>,
): Promise<ApiRequest> {
  const app = apps.byId(appId);
  if (app === undefined) throw new RelayError('not_found', `there is no app ${appId.slice(0, 100)}`);
  const body = await readBody(context, http.maxBody);
  const target = context.originalUrl;
  const at = target.indexOf('?');
  const [path, query] = at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
  // Some SDKs sign the path without the prefix below which they are told to find the server.
  const paths = http.basePath === '' ? [path] : [path, path.slice(http.basePath.length)];
  const refusal = checkRequest(
    { method: context.method, paths, query, body },
    (key) => activeSecret(app, key),
    Math.floor(clock.now() / 1000),
    app.limits.authSkewSec,
  );
  if (refusal !== undefined) throw new RelayError('unauthorized', wordsFor(refusal, app, clock.now()));
  if (!app.enabled) throw new RelayError('forbidden', 'Application disabled');
  return { app, query: new URLSearchParams(query), body };
}

/** @throws RelayError `too_large` beyond the bound, `invalid` when it ended early */
export async function readBody(context: Context, limit: number): Promise<Buffer> {
  if (context.method === 'GET' && context.get('content-length') === '' && context.get('transfer-encoding') === '') {
    return Buffer.alloc(0);
  }
  try {
    return await rawBody(context.req, { limit, length: context.get('content-length') || null });
  } catch (cause) {
    const isLarge = isObject(cause) && cause['type'] === 'entity.too.large';
    throw new RelayError(
      isLarge ? 'too_large' : 'invalid',
      isLarge ? `the body is larger than ${limit} bytes` : 'the body ended early',
      { cause },
    );
  }
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

/**
 * The parameters of a POST: its JSON body whatever its type says, or the query where there is no body.
 * @throws RelayError `invalid` unless the body is a JSON object
 */
export function parametersOf({ body, query }: ApiRequest): Readonly<Record<string, unknown>> {
  if (body.length === 0) {
    const channels = query.getAll('channels[]');
    return { ...Object.fromEntries(query), ...(channels.length > 0 ? { channels } : {}) };
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new RelayError('invalid', 'expected a JSON object', { cause });
  }
  if (!isObject(value)) throw new RelayError('invalid', 'expected a JSON object');
  return value;
}
