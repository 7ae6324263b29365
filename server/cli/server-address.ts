// Reads the address of a relay in any usual form.

/** The addresses of a relay, without a slash at the end: `http://host:9093/prefix` and `ws://host:9093/prefix`. */
export interface ServerAddress {
  readonly http: string;
  readonly websocket: string;
}

/** What {@link parseAddress} accepts, for error messages. */
export const ADDRESS_FORM = 'an address such as http://host:9093, wss://host/prefix or host:9093';

const SECURE: Readonly<Record<string, boolean>> = { 'http:': false, 'ws:': false, 'https:': true, 'wss:': true };

/**
 * Reads `http`, `https`, `ws` and `wss` URLs, and `host:port` without a scheme, with or without a path.
 * A query and a fragment are dropped. Undefined for anything else, and for a URL with a user or password, because they
 * would not be sent.
 */
export function parseAddress(text: string): ServerAddress | undefined {
  const trimmed = text.trim();
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(trimmed);
  // Without this check, a text such as `http:example` would be read as a host called "http".
  if (!hasScheme && !/^(?:\[[\da-f:.]+\]|[^/:?#@\s]+)(?::\d+)?(?:[/?#]|$)/i.test(trimmed)) return undefined;
  const full = hasScheme ? trimmed : `http://${trimmed}`;
  if (!URL.canParse(full)) return undefined;
  const { protocol, host, pathname, username, password } = new URL(full);
  const secure = SECURE[protocol];
  if (secure === undefined || username !== '' || password !== '') return undefined;
  const rest = `${host}${pathname.replace(/\/+$/, '')}`;
  return { http: `${secure ? 'https' : 'http'}://${rest}`, websocket: `${secure ? 'wss' : 'ws'}://${rest}` };
}

/** True when the address means this machine. */
export function isLocal({ http }: ServerAddress): boolean {
  const { hostname } = new URL(http);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** The part of the config that says where the relay listens. */
export interface ListeningConfig {
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly basePath: string;
    readonly url?: string | undefined;
    readonly tls?: object | undefined;
  };
  readonly websocket: { readonly port: number };
}

/**
 * The addresses at which its own machine reaches a relay with this config; undefined if it picks its port at start. A
 * relay that speaks https is reached by the name in `http.url`, for which its certificate is.
 */
export function localAddress({ http, websocket }: ListeningConfig): ServerAddress | undefined {
  if (http.port === 0 || websocket.port === 0) return undefined;
  const secure = http.tls !== undefined;
  if (secure && http.url !== undefined && websocket.port === http.port) return parseAddress(http.url);
  const everywhere = http.host === '' || http.host === '0.0.0.0' || http.host === '::';
  const bare = everywhere ? (secure ? 'localhost' : '127.0.0.1') : http.host;
  const host = bare.includes(':') ? `[${bare}]` : bare;
  return {
    http: `${secure ? 'https' : 'http'}://${host}:${http.port}${http.basePath}`,
    websocket: `${secure ? 'wss' : 'ws'}://${host}:${websocket.port}${http.basePath}`,
  };
}
