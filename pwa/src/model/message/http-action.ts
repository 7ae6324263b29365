// A button of a message that calls an address, when it is pressed: alike on the page and on a notification.
import type { MessageAction } from '../model.ts';

/**
 * Makes the call of an action.
 * @param timeout longest wait in ms
 * @throws whatever `fetch` throws where nobody answers
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
    // The person's own session at that place is nothing that a sender may use.
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(timeout),
  });
}
