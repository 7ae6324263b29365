// An HTTP request and its answer, independent of koa.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { boundedBody, peekBytes, readBytes, readPairs } from './body.ts';

/** The pairs of a query or a form, decoded, in their order. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** The parts from which a request is made. */
export interface RequestParts {
  readonly method: string;
  /** The path below the configured prefix, still percent-encoded. */
  readonly path: string;
  /** Without the question mark; `""` if there is no query. */
  readonly querystring: string;
  /** The peer's address, from the proxy's header if the config trusts it. */
  readonly ip: string;
  /** Node's request. */
  readonly req: IncomingMessage;
}

/** A request. Its query is decoded once, and only when it is needed. */
export class HttpRequest implements RequestParts {
  readonly method: string;
  readonly path: string;
  readonly querystring: string;
  readonly ip: string;
  readonly req: IncomingMessage;
  /** Headers for every answer to this request, including refusals. */
  readonly answerHeaders: Record<string, string> = {};
  /** Longest body, in bytes. */
  readonly #limit: number;
  #query: Pairs | undefined;

  /** @param limit longest body in bytes, as its route says */
  constructor({ method, path, querystring, ip, req }: RequestParts, limit = 0) {
    this.method = method;
    this.path = path;
    this.querystring = querystring;
    this.ip = ip;
    this.req = req;
    this.#limit = limit;
  }

  get headers(): IncomingHttpHeaders {
    return this.req.headers;
  }

  /** A header; `""` if it is missing. */
  header(name: string): string {
    return String(this.req.headers[name] ?? '');
  }

  /** @throws RelayError `invalid` when the query is not UTF-8 */
  get query(): Pairs {
    this.#query ??= this.querystring === '' ? [] : readPairs(this.querystring);
    return this.#query;
  }

  /** The first parameter of the query with this name. @throws RelayError `invalid` when the query is not UTF-8 */
  parameter(name: string): string | undefined {
    return this.query.find(([key]) => key === name)?.[1];
  }

  /**
   * The whole body.
   * @param limit longest body in bytes; by default the limit of the route
   * @param takesEncoded whether a compressed body is taken as it is
   * @throws RelayError as {@link readBytes} does
   */
  read(limit = this.#limit, takesEncoded = false): Promise<Buffer> {
    return readBytes(this.req, limit, takesEncoded);
  }

  /**
   * The whole body, as it came, and without using it up. Undefined for a longer one.
   * @param limit most bytes
   * @throws RelayError as {@link peekBytes} does
   */
  peek(limit: number): Promise<Buffer | undefined> {
    return peekBytes(this.req, limit);
  }

  /**
   * The body as a stream. It fails as {@link boundedBody} says.
   * @param limit longest body in bytes; by default the limit of the route
   * @param takesEncoded whether a compressed body is taken as it is
   */
  stream(limit = this.#limit, takesEncoded = false): Readable {
    return boundedBody(this.req, limit, takesEncoded);
  }
}

/** A complete answer. Header names are in lower case; the length of the body is added later. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** An answer whose body is a stream. The relay reads it as fast as the peer does, and destroys it when the peer leaves. */
export interface StreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** An answer that a library writes itself, such as sirv. */
export interface WrittenAnswer {
  write(response: ServerResponse): void;
}

/** Everything that a route may return as its answer. */
export type Answer = HttpAnswer | StreamAnswer | WrittenAnswer;

/** Makes an answer with a JSON body. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

/** Whether the body of an answer is a stream. */
export function isStream(answer: HttpAnswer | StreamAnswer): answer is StreamAnswer {
  return answer.body instanceof Readable;
}
