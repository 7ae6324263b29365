// Decides whether a socket may connect: by its path, app, protocol, origin, and the app's quota.

import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { PlaceStore } from '../../../access/guards.ts';
import type { MaybePromise } from '../../../base/maybe-promise.ts';
import type { App } from '../../../channel/app.ts';
import {
  BAD_ORIGIN,
  BAD_VERSION,
  type Closing,
  DISABLED,
  overQuota,
  PATH_NOT_FOUND,
  TLS_ONLY,
  unknownKey,
} from '../refusals.ts';
import { decodePercent, readPairs } from '../signed-query.ts';

const OLDEST_PROTOCOL = 4;
const PROTOCOL = 7;

/** What the decision needs. */
export interface AdmissionPorts {
  readonly apps: { byKey(key: string): App | undefined };
  readonly places: Pick<PlaceStore, 'take'>;
  /** The configured prefix of all paths. */
  readonly basePath: string;
  /** Whether to believe the proxy's header about TLS. */
  readonly trustProxy: boolean;
}

/** A socket that may connect. */
export interface Admitted {
  readonly app: App;
  /** The app's key that the socket connected with. */
  readonly key: string;
  /**
   * Whether it counts towards the app's quota already; a promise while that is being found out elsewhere. If not, it must first
   * sign in or join a private channel.
   */
  readonly reserved: MaybePromise<boolean>;
}

/** Admits a socket, or returns why not. */
export function admit(
  request: IncomingMessage,
  { apps, places, basePath, trustProxy }: AdmissionPorts,
): Admitted | Closing {
  const [path = '', query = ''] = splitOnce(request.url ?? '', '?');
  const segment = /^\/app\/([^/]+)\/?$/.exec(path.slice(basePath.length))?.[1];
  if (segment === undefined) return PATH_NOT_FOUND;
  const key = decodePercent(segment);
  const app = apps.byKey(key);
  if (app === undefined) return unknownKey(key);
  if (!app.enabled) return DISABLED;
  // Some clients send no version. They count as current.
  const protocol = readPairs(query).find(([name]) => name === 'protocol')?.[1] ?? `${PROTOCOL}`;
  if (!/^\d{1,3}$/.test(protocol) || Number(protocol) < OLDEST_PROTOCOL || Number(protocol) > PROTOCOL) {
    return BAD_VERSION;
  }
  if (app.forceTLS && !isSecure(request, trustProxy)) return TLS_ONLY;
  if (!isAllowedOrigin(app.origins, request.headers.origin)) return BAD_ORIGIN;
  if (app.authorizedConnections) return { app, key, reserved: false };
  const reserved = places.take(app.id, app.limits.connections);
  return reserved === false ? overQuota(app) : { app, key, reserved };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function isSecure(request: IncomingMessage, trustProxy: boolean): boolean {
  if ((request.socket as TLSSocket).encrypted === true) return true;
  const forwarded = String(request.headers['x-forwarded-proto'] ?? '');
  return trustProxy && /^(?:https|wss)$/i.test(forwarded.split(',').pop()?.trim() ?? '');
}

/** Programs other than browsers send no origin. They could send any origin they like, so refusing them would be no use. */
function isAllowedOrigin(origins: readonly string[] | undefined, origin: string | undefined): boolean {
  if (origins === undefined || origin === undefined) return true;
  const shown = origin.toLowerCase();
  return origins.some((allowed) => matchesOrigin(allowed.toLowerCase(), shown));
}

/** `*` stands for any origin, `https://*.example.com` for every name below that one, `http://localhost:*` for any port. */
function matchesOrigin(allowed: string, origin: string): boolean {
  if (allowed === '*' || allowed === origin) return true;
  if (!allowed.includes('*')) return false;
  const [before, after] = splitOnce(allowed, '*');
  const middle = origin.slice(before.length, origin.length - after.length);
  return origin.startsWith(before) && origin.endsWith(after) && /^[a-z0-9.-]+$/.test(middle);
}
