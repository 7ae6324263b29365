// The server of an app that is asked before a socket is let in. No test lives here.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanup } from '../support/cleanup.ts';

/** A running hook. */
export interface Hook {
  readonly url: string;
  /** Every request so far, as `<content type> <body>`. */
  readonly asked: string[];
  /** Resolves when so many requests have come. */
  reached(count: number): Promise<void>;
}

/** Answers a request, or leaves it open. */
export type HookAnswer = (body: string, response: ServerResponse) => void;

/** Starts one; closed after the test, unless its end is left to another. */
export async function startHook(answer: HookAnswer, whenDone: (end: () => void) => void = onCleanup): Promise<Hook> {
  const asked: string[] = [];
  const waiting: [number, () => void][] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      asked.push(`${request.headers['content-type']} ${body}`);
      for (const [count, wake] of waiting) if (asked.length >= count) wake();
      answer(body, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  whenDone(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    asked,
    reached: (count) =>
      new Promise((resolve) => {
        if (asked.length >= count) resolve();
        else waiting.push([count, resolve]);
      }),
  };
}
