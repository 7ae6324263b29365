// One request to a relay and its answer as JSON; everything that goes wrong becomes a sentence for a person.
import { isObject } from '../../../../shared/object.ts';
import { ActionError, type Words } from '../model.ts';

/** What requests are made of. */
export interface CallPorts {
  readonly fetch: typeof fetch;
  /** Whether the browser believes to have a network. */
  online(): boolean;
  /** Whether this page came over https, which cannot call plain http. */
  readonly secure: boolean;
}

/** A request. */
export interface CallOptions {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** ms until it is given up. */
  readonly timeout?: number;
}

/** Makes a request to the relay at `server`. Rejects with an ActionError alone. */
export type Call = <T>(
  caller: { readonly server: string; readonly auth: string },
  path: string,
  options: CallOptions,
) => Promise<T>;

const TIMEOUT = 15_000;

/** An ActionError of these words. */
export function fail(key: Words['key'], values?: Words['values']): ActionError {
  return new ActionError(values === undefined ? { key } : { key, values });
}

/** Whether an error says that the relay was not reached, so that trying later may help. */
export function isUnreached(error: unknown): boolean {
  return error instanceof ActionError && UNREACHED.has(error.words.key);
}

const UNREACHED: ReadonlySet<string> = new Set([
  'error.no_network',
  'error.unreachable',
  'error.timeout',
  'error.server',
  'error.too_many',
]);

/** Requests over this `fetch`. */
export function createCall(ports: CallPorts): Call {
  return async function call<T>(
    { server, auth }: { readonly server: string; readonly auth: string },
    path: string,
    { method = 'GET', body, timeout = TIMEOUT }: CallOptions,
  ): Promise<T> {
    const headers: Record<string, string> = {};
    if (auth !== '') headers['authorization'] = `Bearer ${auth}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    let text: string;
    try {
      response = await ports.fetch(server + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeout),
        credentials: 'omit',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
      });
      text = await response.text();
    } catch (error) {
      throw unreached(error, server);
    }
    return answer<T>(response, text, server);
  };

  function unreached(error: unknown, server: string): ActionError {
    if (ports.secure && /^http:\/\/(?!localhost|127\.|\[::1\])/.test(server)) {
      return fail('error.mixed_content', { server });
    }
    if (!ports.online()) return fail('error.no_network');
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return fail(isTimeout ? 'error.timeout' : 'error.unreachable', { server });
  }
}

function answer<T>(response: Response, text: string, server: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (response.ok) {
    if (!isObject(json)) throw fail('error.not_a_relay', { server });
    return json as T;
  }
  throw refusal(response, json, server);
}

/** The relay explains itself as `{"error": text}` under /v1 and as `{"cmd": "INFO", "data": text}` elsewhere. */
function refusal({ status, headers }: Response, json: unknown, server: string): ActionError {
  const said = isObject(json) ? (json['error'] ?? json['data']) : undefined;
  const text = typeof said === 'string' ? said : '';
  if (status === 401) return fail('error.unauthorized');
  if (status === 403) return fail('error.forbidden', { text });
  if (status === 404)
    return said === undefined ? fail('error.not_a_relay', { server }) : fail('error.not_found', { text });
  if (status === 429) return fail('error.too_many', { seconds: Number(headers.get('retry-after')) || 60 });
  if (status >= 500) return fail('error.server', { status });
  return fail('error.invalid', { text });
}
