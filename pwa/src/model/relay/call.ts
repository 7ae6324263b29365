// Sends a JSON request to a relay. Every failure becomes an ActionError with a text for the person.
import { isObject } from '../../../../shared/object.ts';
import { ActionError, type LocalizedText } from '../model.ts';
import { isForbiddenByPolicy, isOwnOrigin } from './server-url.ts';

/** What requests need. */
export interface CallPorts {
  readonly fetch: typeof fetch;
  /** Whether the browser reports a network. */
  online(): boolean;
  /** The page's address. Its policy allows requests to its own origin, and to other origins only over https. */
  readonly page: string;
}

/** Options of a request. */
export interface CallOptions {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long it may take, in ms. */
  readonly timeout?: number;
  /** Statuses whose body is an answer too, although they refuse. */
  readonly accept?: readonly number[];
}

/** Sends a request to the relay at `server`. Rejects only with an ActionError. */
export type Call = <T>(
  caller: { readonly server: string; readonly auth: string },
  path: string,
  options: CallOptions,
) => Promise<T>;

const TIMEOUT = 15_000;

/** Creates an ActionError with this text. */
export function fail(key: LocalizedText['key'], values?: LocalizedText['values']): ActionError {
  return new ActionError(values === undefined ? { key } : { key, values });
}

/** Whether a request failed for a reason that may pass, so that trying again later can help. */
export function isUnreached(error: unknown): boolean {
  return error instanceof ActionError && UNREACHED.has(error.text.key);
}

const UNREACHED: ReadonlySet<string> = new Set([
  'error.no_network',
  'error.unreachable',
  'error.unreachable_other',
  'error.timeout',
  'error.server',
  'error.unavailable',
  'error.too_many',
]);

/** Creates the function that sends requests. */
export function createCall(ports: CallPorts): Call {
  return async function call<T>(
    { server, auth }: { readonly server: string; readonly auth: string },
    path: string,
    { method = 'GET', body, timeout = TIMEOUT, accept = [] }: CallOptions,
  ): Promise<T> {
    if (isForbiddenByPolicy(server, ports.page)) throw fail('error.plain_http', { server });
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
    return answer<T>(response, text, server, accept);
  };

  function unreached(error: unknown, server: string): ActionError {
    if (!ports.online()) return fail('error.no_network');
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    if (isTimeout) return fail('error.timeout', { server });
    return fail(isOwnOrigin(server, ports.page) ? 'error.unreachable' : 'error.unreachable_other', { server });
  }
}

/** Downloads a file. @throws ActionError */
export async function readFile(
  fetch: CallPorts['fetch'],
  { server, auth }: Parameters<Call>[0],
  path: string,
): Promise<Blob> {
  const headers = { authorization: `Bearer ${auth}` };
  const options = { headers, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' } as const;
  const response = await fetch(server + path, options).catch(() => {
    throw fail('error.unreachable', { server });
  });
  if (response.ok) return response.blob();
  throw refusal(response, await response.json().catch(() => undefined), server);
}

function answer<T>(response: Response, text: string, server: string, accept: readonly number[]): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (response.ok || (accept.includes(response.status) && isObject(json))) {
    if (!isObject(json)) throw fail('error.not_a_relay', { server });
    return json as T;
  }
  throw refusal(response, json, server);
}

/** The ActionError for an answer that refuses. Reads the relay's error code: from the body under /v1, from a header for packets. Other servers send no code. */
export function refusal(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  json: unknown,
  server: string,
): ActionError {
  const body = isObject(json) ? json : {};
  const said = body['error'] ?? body['data'];
  const text = typeof said === 'string' ? said : '';
  switch (body['code'] ?? headers.get('x-error-code') ?? codeOf(status)) {
    case 'unauthorized':
    case 'revoked':
      return fail('error.unauthorized');
    case 'forbidden':
      return fail('error.forbidden', { text });
    case 'not_found':
      return fail('error.not_found', { text });
    case 'too_many':
      return fail('error.too_many', { seconds: Number(headers.get('retry-after')) || 60 });
    case 'too_large':
      return fail('error.too_large');
    case 'timeout':
      return fail('error.timeout', { server });
    case 'unavailable':
      return fail('error.unavailable');
    case 'internal':
      return fail('error.server', { status });
    case 'not_a_relay':
      return fail('error.not_a_relay', { server });
    default:
      return fail('error.invalid', { text });
  }
}

/** The error code for an answer without one, which comes from a proxy or another server. */
function codeOf(status: number): string {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_a_relay';
  if (status === 413) return 'too_large';
  if (status === 429) return 'too_many';
  return status >= 500 ? 'internal' : 'invalid';
}
