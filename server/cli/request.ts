// Sends one request to a relay. A failure becomes one line for a person.

import axios, { AxiosError, type AxiosResponse } from 'axios';
import { parseObject } from '../../shared/object.ts';
import { CommandError } from './command.ts';
import { connectionProblem } from './connection-problem.ts';
import { visible } from './output.ts';
import type { ServerAccess } from './server-access.ts';

/** A request. `path` is below the relay's address; `body` is sent as JSON; `timeout` is in ms. */
export interface RelayRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly timeout?: number;
  /** Statuses besides 2xx whose JSON is an answer. */
  readonly accepts?: readonly number[];
  readonly signal: AbortSignal;
}

/** Exit code when the device, message or app does not exist. */
export const NOT_FOUND = 4;

const TIMEOUT = 30_000;
const MAX_ANSWER = 1024 * 2 ** 20;

/**
 * Makes a request to the relay and returns its JSON answer, an object.
 * @throws CommandError if the relay cannot be reached or refuses, or if the answer is not a relay's
 */
export async function request(server: ServerAccess, asked: RelayRequest): Promise<Readonly<Record<string, unknown>>> {
  const response = await exchange(server, asked);
  const answer = parseObject(response.data);
  const { status } = response;
  const isAnswer = (status >= 200 && status < 300) || asked.accepts?.includes(status) === true;
  if (isAnswer && answer !== undefined) return answer;
  throw refusal(server, response, answer);
}

async function exchange(server: ServerAccess, asked: RelayRequest): Promise<AxiosResponse<string>> {
  try {
    return await axios.request<string>({
      url: `${server.http}${asked.path}`,
      method: asked.method,
      headers: {
        'user-agent': 'herald',
        accept: 'application/json',
        ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
        // Sent as UTF-8, as curl sends it. Node itself refuses most characters beyond ASCII in a header.
        ...(server.token === undefined ? {} : { authorization: Buffer.from(server.token).toString('latin1') }),
      },
      ...(asked.body === undefined ? {} : { data: JSON.stringify(asked.body) }),
      responseType: 'text',
      transformResponse: (text: string) => text,
      validateStatus: () => true,
      // A redirect would turn a POST into a GET, and send the token to another server.
      maxRedirects: 0,
      proxy: false,
      timeout: asked.timeout ?? TIMEOUT,
      maxContentLength: MAX_ANSWER,
      maxBodyLength: Number.POSITIVE_INFINITY,
      signal: asked.signal,
    });
  } catch (error) {
    if (asked.signal.aborted) throw new CommandError('interrupted', 1, error);
    if (!(error instanceof AxiosError)) throw error;
    throw new CommandError(`cannot reach ${server.http}: ${connectionProblem(error)}`, 1, error);
  }
}
/** Message for a missing or wrong token. */
function tokenProblem({ http, token }: ServerAccess): string {
  return token === undefined
    ? `${http} needs a token: set it with --token or HERALD_TOKEN`
    : `${http} refuses the token: set the right one with --token or HERALD_TOKEN`;
}

function refusal(
  server: ServerAccess,
  { status, headers }: AxiosResponse<string>,
  answer: Readonly<Record<string, unknown>> | undefined,
): CommandError {
  const location = headers['location'];
  if (status >= 300 && status < 400 && typeof location === 'string') {
    return new CommandError(`${server.http} redirects to ${visible(location)}: use that address with --server`);
  }
  const said = answer?.['error'] ?? answer?.['data'];
  if (typeof said !== 'string') {
    return new CommandError(`${server.http} does not answer as a Herald relay does (HTTP ${status})`);
  }
  if (status === 401) return new CommandError(tokenProblem(server));
  if (said === 'no such path' || said.startsWith('pathname verify error')) {
    return new CommandError(`${server.http} does not know the path: check the prefix in the address (http.basePath)`);
  }
  return new CommandError(`${server.http}: ${visible(said.slice(0, 500))}`, status === 404 ? NOT_FOUND : 1);
}

/**
 * Reads all pages of a list of the relay.
 * @param name the field of the answer that has the items
 * @throws CommandError as {@link request}, and if the answer has no such list
 */
export async function requestList<T>(
  server: ServerAccess,
  path: string,
  name: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<T[]> {
  const found: T[] = [];
  for (let after: unknown = '', more = true; more; more = typeof after === 'string') {
    const page = new URLSearchParams({ limit: '1000', ...query, ...(after === '' ? {} : { after: String(after) }) });
    const answer = await request(server, { method: 'GET', path: `${path}?${page}`, signal });
    const items = answer[name];
    if (!Array.isArray(items)) throw new CommandError(`${server.http} does not answer as a Herald relay does`);
    found.push(...(items as T[]));
    after = answer['cursor'];
  }
  return found;
}
