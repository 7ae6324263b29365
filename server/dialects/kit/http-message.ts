// An HTTP request and its answer, independent of koa.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A request. koa's `Context` satisfies it; the app builds one for requests that bypass koa. */
export interface HttpRequest {
  readonly method: string;
  /** The path below the configured prefix, still percent-encoded. */
  readonly path: string;
  /** Without the question mark; `""` when there is none. */
  readonly querystring: string;
  readonly headers: IncomingHttpHeaders;
  /** The peer's address, from the proxy's header if the config trusts it. */
  readonly ip: string;
  /** The underlying request, for its body. */
  readonly req: IncomingMessage;
}

/** A complete answer. Header names are in lower case; the length of the body is added later. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Requests that are answered before koa, which costs more than a send. `routes` must give the same answers. */
export interface HotPath {
  /** Whether a GET, POST or PUT of this path is one of them. No other dialect may claim such a path. */
  takes(path: string): boolean;
  /** Never rejects. */
  answer(request: HttpRequest): Promise<HttpAnswer>;
}
