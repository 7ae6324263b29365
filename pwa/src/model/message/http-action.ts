// Sends the HTTP request of a message's button, for the page and for notifications.
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
    // The sender chose the address, so the request must not carry the person's cookies for it.
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(timeout),
  });
}
