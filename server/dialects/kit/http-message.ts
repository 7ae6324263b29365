// One request over HTTP and its answer, as a dialect that needs nothing of koa sees them.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A request. koa's `Context` is one, and so is what the app makes of a request that koa never sees. */
export interface HttpRequest {
  readonly method: string;
  /** Below the configured prefix, percent-encoded. */
  readonly path: string;
  /** Without the question mark; `""` where there is none. */
  readonly querystring: string;
  readonly headers: IncomingHttpHeaders;
  /** Address of the peer, taken from the proxy's header when the config trusts it. */
  readonly ip: string;
  /** The request itself, for its body. */
  readonly req: IncomingMessage;
}

/** An answer, whole: header names in lower case, without the length of the body. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Requests that are answered in front of koa, which costs more than a send does. `routes` gives the same answers. */
export interface HotPath {
  /** Whether a GET, POST or PUT of the path is one of them. No other dialect may claim such a path. */
  takes(path: string): boolean;
  /** Never rejects. */
  answer(request: HttpRequest): Promise<HttpAnswer>;
}
