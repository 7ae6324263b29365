// Runs the HTTP request of a message's button, for the page and for notifications.
import type { MessageAction } from '../model.ts';

/**
 * Sends the request of an action.
 * @param timeout longest wait in ms
 * @throws whatever `fetch` throws
 */
export function callAction(
  { url, method, headers, body }: Extract<MessageAction, { kind: 'http' }>,
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  timeout: number,
): Promise<Response> {
  return fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    // A sender must not use the person's own session at that server.
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(timeout),
  });
}
