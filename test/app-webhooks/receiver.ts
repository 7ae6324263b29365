// An application server that takes webhooks, with the SDK's own check.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import type { World } from '../world.ts';

export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into events of every shape, and fails where it is wrong
  readonly events: any[];
}

export interface Receiver {
  readonly url: string;
  readonly requests: Received[];
  /** Status and headers of the answers; with status 0 there is none. */
  status: number;
  headers: Record<string, string>;
  /** Refuses what this is true of with status 500. */
  refuses: (received: Received) => boolean;
  /** The next request that was not read yet. */
  next(): Promise<Received>;
}

/** Starts one; closed after the test. */
export async function receiver(): Promise<Receiver> {
  const waiting: (() => void)[] = [];
  let read = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { headers, url = '' } = request;
    const received = { url, headers, body, events: JSON.parse(body).events };
    one.requests.push(received);
    if (one.refuses(received)) response.writeHead(500).end();
    else if (one.status > 0) response.writeHead(one.status, one.headers).end();
    for (const wake of waiting.splice(0)) wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  const one: Receiver = {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/hooks`,
    requests: [],
    status: 200,
    headers: {},
    refuses: () => false,
    async next() {
      await eventually(`request ${read + 1} to the hook`, () => one.requests.length > read);
      read += 1;
      return one.requests[read - 1] as Received;
    },
  };
  return one;
}

/** Waits until everything that was reported is settled. */
export async function drained(relay: World): Promise<void> {
  await eventually('nothing is queued', async () => (await relay.fetch('/health')).json.queued === 0);
}
