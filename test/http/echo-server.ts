// A server in a test's hands that answers with what it was asked. No test lives here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { closeServer, createHttpServer, listen } from '../../server/http/listen.ts';
import { onCleanup } from '../support/cleanup.ts';

/** Listens; every answer is `<method> <url> <body>`. `before` can hold an answer back. */
export async function echoServer(before: (request: IncomingMessage) => void | Promise<void> = () => {}) {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    await before(request);
    response.end(`${request.method} ${request.url} ${body}`);
  };
  const server = createHttpServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  onCleanup(() => closeServer(server, 100));
  return { server, port };
}
