// The paths of Gotify: below the root, and below /gotify.
import type { IncomingHttpHeaders } from 'node:http';
import { RelayError } from '../../base/errors.ts';
import type { Answer, HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import type { Route } from '../kit/route.ts';
import { createApplications } from './applications.ts';
import { callerOf, type GotifyCaller, requireClient } from './caller.ts';
import { createClients } from './clients.ts';
import { errorAnswer, gotifyJson } from './errors.ts';
import { readId } from './fields.ts';
import { createLists } from './list.ts';
import type { Numbers } from './numbers.ts';
import { FOREIGN, PREFLIGHT } from './origin.ts';
import { createPictures, MAX_PICTURE } from './pictures.ts';
import type { GotifyPorts, GotifySections } from './ports.ts';
import { createSending } from './send.ts';
import type { ClientStreams } from './stream.ts';

/** The prefix of paths that no other dialect can have. */
export const PREFIX = '/gotify';
/** Above the routes of dialects whose paths may begin with any name. */
const RANK = 1;
/** Longest description of an application or a client, in bytes. */
const MAX_FIELDS = 65_536;
/** The version of Gotify that is spoken here: programs ask for it. */
const SPOKEN = '3.0.0';
const DONE: HttpAnswer = { status: 200, headers: {}, body: '' };

/** What the routes need beside the ports. */
export interface GotifyParts {
  readonly numbers: Numbers;
  readonly streams: ClientStreams;
  isForeign(headers: IncomingHttpHeaders): boolean;
}

type Params = readonly string[];

/** One call. */
interface Call {
  readonly method: Route['method'];
  readonly path: string;
  readonly limit: number;
  answer(request: HttpRequest, params: Params): Answer | Promise<Answer>;
}

/** Creates the routes. */
export function gotifyRoutes(ports: GotifyPorts, config: GotifySections, parts: GotifyParts): Route[] {
  const { numbers, streams, isForeign } = parts;
  const send = createSending(ports, config, numbers);
  const lists = createLists(ports, numbers, streams);
  const pictures = createPictures(ports.documents);
  const applications = createApplications(ports, pictures);
  const clients = createClients(ports);

  /** A call of someone with a credential. */
  function call(
    method: Route['method'],
    path: string,
    answer: (request: HttpRequest, caller: GotifyCaller, params: Params) => HttpAnswer | Promise<HttpAnswer>,
    limit = 0,
  ): Call {
    return {
      method,
      path,
      limit,
      answer: async (request, params) => answer(request, await callerOf(request, ports), params),
    };
  }

  /** A call that anyone may make. */
  const open = (path: string, answer: Call['answer']): Call => ({ method: 'GET', path, limit: 0, answer });

  /** The application of a path, if the caller sees it. @param text of the refusal */
  async function applicationIn(caller: GotifyCaller, [text]: Params, refusal: string): Promise<number> {
    const id = readId(text);
    if (!(await applications.isKnown(caller, id))) throw new RelayError('not_found', refusal);
    return id;
  }

  const build = { version: SPOKEN, commit: `herald-${ports.version}`, buildDate: 'unknown' };

  const calls: readonly Call[] = [
    call('POST', '/message', send, config.http.maxBody),
    call('GET', '/message', (request, caller) => lists.page(request, requireClient(caller, ports))),
    call('DELETE', '/message', async (_request, caller) => {
      await lists.removeAll(requireClient(caller, ports));
      return DONE;
    }),
    call('DELETE', '/message/:id', async (_request, caller, [id]) => {
      await lists.remove(requireClient(caller, ports), readId(id));
      return DONE;
    }),
    call('GET', '/application/:id/message', async (request, caller, params) => {
      const client = requireClient(caller, ports);
      return lists.page(request, client, await applicationIn(caller, params, 'application does not exist'));
    }),
    call('DELETE', '/application/:id/message', async (_request, caller, params) => {
      const client = requireClient(caller, ports);
      await lists.removeAll(client, await applicationIn(caller, params, 'application does not exists'));
      return DONE;
    }),
    call('GET', '/application', (_request, caller) => applications.list(caller)),
    call('POST', '/application', applications.create, MAX_FIELDS),
    call(
      'PUT',
      '/application/:id',
      (request, caller, [id]) => applications.change(request, caller, readId(id)),
      MAX_FIELDS,
    ),
    call('DELETE', '/application/:id', (_request, caller, [id]) => applications.remove(caller, readId(id))),
    call(
      'PUT',
      '/application/:id/security',
      (request, caller, [id]) => applications.secure(request, caller, readId(id)),
      MAX_FIELDS,
    ),
    call(
      'POST',
      '/application/:id/image',
      (request, caller, [id]) => applications.upload(request, caller, readId(id)),
      Math.min(MAX_PICTURE, config.http.maxBody),
    ),
    call('DELETE', '/application/:id/image', (_request, caller, [id]) =>
      applications.removePicture(caller, readId(id)),
    ),
    call('GET', '/client', clients.list),
    call('POST', '/client', clients.create, MAX_FIELDS),
    call('PUT', '/client/:id', (request, caller, [id]) => clients.change(request, caller, readId(id)), MAX_FIELDS),
    call('DELETE', '/client/:id', (_request, caller, [id]) => clients.remove(caller, readId(id))),
    call('GET', '/current/user', (_request, caller) => clients.user(caller)),
    call('GET', '/plugin', () => gotifyJson([])),
    // Only over HTTP: sockets take another way.
    call('GET', '/stream', (_request, caller) => {
      requireClient(caller, ports);
      return { status: 400, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Bad Request\n' };
    }),
    open('/version', () => gotifyJson(build)),
    open('/gotifyinfo', () => gotifyJson({ ...build, register: false, oidc: false })),
    open('/static/defaultapp.png', (request) => {
      // Relative, because only the caller knows its address.
      const up = request.path.startsWith(PREFIX) ? '../..' : '..';
      return { status: 302, headers: { location: `${up}/icon-192.png` }, body: '' };
    }),
    open('/static/:picture', (_request, [name = '']) => pictures.show(name)),
  ];

  /** Pages of other sites get nothing, whatever they show. */
  function guarded(answer: Call['answer']): Call['answer'] {
    return (request, params) => {
      request.answerHeaders['cache-control'] = 'no-store';
      if (isForeign(request.headers)) return FOREIGN;
      if (config.http.cors) request.answerHeaders['access-control-allow-origin'] = '*';
      return answer(request, params);
    };
  }

  /** Of a known path with another method. */
  const missing = [...new Set(calls.map(({ path }) => path))].map(
    (path): Call => ({
      method: '*',
      path,
      limit: 0,
      answer: ({ method }) =>
        method === 'OPTIONS' && config.http.cors ? PREFLIGHT : errorAnswer(404, 'page not found'),
    }),
  );

  // Senders join an address that ends with a slash and a path that begins with one.
  return ['', '/', PREFIX, `${PREFIX}/`].flatMap((base) =>
    [...calls, ...missing].map(({ method, path, limit, answer }): Route => {
      return { method, pattern: `${base}${path}`, limit, rank: RANK, fast: true, answer: guarded(answer) };
    }),
  );
}
